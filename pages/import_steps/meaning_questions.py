"""Questions about what a file means, one at a time, each answer with what follows from it."""

from __future__ import annotations

import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.meaning import Consequence, MeaningQuestion, Proposal
from funnel.trial import judge
from pages.import_steps.draft import Draft
from pages.shell.words import plain_text

PREVIEW = "preview"
"""The place on the page to which the way on leads."""


def show(draft: Draft, t: Translator) -> None:
    """What was answered, to be changed, and the first question that is open."""
    proposal = draft.proposal
    if proposal is None:
        return
    for question in [*draft.answered, *proposal.asked[:1]]:
        _ask(draft, question, t)


def _ask(draft: Draft, question: MeaningQuestion, t: Translator) -> None:
    """One question; a new answer makes the proposal anew."""
    answers = {answer.key: answer for answer in question.answers}
    given = draft.answers.get(question.key)
    with st.container(border=True):
        chosen = st.radio(
            plain_text(t.message(question.message)),
            list(answers),
            index=list(answers).index(given) if given in answers else None,
            format_func=lambda key: plain_text(t.message(answers[key].full())),
            key=f"meaning_{draft.revision}_{question.key}",
        )
    if chosen is not None and chosen != given:
        draft.answer(question, chosen)
        st.rerun()


def still_open(proposal: Proposal, mapping: ColumnMapping) -> tuple[MeaningQuestion, ...]:
    """The questions that a change of roles by hand leaves open: one about a changed column is answered by it."""
    before = proposal.mapping
    changed = {c for c in mapping.roles if mapping.roles[c] != before.roles.get(c, "ignore")}
    return tuple(q for q in proposal.asked if not (changed & set(q.columns) or (changed and not q.columns)))


def waiting(proposal: Proposal, mapping: ColumnMapping, definition: FunnelDefinition) -> tuple[MeaningQuestion, ...]:
    """The questions that are still open under a mapping whose labels have their targets.

    Which label is the win is also answered by marking it among the stages or by giving a label that target.
    """
    won = {definition.won_key, *mapping.won_stages}
    has_win = any(definition.resolve(target) in won for target in mapping.labels.values())
    return tuple(q for q in proposal.asked if not (q.key == "win" and has_win))


def what_follows(
    draft: Draft, table: RawTable, mapping: ColumnMapping, definition: FunnelDefinition, t: Translator, *, is_open: bool
) -> None:
    """Leads, won, lost, open and won value as things stand, and what they were before the last change; and the way on
    where no question ``is_open``."""
    key = repr(("follows", mapping.to_dict(), definition.to_dict()))
    if key not in draft.memo:
        draft.memo[key] = judge(table, mapping, definition)
    now: Consequence | None = draft.memo[key]
    if now is None:
        return
    before: Consequence | None = draft.memo.get("follows_before")
    last: Consequence | None = draft.memo.get("follows_last")
    if last is not None and last != now:
        before = draft.memo["follows_before"] = last
    draft.memo["follows_last"] = now
    text = t("This file as read: %(what)s.", what=now.message())
    if now.is_sample:
        text += " " + t("(counted on a part of this large file)")
    if before is not None and before != now:
        text += " " + t("Before the change: %(what)s.", what=before.message())
    st.info(plain_text(text) + ("" if is_open else way_on(t)), icon=":material/calculate:")


def way_on(t: Translator) -> str:
    """A link to the preview further down, in Markdown."""
    return f" [{t('If that is right: on to the preview')}](#{PREVIEW})"
