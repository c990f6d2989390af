"""Outlook: what will come, what a goal takes, what a change would bring, and the open deals. Four questions, four
functions; each takes the journeys (``schema.journeys_schema``), the funnel definition and the as-of day:

- A ``forecast(journeys, definition, as_of, horizon)`` → ``Forecast``: expected wins and money, range, track record.
- B ``plan(journeys, definition, as_of, until, wins=… | money=…)`` → ``GoalPlan``: leads and entries, last useful day.
- C ``what_if(journeys, definition, as_of, horizon, step=…, factor=…, extra_leads_a_day=…, quality=…, since=…)``
  → ``WhatIf``: the gain and its range.
- D ``deals_by_age(journeys.lazy(), definition, as_of)`` → a frame (schema ``DealsByAge``), one row per open deal.

From the bottom: ``stays`` (the journeys folded into counted stays) → ``hazards`` (chance per day by age) → ``chain``
(chance to win within t days) and ``changes`` (steps that changed lately) → ``ranges``, ``record`` (past days) →
``forecasting``, ``goals``, ``what_ifs``; ``money`` and ``deals`` beside them. A page that asks several questions of the
same data prepares them once with ``forecasting.prospects_of``.
"""

from __future__ import annotations

from funnel.metrics.outlook.deals import deals_by_age
from funnel.metrics.outlook.forecasting import forecast
from funnel.metrics.outlook.goals import plan
from funnel.metrics.outlook.what_ifs import what_if

__all__ = ["deals_by_age", "forecast", "plan", "what_if"]
