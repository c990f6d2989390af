"""The caption line of a page: basis, window, as-of, n, and the way to the data's trust summary."""

from __future__ import annotations

import streamlit as st

from funnel.exports.overview.content import caption
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import Basis
from pages.shell import Shell


def basis_caption(shell: Shell, basis: Basis, n: int, n_undated: int = 0) -> str:
    """One line under the title, which is returned, the trust summary at its end."""
    t, data = shell.t, shell.data
    if data is None:
        return ""
    line_said = caption(shell.filters, data.as_of, basis, n, n_undated, t)
    if data.is_sample:
        line_said = f"{t('synthetic sample')} · {line_said}"
    serious = data.open_findings
    line, link = st.columns([5, 1], vertical_alignment="top")
    line.caption(plain_text(line_said))
    if money := money_in_words(data, t):
        st.caption(plain_text(money))
    for rule in data.chosen_rules:
        st.caption(plain_text(t.message(rule)))
    link.page_link(
        "pages/settings.py",
        label=t("Data trust: %(n)s", n=len(serious)),
        query_params={"tab": "trust"},
        icon=":material/verified_user:" if not serious else ":material/policy:",
        help=t.help("data_trust"),
    )
    return line_said


def money_in_words(data: WorkspaceData, t: Translator) -> str:
    """Which currency amounts are in, at which rates, and whose amounts do not count; blank where there is only one."""
    money, parts = data.money, []
    if money.currency is None or not (money.left_out or money.rates):
        return ""
    parts.append(t("Amounts are in %(currency)s.", currency=money.currency))
    for code, rate in (money.rates or {}).items():
        parts.append(
            t("1 %(currency)s = %(worth)s %(to)s (%(day)s).", currency=code, worth=rate.worth, to=rate.to, day=rate.on)
        )
    if money.left_out:
        others = [t.labelled(one.currency or t("no currency stated"), t.number(one.n_leads)) for one in money.left_out]
        parts.append(
            t(
                "Not counted (deals in another currency): %(others)s. Choose a currency or give rates under Settings, "
                "Calendar & money.",
                others=others,
            )
        )
    return " ".join(parts)
