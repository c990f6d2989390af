"""``python -m tests.fuzz``: open pages of random workspaces by random links, and tell which end in the unforeseen."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager

from tests.fuzz.runs import runs, use_folder


def main() -> int:
    """The number of failed runs decides the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="how many pages to open (default 500)")
    parser.add_argument("--seed", type=int, default=int(f"{date.today():%Y%m%d}"), help="default: today's date")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    PagesManager.uses_pages_directory = False  # a server that has run once goes through app.py at once
    sys.stdout.write(f"seed {asked.seed}, {asked.runs} runs\n")
    started, n_failed = time.process_time(), 0
    with tempfile.TemporaryDirectory(prefix="funnel-fuzz-") as folder:
        for run in runs(asked.seed, asked.runs, Path(folder), use_folder):
            if run.failed:
                n_failed += 1
                sys.stdout.write(f"\n{run}\n{run.failed}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{asked.runs} runs, {n_failed} failed, {time.process_time() - started:.0f} s of CPU\n")
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
