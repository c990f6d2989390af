"""What the Plan page calls things."""

from __future__ import annotations

from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator
from funnel.planning.strategies.strategy import STATES
from funnel.planning.targets import PERIODS, TARGET_METRICS
from funnel.reports.plan import Outlook


def state_names(t: Translator) -> dict[str, str]:
    """States of a strategy."""
    return {state: t.term(f"state_{state}") for state in STATES}


def metric_names(t: Translator) -> dict[str, str]:
    """What a target can measure, and the rate that a strategy works on."""
    names = {
        "conversion_rate": t("conversion of the step"),
        "entries": t("leads that enter the stage"),
        "decided": t("leads decided (advanced or lost)"),
        "growth": t("growth against the period before"),
        "on_time": t("share on time"),
        "reported": t("reported only"),
    }
    assert set(names) == {"conversion_rate", *TARGET_METRICS}
    return names


def period_names(t: Translator) -> dict[str, str]:
    """Periods of a target."""
    names = {"day": t("day"), "week": t("week"), "month": t("month"), "quarter": t("quarter")}
    assert set(names) == set(PERIODS)
    return names


def stop_metric_names(t: Translator) -> dict[str, str]:
    """What a stop rule can watch; blank: no rule in numbers."""
    return {
        "": t("no rule in numbers"),
        "lead_cost": t.term("lead_cost"),
        "conversion_rate": t("conversion of the step"),
        "entries": t("entries a week"),
        "reported": t("amount reported in the weekly form"),
    }


def field_names(t: Translator) -> dict[str, str]:
    """Fields of a strategy, for history and conflicts."""
    return {
        "stage": t.term("stage"), "title": t("Name"), "problem": t.term("problem"), "actions": t("Actions"),
        "goal": t("Goal"), "owner": t.term("owner"), "role": t("Role"), "starts_on": t("Start"),
        "due_on": t("Deadline"), "metric": t("Works on"), "baseline": t.term("baseline"),
        "promise_pp": t.term("promise"), "expected_effect": t.term("expected_effect"),
        "horizon_days": t.term("horizon"),
        "decision_on": t.term("decision_date"), "stop": t.term("stop_rule"), "stop_text": t("Stop rule in words"),
        "state": t.term("row_state"), "replaces": t("Replaces"), "replaced_by": t("Replaced by"),
    }  # fmt: skip


def stage_names(definition: FunnelDefinition, t: Translator) -> dict[str, str]:
    return {stage.key: t.localized(stage.name) for stage in definition.stages}


def outlook_sentences(outlook: Outlook, t: Translator) -> list[str]:
    """What a promise needs, before anybody waits for it."""
    if outlook.baseline is None:
        return [
            {
                "no_data": t("No data was imported yet, so there is no measured baseline; the plan works without."),
                "no_step": t("The first stage has no conversion: follow its number of leads with a target."),
                "history_too_short": t(
                    "The history is too short to measure a baseline: how long this step usually takes is not known."
                ),
                "too_little_data": t("Fewer than 20 leads can be judged before the start: no baseline yet."),
            }[outlook.reason or "no_data"]
        ]
    base = outlook.baseline
    found = [
        t(
            "Baseline: %(rate)s within %(days)s days (%(x)s of %(n)s leads, entered %(period)s).",
            rate=t.percent(base.rate), days=base.horizon_days, x=base.x, n=base.n,
            period=t.period(base.start, base.end),
        )
    ]  # fmt: skip
    if base.corrected:
        found.append(
            t("The days that led to this strategy are inside, since there is nothing earlier: a rise is shown smaller.")
        )
    if outlook.detectable_pp is None:
        found.append(t("With the leads of a quarter no rise would show."))
    else:
        found.append(
            t(
                "With the %(n)s leads of a quarter only a rise of %(points)s points or more would show.",
                n=outlook.quarter_entries, points=t.number(outlook.detectable_pp, 1),
            )
        )  # fmt: skip
    promised = t.number(outlook.promised_pp, None)
    if outlook.needed_leads is None:
        found.append(t("A rise of %(points)s points leaves 100%%: promise less.", points=promised))
    elif outlook.needed_weeks is None:
        found.append(
            t(
                "A rise of %(points)s points needs %(leads)s leads on each side; at present none enter.",
                points=promised, leads=outlook.needed_leads,
            )
        )  # fmt: skip
    else:
        found.append(
            t(
                "A rise of %(points)s points needs %(leads)s leads on each side: %(weeks)s weeks at %(weekly)s leads a "
                "week, so it can be decided on %(day)s.",
                points=promised, leads=outlook.needed_leads, weeks=outlook.needed_weeks,
                weekly=t.number(outlook.weekly_entries, 1), day=outlook.decision_on,
            )
        )  # fmt: skip
    return found
