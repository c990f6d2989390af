"""The receipt on the Check step: what a person recognises before anything is stored, and what their CRM says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator
from funnel.reports.receipt.difference import Difference, Part, Said, difference_report
from funnel.reports.receipt.report import MonthWins, Receipt, Step, Story, WonValue, receipt_report
from pages.import_steps.draft import Checked, Draft
from pages.shell.findings import rows_in_words
from pages.shell.words import plain_text

_MOST_NAMED = 10


def show(draft: Draft, checked: Checked, definition: FunnelDefinition, t: Translator) -> None:
    """The receipt, then the question what another program says."""
    receipt = receipt_report(checked.journeys, checked.batch, definition)
    st.subheader(t("Do you recognise it?"))
    if receipt.totals:
        _totals(receipt, t)
        return
    for column, (name, n) in zip(
        st.columns(4),
        (
            (t("Deals"), receipt.n_deals),
            (t("Won"), receipt.n_won),
            (t("Lost"), receipt.n_lost),
            (t("Open"), receipt.n_open),
        ),
        strict=True,
    ):
        column.metric(name, t.number(n), border=True)
    st.markdown("  \n".join(_lines(receipt, t)))
    stories, months = st.columns([3, 2])
    with stories:
        st.markdown(f"**{t('Three deals, as they would be stored')}**")
        st.markdown("\n".join(f"- {plain_text(story_in_words(story, t))}" for story in receipt.stories))
    if receipt.months:
        with months:
            st.markdown(f"**{t('Wins by month')}**")
            st.dataframe(_months(receipt.months, t), hide_index=True, width="stretch", placeholder="–")
            if receipt.n_won_undated:
                st.caption(t("%(n)s wins have no date and are in no month.", n=receipt.n_won_undated))
    with st.expander(t("What does your CRM say?"), icon=":material/balance:"):
        _compare(draft, checked, receipt, definition, t)


def _lines(receipt: Receipt, t: Translator) -> list[str]:
    """Won value and the days of creation, each in a line."""
    values = t.joined(money(value, t) for value in receipt.won_value) or t("no amounts")
    lines = [t("Won value: **%(values)s**", values=plain_text(values))]
    if receipt.n_won_without_amount and receipt.won_value:
        lines[0] += " · " + t("%(n)s won deals have no amount", n=receipt.n_won_without_amount)
    if receipt.first_created is not None:
        first, last = t.date(receipt.first_created), t.date(receipt.last_created)
        line = t("Created: first **%(first)s**, last **%(last)s**", first=first, last=last)
        without = receipt.n_without_creation
        lines.append(line + (" · " + t("%(n)s without a creation date", n=without) if without else ""))
    elif receipt.n_undated < receipt.n_deals:
        lines.append(t("No deal says when it was created; its first known date stands in for it."))
    else:
        lines.append(t("No deal says when it was created."))
    return lines


def money(value: WonValue, t: Translator) -> str:
    """An amount with the currency as the file writes it."""
    return f"{t.number(value.value)} {value.currency}" if value.currency else t.money(value.value)


def _months(months: Sequence[MonthWins], t: Translator) -> pl.DataFrame:
    return pl.DataFrame(
        {
            t("Month"): [t.month(one.month) for one in months],
            t("Won"): [t.number(one.n) for one in months],
            t("Won value"): [t.joined(money(value, t) for value in one.values) or None for one in months],
        },
        schema_overrides={t("Won value"): pl.String},
    )


def _totals(receipt: Receipt, t: Translator) -> None:
    """A file of totals: the sum of each stage, and of which time."""
    period = t.period(receipt.first_period, receipt.last_period)
    st.caption(t("Totals per stage, no single deals.") + (f" {period}" if receipt.first_period else ""))
    for column, (label, n) in zip(st.columns(max(4, len(receipt.totals))), receipt.totals, strict=False):
        column.metric(plain_text(label), t.number(n), border=True)


# --- a deal in words ------------------------------------------------------------------------------------------------


def story_in_words(story: Story, t: Translator) -> str:
    """``D-104 Alder: created 3 Jan 2024, proposal 12 Jan 2024, won 2 Feb 2024, 1,200``."""
    parts = [_step(step, t) for step in story.steps]
    if story.amount is not None:
        parts.append(money(WonValue(story.currency, story.amount, 1), t))
    name = f"{story.lead_id} {story.name}" if story.name and story.name != story.lead_id else story.lead_id
    return t("%(deal)s: %(steps)s", deal=name, steps=t.joined(parts))


def _step(step: Step, t: Translator) -> str:
    day = t.date(step.at.date()) if step.at else None
    stage = t.localized(step.stage) if step.stage else ""
    match step.kind:
        case "created":
            return t("created %(day)s", day=day)
        case "won":
            return t("won %(day)s", day=day) if day else t("won, no date")
        case "lost":
            return t("lost %(day)s", day=day) if day else t("lost, no date")
        case "stands":
            return t("stage “%(stage)s”", stage=stage)
    return t("“%(stage)s” %(day)s", stage=stage, day=day)


# --- what the CRM says ----------------------------------------------------------------------------------------------


def _compare(draft: Draft, checked: Checked, receipt: Receipt, definition: FunnelDefinition, t: Translator) -> None:
    st.caption(t("Type what your CRM or your own list counts; a difference is taken apart into rows."))
    won = checked.journeys.filter(pl.col("outcome") == "won")
    months = won["won_at"].dt.date().dt.month_start().drop_nulls().unique().sort(descending=True).to_list()
    options = ["", *(month.isoformat() for month in months)]
    currencies = [value.currency for value in receipt.won_value]
    said, key = draft.said, draft.revision
    # What was typed comes back after a step back, when Streamlit has forgotten the fields.
    was = {
        "month": said.month.isoformat() if said.month and said.month in months else "",
        "won": said.won,
        "value": said.value,
        "currency": said.currency if said.currency in currencies else next(iter(currencies), None),
    }
    for name, kept in was.items():
        st.session_state.setdefault(f"said_{name}_{key}", kept)
    first, second, third, fourth = st.columns(4)
    month = first.selectbox(
        t("Month of the wins"),
        options,
        format_func=lambda day: t.month(date.fromisoformat(day)) if day else t.term("all_time"),
        key=f"said_month_{key}",
    )
    n = second.number_input(t("Won deals"), min_value=0, value=None, step=1, key=f"said_won_{key}")
    value = third.number_input(t("Won value"), value=None, step=100.0, format="%.2f", key=f"said_value_{key}")
    currency = None
    if len(currencies) > 1:
        currency = fourth.selectbox(
            t.term("currency"),
            currencies,
            format_func=lambda code: code or t("not named"),
            key=f"said_currency_{key}",
        )
    draft.said = Said(n, value, date.fromisoformat(month) if month else None, currency)
    if n is None and value is None:
        return
    found = difference_report(checked.journeys, checked.batch, definition, draft.said)
    for line in difference_in_words(found, t):
        st.markdown(plain_text(line))
    named = [part for part in found.parts if part.explains]
    named = named or [part for part in found.parts if _can_explain(part, found)]
    if named and (found.won_missing or _gap(found)):
        st.markdown("\n".join(f"- {plain_text(part_in_words(part, t))}" for part in named))


def _gap(found: Difference) -> float:
    """The missing value, 0 where it is none or not said."""
    gap = found.value_missing or 0.0
    return gap if abs(gap) >= 0.5 else 0.0


def _can_explain(part: Part, found: Difference) -> bool:
    """Whether counting the part otherwise would bring the two figures nearer."""
    missing = found.won_missing or _gap(found)
    return part.adds == (missing > 0) and not (found.won_missing and part.is_of_value)


def difference_in_words(found: Difference, t: Translator) -> list[str]:
    """One sentence for the wins, one for the value, and whether the rows below make the difference."""
    lines, missing, gap = [], found.won_missing, _gap(found)
    if missing is not None:
        numbers = {"said": t.number(found.said.won), "here": t.number(found.won)}
        if missing == 0:
            lines.append(t("Wins agree: %(here)s.", **numbers))
        else:
            lines.append(t("Your CRM says %(said)s wins, the file gives %(here)s.", **numbers))
    if found.value_missing is not None:
        numbers = {"said": t.number(found.said.value), "here": t.number(found.value)}
        if not gap:
            lines.append(t("Won value agrees: %(here)s.", **numbers))
        else:
            lines.append(t("Your CRM says a won value of %(said)s, the file gives %(here)s.", **numbers))
    if missing or gap:
        if found.is_explained:
            lines.append(t("This makes the difference exactly:"))
        elif any(_can_explain(part, found) for part in found.parts):
            lines.append(t("No rows make the difference exactly. These could be counted differently:"))
        else:
            lines.append(
                t(
                    "No row of the file can make the difference. Perhaps the export leaves deals out (a filter, "
                    "another owner or pipeline), or the two were made on different days."
                )
            )
    return lines


def part_in_words(part: Part, t: Translator) -> str:
    """``2 wins have no date: 17, 23``"""
    n = t.number(part.n)
    sentence = {
        "undated": t("%(n)s wins have no date", n=n),
        "just_outside": t("%(n)s wins lie on the day before or after this month (another time zone?)", n=n),
        "just_inside": t("%(n)s wins lie on the first or last day of this month (another time zone?)", n=n),
        "rejected_won": t("%(n)s rejected rows say won", n=n),
        "rejected": t("%(n)s other rows were rejected", n=n),
        "overruled": t(
            "%(n)s deals have a stage that says won and a status or a later change that says otherwise", n=n
        ),
        "not_used": t("%(n)s deals have a label that is not used", n=n),
        "same_id": t("%(n)s rows more say won, of deals that have one already (same id)", n=n),
        "without_amount": t("%(n)s won deals have no amount", n=n),
        "other_currency": t("%(n)s won deals are in another currency", n=n),
    }[part.code]
    if part.value is not None:
        sentence = t("%(what)s, worth %(value)s", what=sentence, value=t.number(part.value))
    if part.leads:
        names = t.joined(part.leads[:_MOST_NAMED]) + (" …" if len(part.leads) > _MOST_NAMED else "")
        return t("%(what)s: %(which)s", what=sentence, which=names)
    if part.rows:
        return t("%(what)s: %(which)s", what=sentence, which=rows_in_words(part.rows, t, _MOST_NAMED))
    return sentence
