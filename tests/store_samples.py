"""Small workspaces and imports for the tests of the Store."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition, Stage, Text
from funnel.errors import FunnelError, Message
from funnel.schema import Entries, Facts, Finding, ImportBatch, Labels, LeadRows, Rejected, StageCounts, empty
from funnel.storage.store import Store
from funnel.storage.workspaces import create_workspace, open_workspace

NOW = datetime(2025, 6, 30, 9, 30)
DEFINITION = FunnelDefinition(
    key="test",
    name=Text("Test", "测试"),
    stages=(
        Stage("lead", Text("Lead", "线索")),
        Stage("intent", Text("Intent", "意向")),
        Stage("won", Text("Won", "成交"), is_won=True),
    ),
)


_made: dict[object, Path] = {}
"""What tells a workspace from others → its file, made once per test run."""


def workspace_like(make: Callable[[Path], Store], folder: Path, known: object = None) -> Store:
    """The workspace that ``make`` makes in a folder, open: made once per test run, then its file is copied.

    ``known``: what it is made of, for a ``make`` that is not the same function every time.
    """
    known = known or make
    if known not in _made:
        aside = Path(tempfile.mkdtemp(prefix="funnel-made-"))
        atexit.register(shutil.rmtree, aside, ignore_errors=True)
        store = make(aside)
        store.close()
        _made[known] = store.path
    folder.mkdir(parents=True, exist_ok=True)
    return open_workspace(Path(shutil.copy(_made[known], folder)))


def new_workspace(
    folder: Path,
    name: str,
    definition: FunnelDefinition,
    is_sample: bool = False,
    *,
    who: str = "",
    now: datetime | None = None,
) -> Store:
    """An empty workspace as ``create_workspace`` makes it, open: a new one costs all migrations."""

    def make(aside: Path) -> Store:
        return create_workspace(aside, name, definition, is_sample, who=who, now=now)

    return workspace_like(make, folder, repr((name, definition, is_sample, who, now)))


def lead_rows(*rows: dict[str, Any]) -> pl.DataFrame:
    """LeadRows from the cells that matter; the rest is null."""
    full = [{"batch_no": 0, "row_no": i, **row} for i, row in enumerate(rows, 2)]
    return pl.DataFrame(full, schema=empty(LeadRows).schema)


def a_batch(content: str = "a", *rows: dict[str, Any], **changes: Any) -> ImportBatch:
    """A small snapshot file whose bytes are ``content``."""
    leads = lead_rows(*(rows or ({"lead_id": f"{content}-1", "stage_label": "意向", "amount": 10.5},)))
    batch = ImportBatch(
        file_name=f"{content}.csv",
        content_hash=content,
        shape="snapshot",
        mapping={"roles": {"id": "lead_id"}, "exported_on": date(2025, 6, 1)},
        header_signature="id",
        exported_on=date(2025, 6, 1),
        lead_rows=leads,
        entries=pl.DataFrame(
            [
                {
                    "batch_no": 0,
                    "row_no": 2,
                    "lead_id": leads["lead_id"][0],
                    "scope": "stage",
                    "label": "意向",
                    "at": datetime(2025, 5, 3, 8, 15, 0, 250),
                    "has_time": True,
                }
            ],
            schema=empty(Entries).schema,
        ),
        labels=pl.DataFrame(
            [{"batch_no": 0, "scope": "stage", "label": "意向", "target": "intent"}], schema=empty(Labels).schema
        ),
        counts=empty(StageCounts),
        rejected=pl.DataFrame(
            [{"row_no": 9, "code": "intake.bad_date", "column": "created", "value": "31.2.", "cells": '["x"]'}],
            schema=empty(Rejected).schema,
        ),
        findings=(
            Finding(
                Message("intake.future_date", {"on": date(2026, 1, 2), "columns": ["a", "b"]}),
                "warning",
                3,
                "kept",
                rows=(4, 5, 6),
                leads=("x",),
            ),
        ),
        n_rows=leads.height + 1,
        n_accepted=leads.height,
    )
    return replace(batch, **changes)


@contextmanager
def refused(kind: type[FunnelError], code: str) -> Generator[None]:
    """Expects an error of the kind with exactly this code."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.message.code == code


def frames(facts: Facts) -> dict[str, pl.DataFrame]:
    """The frames of facts with batches numbered 1, 2, 3 … (numbers keep gaps after an undo)."""
    names = {no: i for i, no in enumerate(facts.batches["batch_no"], 1)}
    return {
        name: getattr(facts, name).with_columns(
            pl.col("batch_no").replace_strict(names, return_dtype=pl.Int32) if names else pl.col("batch_no")
        )
        for name in ("batches", "lead_rows", "entries", "labels", "counts")
    }


def same(one: Facts, other: Facts) -> bool:
    left, right = frames(one), frames(other)
    return all(left[name].equals(right[name], null_equal=True) for name in left)
