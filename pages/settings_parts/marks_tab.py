"""Benchmarks and deadlines: what each step is measured against, its time limit, and how long to wait for its leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition, Sla, Text
from funnel.definition.edits import benchmark_from_percent, edit_stage
from funnel.errors import FunnelError
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.metrics.thresholds import LONGEST_HORIZON
from funnel.reports.workspace_data import WorkspaceData, typed_horizons
from pages.settings_parts import said
from pages.shell import Shell
from pages.shell.workspaces import now

_BENCHMARKS = {
    "stage": pl.String, "low": pl.Float64, "high": pl.Float64, "source": pl.String, "year": pl.Int64,
    "definition": pl.String,
}  # fmt: skip
_LIMITS = {"stage": pl.String, "amount": pl.Float64, "unit": pl.String, "found": pl.String, "typed": pl.Float64}


def show(shell: Shell, data: WorkspaceData, name: str, version: int) -> None:
    """Two tables with one row per step, saved together as a new version of the funnel."""
    t, definition, round_no = shell.t, data.definition, said.revision("marks")
    units = {"hours": t("hours"), "business_days": t("working days")}
    st.subheader(t.term("benchmark"), help=t.help("benchmark"))
    st.caption(t("An external range in per cent of the leads that reached the stage before, shown with its source."))
    benchmarks = _cells(
        st.data_editor(
            _benchmarks(definition, t),
            key=f"settings_benchmarks_{version}_{round_no}_{t.language}",
            hide_index=True,
            width="stretch",
            height="content",
            placeholder="",
            disabled=["stage"],
            column_config={
                "stage": st.column_config.TextColumn(t.term("step"), width=150, help=t.explained("step")),
                "low": st.column_config.NumberColumn(t("from, %"), min_value=0, max_value=100, width=82),
                "high": st.column_config.NumberColumn(t("to, %"), min_value=0, max_value=100, width=70),
                "source": st.column_config.TextColumn(t("Reference"), width=130),
                "year": st.column_config.NumberColumn(t("Year"), format="%d", min_value=1950, max_value=2100, width=65),
                "definition": st.column_config.TextColumn(t("Definition"), width=285),
            },
        ),
        _BENCHMARKS,
    )
    st.subheader(f"{t.term('sla')} · {t.term('horizon')}", help=f"{t.explained('sla')} {t.help('horizon')}")
    st.caption(
        t(
            "The clock of a step starts when a lead enters the stage before. The usual time is measured from the data; "
            "type one where history is too short, or to use another one. A blank cell means: as measured."
        )
    )
    limits = _cells(
        st.data_editor(
            _limits(data, units, t),
            key=f"settings_limits_{version}_{round_no}_{t.language}",
            hide_index=True,
            width="stretch",
            height="content",
            placeholder="",
            disabled=["stage", "found"],
            column_config={
                "stage": st.column_config.TextColumn(t.term("step"), width=150),
                "amount": st.column_config.NumberColumn(t.term("sla"), min_value=0, width=90, help=t.explained("sla")),
                "unit": st.column_config.SelectboxColumn(t("Unit"), options=list(units.values()), width=110),
                "found": st.column_config.TextColumn(t("Usual time, measured"), width=170, help=t.explained("horizon")),
                "typed": st.column_config.NumberColumn(
                    t("Usual time, typed (days)"), min_value=1, max_value=LONGEST_HORIZON, step=1, width=150
                ),
            },
        ),
        _LIMITS,
    )
    try:
        edited = _edited(definition, benchmarks, limits, units, t)
    except FunnelError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        return
    typed = {
        key: float(days)
        for key, days in zip(definition.keys[1:], (row["typed"] for row in limits), strict=True)
        if days is not None
    }
    changed = edited != definition
    waits_changed = typed != typed_horizons(data.settings, definition)
    reason = st.text_input(
        t("Why (kept with the version)"), key=f"settings_marks_why_{round_no}", max_chars=200, disabled=not changed
    )
    if st.button(
        t("Save"), key="settings_marks_save", type="primary", disabled=not (changed or waits_changed),
        icon=":material/check:",
    ):  # fmt: skip
        if changed:
            shell.store.save_definition(
                edited,
                who=name,
                now=now(),
                reason=reason.strip() or t("Benchmarks and time limits"),
                expected_version=version,
            )
        if waits_changed:
            shell.store.set_setting("typed_horizons", typed or None)
        said.next_revision("marks")
        said.say(t("Benchmarks and time limits are saved."))


def _benchmarks(definition: FunnelDefinition, t: Translator) -> pl.DataFrame:
    rows = []
    for stage in definition.stages[1:]:
        mark = stage.benchmark
        rows.append(
            {
                "stage": f"→ {t.localized(stage.name)}",
                "low": round(mark.low * 100, 4) if mark else None,
                "high": round(mark.high * 100, 4) if mark else None,
                "source": t.localized(mark.source) if mark else None,
                "year": mark.year if mark else None,
                "definition": t.localized(mark.definition) if mark else None,
            }
        )
    return pl.DataFrame(rows, schema=_BENCHMARKS)


def _limits(data: WorkspaceData, units: dict[str, str], t: Translator) -> pl.DataFrame:
    typed = typed_horizons(data.settings, data.definition)
    found = {row["stage"]: row for row in data.horizons.iter_rows(named=True)}
    rows = []
    for stage in data.definition.stages[1:]:
        row = found.get(stage.key, {"origin": "absent", "days": None})
        measured = {
            "data": t.days(row["days"], 0),
            "typed": "–",
            "too_short": t.term("history_too_short"),
            "undated": t("Dates are missing"),
            "absent": t("Not in this data"),
        }[row["origin"]]
        rows.append(
            {
                "stage": f"→ {t.localized(stage.name)}",
                "amount": stage.sla.amount if stage.sla else None,
                "unit": units[stage.sla.unit] if stage.sla else None,
                "found": measured,
                "typed": typed.get(stage.key),
            }
        )
    return pl.DataFrame(rows, schema=_LIMITS)


def _cells(edited: Any, schema: Mapping[str, type[pl.DataType]]) -> list[dict[str, Any]]:
    """The rows of an editor with the types they went in with (the editor gives others back)."""
    return pl.DataFrame(edited).cast(dict(schema), strict=False).to_dicts()


def _edited(
    definition: FunnelDefinition,
    benchmarks: list[dict[str, Any]],
    limits: list[dict[str, Any]],
    units: dict[str, str],
    t: Translator,
) -> FunnelDefinition:
    """The definition with the typed benchmarks and deadlines. Raises InputError for a range or a limit that is none."""
    unit_of = {shown: unit for unit, shown in units.items()}
    for stage, mark, limit in zip(definition.stages[1:], benchmarks, limits, strict=True):
        old = stage.benchmark
        benchmark = benchmark_from_percent(
            mark["low"],
            mark["high"],
            source=_text(mark["source"], old.source if old else None, t),
            year=mark["year"],
            definition=_text(mark["definition"], old.definition if old else None, t),
        )
        unit = unit_of.get(limit["unit"] or "", "business_days")
        sla = None if limit["amount"] is None else Sla(limit["amount"], unit)  # ty: ignore[invalid-argument-type]
        definition = edit_stage(definition, stage.key, benchmark=benchmark, sla=sla).definition
    return definition


def _text(typed: str | None, old: Text | None, t: Translator) -> Text:
    """Both languages as they were while nobody touched the text; what is typed stands for both."""
    shown = (typed or "").strip()
    return old if old is not None and t.localized(old) == shown else Text(shown, shown)
