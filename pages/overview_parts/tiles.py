"""The key figures with their change against the window before."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from funnel.exports.key_figures import figure_name, figure_text
from funnel.i18n.translator import Translator
from funnel.reports.overview import OverviewReport
from funnel.schema import KEY_FIGURES

_TILES = [name for name, figure in KEY_FIGURES.items() if figure.is_tile]
_PER_ROW = 2
"""They stand in two columns beside the funnel."""

_WHY_NO_CHANGE = {
    *("all_time", "no_earlier_data", "earlier_data_incomplete", "leads_not_known", "leads_undated", "only_closed"),
    "wins_undated",
}


def show(report: OverviewReport, t: Translator) -> None:
    """Two in a row; a figure that does not exist shows a dash, and its help says why."""
    rows = {row["figure"]: row for row in report.key_figures.iter_rows(named=True)}
    for start in range(0, len(_TILES), _PER_ROW):
        for column, figure in zip(st.columns(_PER_ROW, gap="small"), _TILES[start : start + _PER_ROW], strict=False):
            row, known = rows[figure], KEY_FIGURES[figure]
            direction = "inverse" if known.less_is_better else "normal"
            change, known_of = _change(row, t), _known_of(row, rows["customers"]["value"], t)
            delta = " · ".join(part for part in (change, known_of) if part) or None
            # What chance alone explains is neither good nor bad: grey, without an arrow.
            is_told = bool(change) and str(change)[0] in "+-" and not row["within_chance"]
            column.metric(
                figure_name(figure, t),
                figure_text(figure, row["value"], t),
                delta=delta,
                delta_color=direction if is_told else "off",
                delta_arrow="auto" if is_told else "off",
                help=_help(row, known.term, t),
                border=True,
                height="stretch",
            )
    if report.compared_days is not None:
        days, before = report.compared_days
        st.caption(
            t(
                "Changes: the %(days)s days up to %(end)s against the %(before)s days before them; counts and sums per "
                "day. Grey: within chance.",
                days=days,
                end=_last_day(report),
                before=before,
            )
        )
    reasons = {row["change_reason"] for row in rows.values() if row["change_reason"]}
    for reason in sorted(reasons & _WHY_NO_CHANGE):
        st.caption(t("No change is shown: %(reason)s", reason=t.message_of(f"overview.reason.{reason}")))


def _known_of(row: dict[str, Any], n_won: float | None, t: Translator) -> str | None:
    """How many of the wins a sum of money is made of, where it is not all of them."""
    if not row["n_without"] or not n_won:
        return None
    return t("%(x)s of %(n)s wins", x=t.number(n_won - row["n_without"], 0), n=t.number(n_won, 0))


def _last_day(report: OverviewReport) -> date:
    """The last day that the changes count."""
    end = report.filters.window.end
    return report.as_of if end is None else min(end, report.as_of)


def _change(row: dict[str, Any], t: Translator) -> str | None:
    """The change in the figure's own form; null where there is none."""
    if row["change_pp"] is not None:
        return t.points(row["change_pp"])
    if KEY_FIGURES[row["figure"]].unit == "days" and row["change"] is not None:
        return _sign(round(row["change"])) + t.days(abs(row["change"]), 0)
    if row["change_share"] is not None:
        return _sign(round(100 * row["change_share"])) + t.percent(abs(row["change_share"]), 0)
    return None


def _sign(rounded: int) -> str:
    """The sign of what is shown: a change that rounds to nothing has none."""
    return "+" if rounded > 0 else "-" if rounded < 0 else ""


def _help(row: dict[str, Any], term: str, t: Translator) -> str:
    parts = []
    if row["x"] is not None and row["n"]:
        parts.append(t("%(x)s of %(n)s", x=t.number(row["x"], 0), n=t.number(row["n"], 0)))
    if row["n_without"]:
        parts.append(t("%(n)s wins have no amount and are left out.", n=row["n_without"]))
    if row["reason"]:
        parts.append(t.message_of(f"overview.reason.{row['reason']}"))
    if row["previous"] is not None:
        parts.append(t("Window before, cut alike: %(value)s", value=figure_text(row["figure"], row["previous"], t)))
    return " ".join([*parts, t.help(term)])
