"""The server under load: a process of its own, with its own data, whose processor time and memory can be read."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from urllib.error import HTTPError, URLError

import polars as pl

from funnel.definition.definition import load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.storage.workspaces import create_workspace
from tests.conftest import ROOT
from tests.opening import NOW, sample_with_plan

SAMPLE, LARGE = "Sample", "Large"
_START = 90.0
"""Seconds until a server must answer."""


def add_sample(folder: Path) -> None:
    """The sample with its plan."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(sample_with_plan(), folder)


def add_large(folder: Path, n_leads: int) -> None:
    """A workspace of at least ``n_leads`` leads: the lives of the sample's leads, over and over."""
    one = pl.read_csv(ROOT / "data" / "sample" / "leads_en.csv", infer_schema=False)
    times = -(-n_leads // one.height)
    file = folder / "large.csv"
    pl.concat([one.with_columns(pl.format("{}-{}", "Lead ID", pl.lit(i)).alias("Lead ID")) for i in range(times)])\
        .write_csv(file)  # fmt: skip
    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    table = read_table(file, file.name)
    batch = normalize(table, propose_mapping(table, definition).mapping, import_day=NOW.date())
    store = create_workspace(folder, LARGE, definition)
    store.set_setting("currency", "CNY")
    store.import_batch(batch, who="load", now=NOW)
    store.close()
    file.unlink()


class Served:
    """``with Served(folder) as server``: the application on a free port until the end of the block. ``flags``: more
    of the command line."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder, self.flags = folder, flags
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def __enter__(self) -> Served:
        self.log = (self.folder / "server.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.port", str(self.port),
             "--server.headless", "true", *self.flags],
            cwd=ROOT, env=os.environ | {"FUNNEL_DATA_DIR": str(self.folder), "FUNNEL_BACKUPS_DAILY": "0"},
            stdout=self.log, stderr=self.log,
        )  # fmt: skip
        by = time.monotonic() + _START
        while True:
            try:
                with urllib.request.urlopen(f"http://localhost:{self.port}/health", timeout=5):
                    return self
            except HTTPError:  # a workspace cannot be opened, as a test may wish
                return self
            except (URLError, ConnectionError, TimeoutError):
                if time.monotonic() > by or self.process.poll() is not None:
                    self.__exit__(None, None, None)
                    raise
                time.sleep(0.2)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def cpu(self) -> float:
        """Seconds of processor time since the start."""
        said = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident memory in MB."""
        said = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()
        return int(said[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def errors(self) -> list[str]:
        """Lines of the server's log that tell of something unforeseen."""
        text = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        return [line for line in text.splitlines() if " ERROR " in line or "Traceback" in line or "rror:" in line]
