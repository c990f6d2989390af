"""Which pipelines of a file belong into this workspace, where it holds several."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from funnel.i18n.translator import Translator
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.reading.reader import OTHER_PIPELINE, only_values
from funnel.intake.values import labels_of
from pages.import_steps.draft import Draft
from pages.shell.words import plain_text

_MOST = 30


def choose(draft: Draft, table: RawTable, mapping: ColumnMapping, t: Translator) -> None:
    """The pipelines to read; another choice reads the file again without the rows of the others. Nothing is asked of a
    file with one pipeline.
    """
    column = mapping.column("pipeline")
    if column is None:
        return
    gone = table.left_out.filter(pl.col("code") == OTHER_PIPELINE)["value"].unique().sort().to_list()
    kept = sorted(labels_of(table, column))
    if not 2 <= len(gone) + len(kept) <= _MOST:
        return
    chosen = st.multiselect(
        plain_text(t("Pipelines of this workspace (“%(column)s”)", column=column)),
        sorted([*kept, *gone]),
        default=kept,
        key=f"pipelines_{draft.revision}",
        help=t(
            "Each pipeline has stages of its own: a funnel over several of them mixes what cannot be compared. Rows of "
            "the others are left out and listed; they can go into a workspace of their own with the same file."
        ),
    )
    if chosen and sorted(chosen) != kept:
        only = None if len(chosen) == len(gone) + len(kept) else only_values(column, chosen)
        draft.read_again(replace(draft.options, only=only))
        st.rerun()
