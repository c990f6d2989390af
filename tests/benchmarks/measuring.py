"""Time of the processor and of the clock, of several ways side by side, and peaks of memory in processes of their own.

The machine may be shared: the ways take turns, so that whatever else runs slows all of them, and of the turns the
median counts.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


@dataclass(frozen=True)
class Taken:
    """Seconds of one run, medians: of the processor (all threads of this process) and of the clock."""

    cpu: float
    wall: float


def side_by_side(ways: Mapping[str, Callable[[], Any]], times: int = 5) -> dict[str, Taken]:
    """The ways in turns, ``times`` each after one that does not count."""
    for run in ways.values():
        run()
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(times):
        for name, run in ways.items():
            gc.collect()
            cpu, wall = time.process_time(), time.perf_counter()
            run()
            taken[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {name: Taken(*map(statistics.median, zip(*runs, strict=True))) for name, runs in taken.items()}


def with_threads(n: int | None) -> dict[str, str]:
    """The environment in which a process takes ``n`` threads."""
    return {} if n is None else dict.fromkeys(ONE_THREAD, str(n))


def peak() -> int:
    """The most memory that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def apart(command: Sequence[str | Path], *, folder: Path = ROOT, threads: int | None = 1) -> Any:
    """What a process of its own prints as JSON in its last line (a slow DuckDB prints its progress before); it takes
    as many threads as named, or as it likes."""
    environment = os.environ | with_threads(threads)
    called = [sys.executable, *map(str, command)]
    done = subprocess.run(called, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
