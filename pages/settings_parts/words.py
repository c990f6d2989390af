"""Words of the funnel definition, and the height of rows that hold several words."""

from __future__ import annotations

from funnel.definition.definition import FunnelDefinition
from funnel.i18n.translator import Translator

ROW_HEIGHT = 64
"""Three lines of text: from 4 rem on a cell breaks its text into lines, so that all columns fit at 1024 px."""


def metric_name(metric: str, t: Translator) -> str:
    """A metric of ``funnel.definition.definition.METRICS``."""
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
