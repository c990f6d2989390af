"""Words of the funnel definition."""

from __future__ import annotations

from funnel.definition import FunnelDefinition
from funnel.i18n.translator import Translator


def metric_name(metric: str, t: Translator) -> str:
    """A metric of ``funnel.definition.METRICS``."""
    own = {
        "total_leads": t("Total leads"),
        "intent_leads": t("Intent leads"),
        "opportunities": t("Opportunities"),
        "evaluations": t("Evaluations"),
        "customers_won": t("Customers won"),
        "conversion_rate": t.term("conversion"),
    }
    return own[metric] if metric in own else t.term(metric)


def stage_line(definition: FunnelDefinition, t: Translator) -> str:
    """The stages of a funnel on one line."""
    return " → ".join(t.localized(stage.name) for stage in definition.stages)
