"""Correcting an import: the same file, read in another way, takes the place of its earlier import."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.reports.workspace_data import NO_DAY
from funnel.schema import Facts, ImportBatch, with_batch
from pages.import_steps.draft import HERE, HERE_FROM_LABELS, Draft
from pages.shell import Shell
from pages.shell.workspaces import now


def offer(draft: Draft, shell: Shell) -> None:
    """Where these very bytes are imported into the present workspace and count, this import replaces that one, unless
    the person wants both.
    """
    t = shell.t
    live = [
        int(row["batch_no"])
        for info, imports in draft.earlier or []
        if shell.workspace is not None and info.path == shell.workspace.path
        for row in imports.iter_rows(named=True)
        if row["state"] == "live"
    ]
    if not live:
        draft.replaces = None  # what it was to replace is an import of another workspace
        return
    ways = {
        True: t("Replace the earlier import of this file (can be undone)"),
        False: t("Import it beside the earlier one"),
    }
    chosen = st.radio(
        t("If it is read in another way now"),
        list(ways),
        index=list(ways).index(_is_same_table(draft, shell, live[-1])),
        format_func=ways.__getitem__,
        key=f"replaces_{draft.revision}",
        horizontal=True,
    )
    draft.replaces = live[-1] if chosen else None


def _is_same_table(draft: Draft, shell: Shell, batch_no: int) -> bool:
    """Whether the earlier import read the same table of the file: not another sheet of the workbook."""
    if draft.table is None or draft.options.sheet is not None or draft.options.table is not None:
        return False
    roles = shell.store.mapping(batch_no).get("roles")
    return isinstance(roles, dict) and set(roles) == set(draft.table.columns)


def without_replaced(facts: Facts, draft: Draft, shell: Shell) -> Facts:
    """The facts without the import that is to be replaced."""
    if draft.replaces is None:
        return facts
    batch_no = shell.store.place(draft.replaces)  # a correction stands at the place of what it replaced
    kept = {
        name: getattr(facts, name).filter(pl.col("batch_no") != batch_no)
        for name in ("batches", "lead_rows", "entries", "labels", "counts")
    }
    return replace(facts, **kept)


def show_difference(draft: Draft, shell: Shell, batch: ImportBatch, definition: FunnelDefinition) -> None:
    """What the workspace says before and after the correction."""
    t, data = shell.t, shell.data
    if draft.replaces is None or data is None or draft.destination not in (HERE, HERE_FROM_LABELS):
        return
    facts = with_batch(without_replaced(data.facts, draft, shell), batch, now())
    as_of = default_as_of(facts, definition) or NO_DAY
    after = build_journeys(facts, definition, as_of).collect()
    st.subheader(t("What the correction changes"))
    before = data.journeys
    rows = [
        (t("Leads"), t.number(before.height), t.number(after.height)),
        (t("Won deals"), *(t.number(_n(frame, "won")) for frame in (before, after))),
        (t.term("lost"), *(t.number(_n(frame, "lost")) for frame in (before, after))),
        (t("Open deals"), *(t.number(_n(frame, "open")) for frame in (before, after))),
        (t("First creation"), *(t.date(_first(frame)) for frame in (before, after))),
        (t.term("as_of"), t.date(data.as_of), t.date(as_of)),
    ]
    st.dataframe(
        pl.DataFrame(rows, schema=["", t("Now"), t("After the correction")], orient="row"),
        hide_index=True,
        width="content",
        key="correction_difference",
    )


def _first(journeys: pl.DataFrame) -> date | None:
    first = journeys["created_at"].min()
    return first.date() if isinstance(first, datetime) else None


def _n(journeys: pl.DataFrame, outcome: str) -> int:
    return journeys.filter(pl.col("outcome") == outcome).height
