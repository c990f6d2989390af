"""Glossary: every term in both languages, what it means, and its formula in words."""

from __future__ import annotations

import streamlit as st

from funnel.harmless import plain_text
from funnel.i18n.translator import LANGUAGES, Translator
from pages.shell import enter
from pages.shell.url import cannot_show

shell = enter()
t = shell.t
other = Translator(next(one for one in LANGUAGES if one != t.language))

FIRST_OF_PART = {
    "lead": t("Who and what"),
    "funnel": t("The funnel"),
    "reached": t("Counting"),
    "conversion": t("Rates"),
    "basis": t("Which leads are counted"),
    "days_in_step": t("Time"),
    "lead_cost": t("Money and customers"),
    "key_figures": t("On the overview"),
    "bottleneck": t("Finding the bottleneck"),
    "strategy": t("Planning"),
    "tracking_form": t("The weekly form"),
    "retrospective": t("The retrospective"),
    "import_upload": t("Import and workspace"),
    "track_record": t("The outlook"),
}  # fmt: skip
keys = [key for key in t.concepts() if not key.startswith(("nav_", "page_"))]


def both(key: str) -> str:
    """A term in both languages; a place to fill in stands without its braces."""
    return f"**{t.term(key)}** · {other.term(key)}".replace("{", "").replace("}", "")


st.title(t.term("page_glossary_q"))
linked = st.query_params.get("term")
if linked is not None and linked not in keys:
    cannot_show("term", linked)
    st.query_params.pop("term")
    linked = None
if linked is not None:
    with st.container(border=True, key="asked_term"):
        st.markdown(f"{both(linked)}  \n{t.explained(linked)}")
        if t.formula(linked):
            st.markdown(f"= {t.formula(linked)}")
wanted = st.text_input(t("Search"), key="glossary_search", icon=":material/search:").strip().lower()


def speaks_of(key: str) -> bool:
    """Whether a term, in either language, or its explanation holds what is searched."""
    words = (t.term(key), other.term(key), t.explained(key), t.formula(key))
    return any(wanted in one.lower() for one in words)


parts: dict[str, list[str]] = {}
part = ""
for key in keys:
    part = FIRST_OF_PART.get(key, part)
    if not wanted or speaks_of(key):
        formula = f"  \n= {t.formula(key)}" if t.formula(key) else ""
        parts.setdefault(part, []).append(
            f"- {t.labelled(both(key), t.explained(key))}{formula}".replace("  \n", "  \n  ")
        )
if not parts:
    st.info(plain_text(t("No term of the glossary holds “%(words)s”.", words=wanted)))
for name, lines in parts.items():
    st.subheader(name)
    st.markdown("\n".join(lines))
