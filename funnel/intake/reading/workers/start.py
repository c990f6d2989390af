"""Starts a reader in this process, with limits of memory and of computing time where the system has them.

Run as ``python -P start.py MEMORY SECONDS SCRIPT ARGUMENTS…`` (bytes, seconds of all processors together). An absurd
allocation fails at once instead of swapping the machine to a halt; a reader that computes for too long is ended by the
system, however deep in native code it is.
"""

from __future__ import annotations

import importlib
import runpy
import sys


def limit(memory: int, seconds: int) -> None:
    """Set both limits of this process for good; does nothing on Windows."""
    try:
        resource = importlib.import_module("resource")
    except ModuleNotFoundError:
        return
    for kind, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value if hard < 0 else min(value, hard), hard))


def main() -> None:
    memory, seconds, script, *rest = sys.argv[1:]
    limit(int(memory), int(seconds))
    sys.argv = [script, *rest]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
