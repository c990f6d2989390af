"""Unfinished imports on disk, beside the workspaces, so that they outlive a restart of the server.

A file is kept as it was uploaded, and what was said about it as text: never the tables that were made of it. They are
made again, and the answers are given again, one after the other. What cannot be read, or no longer fits, is a file that
was just uploaded.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from funnel.intake.beside import Beside
from funnel.intake.reading.reader import ReadOptions
from funnel.intake.several.opening import OneFile
from funnel.intake.several.parts import USES
from funnel.sources.source import TableReading
from pages.import_steps.draft import Draft
from pages.shell.spool import spool_folder

A_DAY = 24 * 3600.0
MOST = 50
"""How many unfinished imports all browsers together may leave; the oldest go first."""
_SUFFIX = ".json"


def keep(draft: Draft, browser: str) -> None:
    """Write down what was said so far; a draft without a file is removed. A full disk stops no import."""
    record = _record_of(draft, browser)
    if draft.upload is None:
        record.unlink(missing_ok=True)
        return
    with contextlib.suppress(OSError):
        text = json.dumps(_said(draft), ensure_ascii=False)
        if not record.exists() or record.read_text(encoding="utf-8") != text:
            building = record.with_suffix(".part")
            building.write_text(text, encoding="utf-8")
            building.replace(record)
        for path in (record, *(one.path for one in (*draft.uploads[draft.at :], *draft.left_out))):
            if path.exists():
                os.utime(path)


def left_by(browser: str, besides: Iterable[Draft]) -> Draft | None:
    """The draft that this browser worked on last, besides those known already; null when there is none."""
    known = {_record_of(draft, browser) for draft in besides}
    found = [path for path in _records(f"{_hashed(browser)}-*") if path not in known]
    for record in sorted(found, key=_seen_at, reverse=True):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError):
            draft = _draft(record.stem.partition("-")[2], json.loads(record.read_text(encoding="utf-8")))
            if draft.upload is not None and draft.upload.path.exists():
                return draft
        record.unlink(missing_ok=True)
    return None


def remove(draft: Draft, browser: str) -> None:
    """The draft was imported or discarded: its record and its files go."""
    _record_of(draft, browser).unlink(missing_ok=True)
    for upload in (*draft.uploads, *draft.left_out):
        upload.path.unlink(missing_ok=True)


def sweep() -> None:
    """Remove what nobody has looked at for a day, and the oldest of too many."""
    now = time.time()
    paths = [path for path in spool_folder().glob("*") if path.is_file()] if spool_folder().is_dir() else []
    for path in paths:
        if now - _seen_at(path) > A_DAY:
            path.unlink(missing_ok=True)
    for record in sorted(_records("*"), key=_seen_at, reverse=True)[MOST:]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for _, name, _ in json.loads(record.read_text(encoding="utf-8"))["uploads"]:
                (spool_folder() / Path(name).name).unlink(missing_ok=True)
        record.unlink(missing_ok=True)


def _said(draft: Draft) -> dict[str, Any]:
    return {
        "uploads": [(one.name, one.path.name, one.of) for one in (*draft.uploads[draft.at :], *draft.left_out)],
        "uses": draft.uses,
        "source": draft.source,
        "readings": [asdict(one) | {"first_at": None} for one in draft.readings],
        "options": asdict(draft.options),
        "shape": draft.shape,
        "destination": draft.destination,
        "workspace_name": draft.workspace_name,
        "beside": asdict(draft.beside),
        "won_label": draft.won_label,
        "exported_on": draft.exported_on.isoformat() if draft.exported_on else None,
        "revision": draft.revision,
        "answers": [(question.key, draft.answers[question.key]) for question in draft.answered],
        "chosen": {key: _plain(value) for key, value in draft.chosen.items()},
        "tables": {key: [_packed(frame) for frame in frames] for key, frames in draft.tables.items()},
    }


def _draft(name: str, said: dict[str, Any]) -> Draft:
    return Draft(
        name=name,
        uploads=[OneFile(str(shown), spool_folder() / Path(file).name, of) for shown, file, of in said["uploads"]],
        uses={str(file): use for file, use in said["uses"].items() if use in USES},
        source=said["source"],
        readings=[TableReading(**(one | {"columns": tuple(one["columns"])})) for one in said["readings"]],
        options=ReadOptions(**said["options"]),
        shape=said["shape"],
        destination=said["destination"],
        workspace_name=said["workspace_name"],
        beside=Beside(**said["beside"]),
        won_label=said["won_label"],
        exported_on=date.fromisoformat(said["exported_on"]) if said["exported_on"] else None,
        revision=said["revision"],
        to_answer=[(str(key), str(answer)) for key, answer in said["answers"]],
        chosen={key: _typed(value) for key, value in said["chosen"].items()},
        tables={key: (_unpacked(before), _unpacked(left)) for key, (before, left) in said["tables"].items()},
    )


def _plain(value: str | float | date) -> Any:
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _typed(value: Any) -> Any:
    return date.fromisoformat(value["date"]) if isinstance(value, dict) else value


def _packed(frame: pl.DataFrame) -> str:
    packed = BytesIO()
    frame.write_ipc(packed)
    return base64.b64encode(packed.getvalue()).decode()


def _unpacked(text: str) -> pl.DataFrame:
    return pl.read_ipc(BytesIO(base64.b64decode(text)))


def _record_of(draft: Draft, browser: str) -> Path:
    return spool_folder() / f"{_hashed(browser)}-{draft.name}{_SUFFIX}"


def _records(which: str) -> list[Path]:
    return list(spool_folder().glob(f"{which}{_SUFFIX}")) if spool_folder().is_dir() else []


def _hashed(browser: str) -> str:
    """What a cookie says is no file name."""
    return hashlib.sha256(browser.encode()).hexdigest()[:32]


def _seen_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed by another session
        return 0.0
