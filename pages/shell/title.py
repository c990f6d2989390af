"""The head of every page: the question that it answers, and its line of the guide."""

from __future__ import annotations

import streamlit as st

from funnel.i18n.translator import Translator


def page_title(t: Translator, page: str) -> None:
    """Question and line of one page (its term without ``page_``), with and without data."""
    st.title(t.term(f"page_{page}_q"))
    st.caption(guide_line(t, page))


def guide_line(t: Translator, page: str) -> str:
    """What the guide says where this page is used."""
    return {
        "overview": t(
            "The guide, step 2: from three to six months of history, see for each stage how many came, how many went "
            "on, and how long it took."
        ),
        "bottleneck": t(
            "The guide, step 2: a stage significantly below its usual range is the bottleneck; work on that one first."
        ),
        "outlook": t(
            "The guide, step 3, needs an expected effect: this is what comes by itself, with the range it has earned."
        ),
        "plan": t(
            "The guide, step 3: a strategy names actions, an owner, dates and the effect it promises, before it starts."
        ),
        "tracking": t(
            "The guide, step 4: each week the team writes down what was planned, what was done, and why not."
        ),
        "retrospective": t(
            "The guide, step 5: once a month, see whether the strategy worked, listen to customers, and simplify."
        ),
        "import": t(
            "Step 2 of the guide: collect three to six months of history. Sources real, one way of counting, "
            "no beautified figures."
        ),
        "settings": t(
            "The guide, step 1: a funnel of four to six stages, each with a definition, a key action and a measure."
        ),
    }[page]
