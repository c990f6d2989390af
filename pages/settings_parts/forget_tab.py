"""Forget a lead that asks for it: all its rows, or only who it is."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.reports.data_trust import lead_traces
from funnel.reports.workspace_data import WorkspaceData
from pages.settings_parts import said
from pages.shell import Shell
from pages.shell.words import column_name, plain_text
from pages.shell.workspaces import now

_DONE = "settings_forgotten"


def show(shell: Shell, data: WorkspaceData, name: str) -> None:
    """Find the lead, see what is known of it, choose what goes, confirm; then what still holds it."""
    t = shell.t
    st.caption(
        t(
            "A customer asks to be forgotten: the lead is taken out of every import, the plan, and the file itself. "
            "Backups are not changed; those that still hold it are named."
        )
    )
    _done(t)
    field, _ = st.columns(2)
    lead_id = field.text_input(
        t("Lead id"),
        key=f"settings_forget_id_{said.revision('forget')}",
        max_chars=200,
        help=t("As it stands in the lead lists of the overview."),
    ).strip()
    if not lead_id:
        return
    known = lead_traces(data, lead_id)
    if known.is_empty():
        st.info(
            t("No import that counts holds a lead “%(id)s”; undone imports may still hold it.", id=plain_text(lead_id)),
            icon=":material/person_search:",
        )
    else:
        st.table(
            pl.DataFrame({column_name(c, t): [plain_text(t.value(v)) for v in known[c]] for c in known.columns}),
            border="horizontal",
        )
    ways = {
        "figures": t("Forget who it is; every figure stays (its id becomes a random one, its name goes)"),
        "all": t("Delete it altogether; figures change as if it had never been there"),
    }
    way = st.radio(
        t("What goes"),
        list(ways),
        format_func=ways.__getitem__,
        key=f"settings_forget_way_{said.revision('forget')}",
    )
    sure = st.checkbox(t("I know that this cannot be undone"), key=f"settings_forget_sure_{said.revision('forget')}")
    if st.button(
        t("Forget this lead"), key="settings_forget", type="primary", disabled=not sure, icon=":material/person_off:"
    ):
        try:
            gone = shell.store.forget_lead(lead_id, keep_figures=way == "figures", who=name, now=now())
        except FunnelError as error:
            st.error(plain_text(t.message(error)), icon=":material/error:")
            return
        st.session_state[_DONE] = gone
        said.next_revision("forget")
        st.rerun()


def _done(t: Translator) -> None:
    gone = st.session_state.pop(_DONE, None)
    if gone is None:
        return
    st.success(
        plain_text(
            t(
                "Forgotten: %(rows)s rows of imports, %(edits)s entries of the plan.",
                rows=gone.n_rows,
                edits=gone.n_records,
            )
        ),
        icon=":material/check_circle:",
    )
    if gone.held_by:
        st.warning(
            plain_text(
                t(
                    "These backups still hold the lead; delete them too if it must go: %(files)s",
                    files=_names(gone.held_by),
                )
            ),
            icon=":material/inventory_2:",
        )
    if gone.not_checked:
        st.info(
            plain_text(
                t(
                    "These backups were made by hand and are no longer where they were written, so they could not be "
                    "looked into: %(files)s",
                    files=_names(gone.not_checked),
                )
            ),
            icon=":material/help:",
        )


def _names(paths: tuple[Path, ...]) -> list[str]:
    return [path.name for path in paths]
