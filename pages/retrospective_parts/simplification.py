"""Process simplification: what the funnel would look like without a stage, and making it so."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from funnel.errors import FunnelError
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.simplification import Simulation, StageChange, possible_changes, simulate
from funnel.metrics.comparison.verdicts import simulation_messages
from funnel.reports.workspace_data import DataKey, WorkspaceData
from funnel.storage.definitions import DefinitionVersion
from funnel.storage.store import Store
from pages.shell.boundary import safely
from pages.shell.data import key_of
from pages.shell.kept import kept
from pages.shell.session import who
from pages.shell.words import plain_text
from pages.shell.workspaces import now

_TOLD = "retrospective_simplified"


@kept(16)
def _simulated(
    key: DataKey, change: StageChange, question: str, _data: WorkspaceData, _filters: Filters,
    _as_of: date,
) -> Simulation:  # fmt: skip
    """``question`` holds the filters and the day as plain text."""
    return simulate(_data.facts, _data.definition, _as_of, change, filters=_filters)


def workbench(data: WorkspaceData, as_of: date, filters: Filters, store: Store, t: Translator) -> None:
    """Choose a merge or removal, see what it does, apply it; and the way back."""
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(plain_text(told), icon=":material/check:")
    versions = store.definition_versions()
    changes = possible_changes(data.definition)
    if not changes:
        st.caption(t("The funnel has no stage that could be merged or removed: two stages have to remain."))
        _way_back(versions, store, t)
        return
    names = {stage.key: t.localized(stage.name) for stage in data.definition.stages}
    words = {_code(change): _name(change, names, t) for change in changes}
    pick, button = st.columns([4, 2], vertical_alignment="bottom")
    code = pick.selectbox(
        t.term("simulate"), ["", *words], key="retrospective_simulate", help=t.help("simulate"),
        format_func=lambda code: words[code] if code else t("Choose a merge or a removal …"),
    )  # fmt: skip
    if not code:
        _way_back(versions, store, t)
        return
    change = next(one for one in changes if _code(one) == code)
    simulation = _simulated(key_of(data), change, repr((as_of, filters)), data, filters, as_of)
    said = [plain_text(t.message(message)) for message in simulation_messages(data.definition, simulation)]
    st.markdown("\n".join(f"- {one}" for one in said))
    _compared(data, simulation, t)
    button.button(
        t("Apply to the funnel"), key="retrospective_apply", icon=":material/done_all:", on_click=safely(_apply),
        args=(simulation, versions[0].version, words[code], store, t),
        help=t("Makes a new version of the funnel definition. The imported data stay as they are; you can go back."),
    )  # fmt: skip
    _way_back(versions, store, t)


def _code(change: StageChange) -> str:
    return f"{change.kind}:{change.stage}:{change.into or ''}"


def _name(change: StageChange, names: dict[str, str], t: Translator) -> str:
    if change.kind == "merge":
        return t("Merge “%(stage)s” into “%(into)s”", stage=names[change.stage], into=names[change.into or ""])
    return t("Remove “%(stage)s”", stage=names[change.stage])


def _compared(data: WorkspaceData, simulation: Simulation, t: Translator) -> None:
    """Both funnels beside each other: stages that stay, and the one that goes."""
    names = {stage.key: t.localized(stage.name) for stage in data.definition.stages}
    now_, then = (
        {row["stage"]: row for row in simulation.stages.filter(pl.col("side") == side).iter_rows(named=True)}
        for side in ("now", "simulated")
    )
    rows = []
    for key in now_:
        mine, its = now_[key], then.get(key)
        rows.append(
            {
                "stage": names[key],
                "now": t.number(mine["n_reached"]),
                "now_rate": t.percent(mine["rate"]),
                "now_days": t.number(mine["median_days"], 1),
                "then": t.number(its["n_reached"]) if its else t("gone"),
                "then_rate": t.percent(its["rate"]) if its else "–",
                "then_days": t.number(its["median_days"], 1) if its else "–",
            }
        )
    st.dataframe(
        pl.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height="content",
        key="retrospective_simulation",
        column_config={
            "stage": st.column_config.TextColumn(t.term("stage")),
            "now": _right(t("Now: reached")),
            "now_rate": _right(t("rate")),
            "now_days": _right(t("days")),
            "then": _right(t("Then: reached")),
            "then_rate": _right(t("rate") + " "),
            "then_days": _right(t("days") + " "),
        },
    )


def _right(label: str):
    return st.column_config.TextColumn(label, width=88, alignment="right")


def _apply(simulation: Simulation, version: int, reason: str, store: Store, t: Translator) -> None:
    try:
        made = store.save_definition(
            simulation.definition, who=who(), now=now(), reason=reason, expected_version=version
        )
    except FunnelError as error:
        st.session_state[_TOLD] = t.message(error)
        return
    st.session_state.pop("retrospective_simulate", None)
    st.session_state[_TOLD] = t("The funnel is now version %(n)s: %(what)s.", n=made, what=reason)


def _way_back(versions: list[DefinitionVersion], store: Store, t: Translator) -> None:
    if versions[1:] == []:
        return
    current, before = versions[:2]
    line, button = st.columns([4, 2], vertical_alignment="center")
    line.caption(
        t(
            "The funnel is version %(n)s, saved on %(at)s: %(reason)s.",
            n=current.version, at=current.at, reason=plain_text(current.reason) or "–",
        )
    )  # fmt: skip
    button.button(
        t("Back to version %(n)s", n=before.version), key="retrospective_back", icon=":material/undo:",
        on_click=safely(_back), args=(before, current.version, store, t),
    )  # fmt: skip


def _back(before: DefinitionVersion, version: int, store: Store, t: Translator) -> None:
    reason = t("Back to version %(n)s", n=before.version)
    try:
        made = store.save_definition(before.definition, who=who(), now=now(), reason=reason, expected_version=version)
    except FunnelError as error:
        st.session_state[_TOLD] = t.message(error)
        return
    st.session_state[_TOLD] = t("The funnel is now version %(n)s: %(what)s.", n=made, what=reason)
