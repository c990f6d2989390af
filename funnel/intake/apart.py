"""Runs ``apart_worker``: workbooks and Parquet files are read in a process of their own, however that process ends."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from funnel.errors import InputError
from funnel.intake.grid import MAX_COLUMNS

_SECONDS = 900
_WORKER = Path(__file__).with_name("apart_worker.py")


@dataclass(frozen=True)
class ReadApart:
    """The frame that was read (of no columns for an empty sheet), the sheet's name and the names of all sheets."""

    frame: pl.DataFrame
    sheet: str
    sheets: tuple[str, ...]


def read_apart(kind: str, data: bytes, sheet: str | None = None) -> ReadApart:
    """Read one sheet of a workbook as text, or a Parquet file (``kind`` "parquet") with its types.

    Raises InputError: ``reading.damaged``, ``reading.password``, ``reading.unknown_sheet``,
    ``reading.too_many_columns``.
    """
    damaged = InputError("reading.damaged", given="Parquet" if kind == "parquet" else "Excel")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, out = Path(folder, "file"), Path(folder, "read.arrow")
        source.write_bytes(data)
        command = [sys.executable, "-P", str(_WORKER), kind, str(source), str(out), sheet or "", str(MAX_COLUMNS)]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise damaged from error
        answer = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
        if "error" in answer:
            raise InputError(answer.pop("error"), **answer)
        if answer["width"] > MAX_COLUMNS:
            raise InputError("reading.too_many_columns", given=answer["width"], allowed=MAX_COLUMNS)
        frame = pl.read_ipc(io.BytesIO(out.read_bytes())) if out.exists() else pl.DataFrame()
    return ReadApart(frame, answer["sheet"], tuple(answer["sheets"]))
