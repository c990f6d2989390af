"""Sentences of the overview."""

from __future__ import annotations

from funnel.i18n.marks import N_

MESSAGES: dict[str, str] = {
    "overview.unknown_place": N_(
        "For %(n)s lost leads the data does not say at which stage they were lost, so the rates of those steps cannot be "
        "known; the overall conversion can. Import a stage history to see where they were lost."
    ),
    "overview.counts_only": N_(
        "This workspace holds stage totals, not single leads: it can show how much happened at each stage, but not who "
        "advanced, how long it took or where leads were lost. A ratio of two totals may exceed 100 %. Import a list of "
        "leads into another workspace to see that."
    ),
    "overview.undated_stages": N_(
        "No entry date is known for: %(stages)s. These stages are counted, but the time spent in them cannot be shown."
    ),
    "overview.history_too_short": N_(
        "The history is too short to know how long leads usually take into: %(stages)s. Mature conversion is not shown there."
    ),
}
