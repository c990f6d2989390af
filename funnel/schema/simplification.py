"""How stages are used, and what a changed funnel would count."""

from __future__ import annotations

import dataframely as dy

from funnel.schema.figures import Figures


class StageUse(Figures):
    """How much each stage is used, one row per stage in order.

    ``skip_share``: of the leads that reached the stage, those without an own entry (null: nobody has one, the stage is
    not recorded). ``pass_advanced`` of ``pass_n``: leads with an own entry followed for H of the next step, and those
    that reached a later stage; null for the last stage or without H. ``median_dwell_days``: own entry to the next own
    entry at or beyond the next stage, over ``n_dwell`` leads.
    ``proposal``: "merge" (into ``into``), "remove" or null; the three flags are its reasons.
    """

    position = dy.Int8(primary_key=True)
    stage = dy.String()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    skip_share = dy.Float64(nullable=True)
    pass_n = dy.Int64(nullable=True)
    pass_advanced = dy.Int64(nullable=True)
    pass_rate = dy.Float64(nullable=True)
    n_dwell = dy.Int64()
    median_dwell_days = dy.Float64(nullable=True)
    is_often_skipped = dy.Bool()
    passes_nearly_all = dy.Bool()
    takes_no_time = dy.Bool()
    proposal = dy.String(nullable=True, check=lambda c: c.is_in(["merge", "remove"]))
    into = dy.String(nullable=True)


class SimulatedStages(Figures):
    """The funnel as it is and as it would be: ``side`` "now" or "simulated", one row per stage of each.

    The step figures belong to the step into the stage and are null in row 1: n, advanced, rate (null where it cannot be
    known), median days of the leads that advanced with two own dates.
    """

    side = dy.String(check=lambda c: c.is_in(["now", "simulated"]))
    position = dy.Int8()
    stage = dy.String()
    n_reached = dy.Int64()
    n_own_entries = dy.Int64()
    n = dy.Int64(nullable=True)
    advanced = dy.Int64(nullable=True)
    rate = dy.Float64(nullable=True)
    median_days = dy.Float64(nullable=True)


class SimulatedTotals(Figures):
    """Leads, customers, overall conversion, median sales cycle and number of stages, now and simulated.

    Counting differently makes nobody faster: the simulated cycle is that of the same data. ``shortest_cycle_days`` (in
    the simulated row): the median cycle if all the time that won leads spent in the stage that goes were saved, at
    most.
    """

    side = dy.String(check=lambda c: c.is_in(["now", "simulated"]))
    n_stages = dy.Int64()
    n_leads = dy.Int64()
    n_won = dy.Int64()
    won_rate = dy.Float64(nullable=True)
    n_cycle = dy.Int64()
    median_cycle_days = dy.Float64(nullable=True)
    shortest_cycle_days = dy.Float64(nullable=True)


class DefinitionEffect(Figures):
    """Today's funnel beside the one under an edited definition, all time: one row per stage of either.

    ``now_*`` are null for a stage that is new, ``then_*`` for one that goes; ``*_position``: its place in that funnel.
    The step figures (n, advanced, rate 0–1, median days) belong to the step into the stage and are null in row 1.
    """

    stage = dy.String(primary_key=True)
    now_position = dy.Int8(nullable=True)
    now_reached = dy.Int64(nullable=True)
    now_n = dy.Int64(nullable=True)
    now_advanced = dy.Int64(nullable=True)
    now_rate = dy.Float64(nullable=True)
    now_median_days = dy.Float64(nullable=True)
    then_position = dy.Int8(nullable=True)
    then_reached = dy.Int64(nullable=True)
    then_n = dy.Int64(nullable=True)
    then_advanced = dy.Int64(nullable=True)
    then_rate = dy.Float64(nullable=True)
    then_median_days = dy.Float64(nullable=True)
