"""Outlook: what will come, how good earlier forecasts were, what a goal takes, and the open deals."""

from __future__ import annotations

import dataframely as dy

from funnel.schema.figures import Figures


class Odds(Figures):
    """Per stage of the chain (``step``: its index) and age ``landmark_days``: of ``n`` leads that were still in the
    stage so many days after their entry, ``x`` were won within the next 90 days. ``low``, ``high``: 80 % interval of
    x / n (Wilson), null below 20 leads."""

    step = dy.Int64()
    stage = dy.String()
    landmark_days = dy.Int32()
    n = dy.Int64()
    x = dy.Int64()
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)


class DealsByAge(Figures):
    """One row per open deal. ``stage``: the stage of the chain it is in, ``furthest_stage``: the position of the
    furthest stage it reached (dated or not), ``entered_at`` and ``age_days``: since when it is in ``stage``.
    ``n_known``: leads that were still here at ``landmark_days``; ``n``, ``x``, ``low``, ``high`` as in ``Odds``, null
    where ``n_known`` < 20."""

    lead_id = dy.String()
    lead_name = dy.String(nullable=True)
    stage = dy.String()
    step = dy.Int64()
    furthest_stage = dy.Int64()
    owner = dy.String(nullable=True)
    source = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    region = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    created_at = dy.Datetime(time_unit="us")
    entered_at = dy.Datetime(time_unit="us")
    age_days = dy.Int32()
    expected_close_at = dy.Datetime(nullable=True, time_unit="us")
    landmark_days = dy.Int32()
    n_known = dy.Int64()
    n = dy.Int64(nullable=True)
    x = dy.Int64(nullable=True)
    low = dy.Float64(nullable=True)
    high = dy.Float64(nullable=True)


class Path(Figures):
    """Expected wins from as-of to ``on`` (``days`` later), added up: ``of_open``, ``of_new``, ``total``, the 80 % range
    ``low``–``high`` of the total (null: none earned), and the same in money (null: no amounts)."""

    days = dy.Int64()
    on = dy.Date()
    of_open = dy.Float64()
    of_new = dy.Float64()
    total = dy.Float64()
    low = dy.Int64(nullable=True)
    high = dy.Int64(nullable=True)
    money_open = dy.Float64(nullable=True)
    money_new = dy.Float64(nullable=True)
    money_low = dy.Float64(nullable=True)
    money_high = dy.Float64(nullable=True)


class PastForecasts(Figures):
    """The track record, newest first: forecast of ``on`` for the days to ``until``: said ``expected`` (``of_open`` from
    the deals open then), came ``wins`` (``wins_of_open``); ``low``–``high``, ``is_inside``: the range of the time, null
    where none was earned yet."""

    on = dy.Date()
    until = dy.Date()
    expected = dy.Float64()
    of_open = dy.Float64()
    wins = dy.Int64()
    wins_of_open = dy.Int64()
    low = dy.Int64(nullable=True)
    high = dy.Int64(nullable=True)
    is_inside = dy.Bool(nullable=True)


class PlanNeeds(Figures):
    """What a goal takes, per promised chance (0.5, 0.8, 0.9): ``new_leads`` up to the day, ``leads_a_week``; null with
    ``reason`` "out_of_reach" (more than ten times today's leads)."""

    chance = dy.Float64()
    new_leads = dy.Int64(nullable=True)
    leads_a_week = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)


class PlanEntries(Figures):
    """Expected entries into every stage of the chain after the first, per promised chance, up to the goal's day."""

    chance = dy.Float64()
    stage = dy.String()
    entries = dy.Float64()
    a_week = dy.Float64()


class OpenValue(Figures):
    """Open deals per stage of the chain: ``n``, the ``value`` that ``n_with_amount`` of them state, ``n_old`` longer
    than 90 days in the stage, ``n_overdue`` past their expected close."""

    step = dy.Int64()
    stage = dy.String()
    n = dy.Int64()
    value = dy.Float64()
    n_with_amount = dy.Int64()
    n_old = dy.Int64()
    n_overdue = dy.Int64()


class KeptForecasts(Figures):
    """Forecasts that were kept, newest first: on ``on`` for the days to ``until`` said ``expected`` wins in ``low`` to
    ``high`` (null: no range earned then); ``came`` so far, ``is_over``: the last day lies behind, ``is_inside`` then.
    """

    record_id = dy.String()
    on = dy.Date()
    until = dy.Date()
    expected = dy.Float64()
    low = dy.Int64(nullable=True)
    high = dy.Int64(nullable=True)
    money = dy.Float64(nullable=True)
    came = dy.Int64()
    money_came = dy.Float64(nullable=True)
    is_over = dy.Bool()
    is_inside = dy.Bool(nullable=True)
