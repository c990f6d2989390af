"""Where history is too short to tell how long to wait for the leads of a step: the place to type it."""

from __future__ import annotations

import streamlit as st

from funnel.harmless import plain_text
from funnel.metrics.thresholds import LONGEST_HORIZON
from funnel.reports.workspace_data import typed_horizons
from pages.shell import Shell


def offer_horizons(shell: Shell) -> None:
    """One line that names the steps without a horizon, and a field for each; nothing where every step has one."""
    t, data = shell.t, shell.data
    if data is None or not data.has_leads:
        return
    short = [row["stage"] for row in data.horizons.iter_rows(named=True) if row["origin"] == "too_short"]
    if not short:
        return
    names = {key: plain_text(t.localized(data.definition.stage(key).name)) for key in short}
    line, menu = st.columns([3, 1], vertical_alignment="center")
    line.caption(plain_text(t.labelled(t.term("history_too_short"), t.joined(f"→ {name}" for name in names.values()))))
    with menu.popover(t("Type the days"), icon=":material/timer:", key="horizon_menu", type="tertiary"):
        st.caption(t.explained("horizon"))
        typed = {
            key: st.number_input(
                f"→ {name}",
                min_value=1,
                max_value=LONGEST_HORIZON,
                value=None,
                step=1,
                key=f"horizon_{key}",
                placeholder="–",
            )
            for key, name in names.items()
        }
        filled = {key: float(days) for key, days in typed.items() if days is not None}
        if st.button(t("Save"), key="horizon_save", type="primary", disabled=not filled):
            shell.store.set_setting("typed_horizons", typed_horizons(data.settings, data.definition) | filled)
            st.rerun()
