"""What settings and plan show: targets, spend and calendar by month, traces of a lead, exports compared."""

from __future__ import annotations

import dataframely as dy

from funnel.schema.figures import Figures


class SpendMonths(Figures):
    """Leads created in a month, the customers among them, and what both cost; newest month first.

    Money is null where the month has no spend (``reason`` "no_spend"), never zero: zero means that nothing was spent.
    The month of the as-of day carries its spend by the share of its days.
    """

    month = dy.Date(primary_key=True)
    n_leads = dy.Int64()
    n_customers = dy.Int64()
    amount = dy.Float64(nullable=True)
    lead_cost = dy.Float64(nullable=True)
    customer_cost = dy.Float64(nullable=True)
    reason = dy.String(nullable=True)


class JournalLines(dy.Schema):
    """Who did what to a workspace. ``who``: the e-mail of who had signed in, else the name that was typed; ``role``:
    blank where nobody had signed in; ``deed``: one of ``team.DEEDS``; ``about``: a file, a kind of record, a setting.
    """

    no = dy.Int64(primary_key=True)
    at = dy.Datetime(time_unit="us")
    who = dy.String()
    role = dy.String()
    deed = dy.String()
    about = dy.String()


class CalendarMonths(Figures):
    """Working days of a month; ``free``: weekdays off, ``worked``: days of a weekend that are worked."""

    month = dy.Date(primary_key=True)
    n_working = dy.Int64()
    free = dy.List(dy.Date())
    worked = dy.List(dy.Date())


class TargetProgress(Figures):
    """How far each target is in the period that holds the day looked at, for the bars of the Plan page.

    ``done`` of ``goal`` in the metric's own unit (shares 0–1), ``share`` = done / goal (null: not measured).
    ``share_of_days``: working days gone, of the period's (null for shares, which have no pace). ``pace_needed``: per
    working day for the rest. ``state``: see ``funnel.planning.targets.Progress``.
    """

    target_id = dy.String(primary_key=True)
    stage = dy.String()
    metric = dy.String()
    start = dy.Date()
    end = dy.Date()
    done = dy.Float64(nullable=True)
    goal = dy.Float64(nullable=True)
    share = dy.Float64(nullable=True)
    share_of_days = dy.Float64(nullable=True)
    pace_needed = dy.Float64(nullable=True)
    days_left = dy.Int64()
    state = dy.String()
    is_measured = dy.Bool()


class LeadTraces(Figures):
    """What is known of one lead, for the person who is asked to forget it."""

    lead_id = dy.String()
    lead_name = dy.String(nullable=True)
    created_at = dy.Datetime(nullable=True, time_unit="us")
    outcome = dy.String(nullable=True)
    source = dy.String(nullable=True)
    owner = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    region = dy.String(nullable=True)
    amount = dy.Float64(nullable=True)
    customer_id = dy.String(nullable=True)


class StageChanges(Figures):
    """A change of a lead between two exports: after the day ``after_on``, at the latest on ``until_on``.

    ``from_position`` null: the earlier export does not say, or does not hold the lead (``is_new``); ``to_position``
    null: the later one does not say. ``is_lost``: the later export calls it lost, the earlier one did not.
    """

    lead_id = dy.String()
    after_on = dy.Date()
    until_on = dy.Date()
    from_position = dy.Int8(nullable=True)
    to_position = dy.Int8(nullable=True)
    is_new = dy.Bool()
    is_lost = dy.Bool()


class ExportPairs(Figures):
    """Leads that moved between two neighbouring exports. A lead that moved and was lost counts in both."""

    after_on = dy.Date()
    until_on = dy.Date(primary_key=True)
    n_new = dy.Int64()
    n_forward = dy.Int64()
    n_back = dy.Int64()
    n_lost = dy.Int64()


class IntervalDays(Figures):
    """Days in the step into a stage as exports tell them: the true median lies from ``median_low`` to ``median_high``.

    ``n_moved``: leads that two exports show coming to the stage or beyond; ``n_days``: of these, with a known beginning
    and no dated arrival. Null medians without such leads.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_moved = dy.Int64()
    n_days = dy.Int64()
    median_low = dy.Float64(nullable=True)
    median_high = dy.Float64(nullable=True)
