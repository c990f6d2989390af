"""Likely causes from the playbook, each with its figure, and the way to a strategy."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.errors import Message
from funnel.i18n.translator import Translator
from funnel.planning.strategies.playbook import PlaybookEntry
from funnel.reports.bottleneck.likely_causes import LikelyCause, LikelyCauses
from funnel.reports.bottleneck.report import BottleneckReport
from pages.bottleneck_parts.words import said
from pages.shell.method import origin
from pages.shell.navigation import GROUPS, page_path
from pages.shell.words import owner_role_name, plain_text

PREFILL_KEY = "plan_prefill"
_COLOURS = {"supports": "red", "unclear": "gray", "cannot_know": "gray", "contradicts": "green"}


def show(report: BottleneckReport, position: int, causes: LikelyCauses, t: Translator) -> None:
    """Supported causes in full (without any: the unclear ones), the others folded away."""
    st.subheader(t.term("likely_cause"), help=t.help("likely_cause"))
    supported = [cause for cause in causes.entries if cause.stand == "supports"]
    open_ones = supported or [cause for cause in causes.entries if cause.stand == "unclear"]
    folded = [cause for cause in causes.entries if cause not in open_ones]
    if not causes.entries:
        st.caption(t("The playbook has no entry for this stage."))
    elif not supported:
        st.caption(t("No figure of this data supports one of the usual causes."))
    for cause in open_ones:
        with st.container(border=True):
            _cause(report, position, cause, t)
    if folded:
        with st.expander(t("Other usual causes: unclear, contradicted or not to be known (%(n)s)", n=len(folded))):
            for cause in folded:
                _cause(report, position, cause, t)
    others = causes.others.filter(pl.col("stand") != "cannot_know")
    if others.height:
        with st.expander(t("Further figures of this step (%(n)s)", n=others.height)):
            rows = list(others.iter_rows(named=True))
            st.table(
                pl.DataFrame(
                    {
                        t("Figure"): [said(report.cause_message(row), t) for row in rows],
                        t("What it says"): [_stand(row["stand"], t) for row in rows],
                    }
                ),
                border="horizontal",
                hide_index=True,
            )


def plan_button(
    report: BottleneckReport, position: int, t: Translator, *, key: str, label: str, **about: object
) -> None:
    """Take the facts of the step to the Plan page. Nothing is shown while the application has no such page."""
    if not any(stem == "plan" for pages in GROUPS.values() for stem, _, _ in pages):
        return
    if st.button(label, key=key, icon=":material/flag:", type="primary" if not about else "secondary"):
        window = report.filters.window
        st.session_state[PREFILL_KEY] = {
            "stage": report.definition.keys[position - 1],
            "cause": None,
            "playbook_key": None,
            "problem": t.message(report.step_message(position)) if position > 1 else "",
            "baseline": report.baseline(position) if position > 1 else None,
            "selected_start": window.start,
            "selected_end": window.end,
            "steps_compared": report.steps_compared,
        } | about
        st.switch_page(page_path("plan"))


def _cause(report: BottleneckReport, position: int, cause: LikelyCause, t: Translator) -> None:
    entry = cause.entry
    words, way = st.columns([4, 1], vertical_alignment="center")
    with words:
        st.markdown(
            f":{_COLOURS[cause.stand]}-badge[{_stand(cause.stand, t)}] **{plain_text(t.localized(entry.cause))}**"
        )
        for sentence in cause.evidence:
            st.markdown(said(sentence, t))
        st.caption(_advice(entry, t))
    with way:
        plan_button(
            report, position, t, key=f"bottleneck_plan_{entry.key}", label=t("Plan this"),
            cause=_cause_code(cause), playbook_key=entry.key, evidence=_first(cause.evidence, t),
        )  # fmt: skip


def _advice(entry: PlaybookEntry, t: Translator) -> str:
    actions = " ".join(f"({number}) {t.localized(action)}" for number, action in enumerate(entry.actions, 1))
    return plain_text(
        t(
            "What helps (%(origin)s, %(role)s): %(actions)s",
            origin=origin(entry, t),
            role=owner_role_name(entry.owner_role, t),
            actions=actions,
        )
    )


def _cause_code(cause: LikelyCause) -> str:
    """The evidence that spoke loudest, else the entry's own figure."""
    if cause.entry.figure:
        return cause.entry.figure.key
    codes = [message.code.removeprefix("causes.").removesuffix(".unknown") for message in cause.evidence]
    return codes[0] if codes else cause.entry.causes[0]


def _first(sentences: tuple[Message, ...], t: Translator) -> str:
    return t.message(sentences[0]) if sentences else ""


def _stand(stand: str, t: Translator) -> str:
    return {
        "supports": t("supported"),
        "unclear": t("unclear"),
        "cannot_know": t("cannot be known"),
        "contradicts": t("contradicted"),
    }[stand]
