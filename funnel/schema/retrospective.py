"""What the retrospective shows besides: voices, decisions, differences to a frozen report."""

from __future__ import annotations

import dataframely as dy

from funnel.schema.figures import Figures


class StrategyLines(Figures):
    """Strategies as labelled lines in charts over time. ``position``: of their stage, null when it is no longer
    there.
    """

    strategy_id = dy.String(primary_key=True)
    title = dy.String()
    position = dy.Int8(nullable=True)
    stage = dy.String()
    starts_on = dy.Date()
    ends_on = dy.Date(nullable=True)
    state = dy.String()


class FigureDifferences(Figures):
    """Where today's figures differ from a frozen retrospective: one row per figure.

    ``section``: the frame, ``row``: its key ("intent", "intent · web"), ``figure``: the column. Numbers stand in
    ``frozen``/``today``, anything else in ``frozen_text``/``today_text``; null where the row or the value does not
    exist.
    """

    section = dy.String()
    row = dy.String()
    figure = dy.String()
    frozen = dy.Float64(nullable=True)
    today = dy.Float64(nullable=True)
    frozen_text = dy.String(nullable=True)
    today_text = dy.String(nullable=True)


class WindowFigures(Figures):
    """The key figures of the before and the after window on the activity basis: what happened in either.

    ``figure``, values, ``x``, ``n`` and reasons as in ``KeyFigures``. ``change`` = after - before in the figure's unit
    (rates: ``change_pp`` in points instead), null where either is.
    """

    figure = dy.String(primary_key=True)
    value_before = dy.Float64(nullable=True)
    x_before = dy.Float64(nullable=True)
    n_before = dy.Float64(nullable=True)
    reason_before = dy.String(nullable=True)
    value_after = dy.Float64(nullable=True)
    x_after = dy.Float64(nullable=True)
    n_after = dy.Float64(nullable=True)
    reason_after = dy.String(nullable=True)
    change = dy.Float64(nullable=True)
    change_pp = dy.Float64(nullable=True)


class FeedbackRows(Figures):
    """What customers said, as written down, newest first. Blank stage, theme or lead: not tied to one."""

    feedback_id = dy.String(primary_key=True)
    on = dy.Date()
    voice = dy.String()
    stage = dy.String()
    theme = dy.String()
    quote = dy.String()
    lead_id = dy.String()
    who = dy.String()


class FeedbackThemes(Figures):
    """How often a theme is named: Pareto within each voice, stage and month (null month: all months together).

    ``n_import`` of ``n`` are loss reasons of imports. ``share`` of all voices counted there, ``cumulative`` with the
    more frequent ones. Blank stage: no particular one, or lost at an unknown place.
    """

    voice = dy.String()
    month = dy.Date(nullable=True)
    stage = dy.String()
    theme = dy.String()
    n = dy.Int64()
    n_import = dy.Int64()
    share = dy.Float64()
    cumulative = dy.Float64()


class GrowingThemes(Figures):
    """Themes whose share of the month's lost voices rose against the month before, the largest rise first.

    ``n`` of ``total`` against ``n_before`` of ``total_before``; ``p_value`` null without voices the month before;
    ``is_clear``: below 0.05.
    """

    month = dy.Date()
    stage = dy.String()
    theme = dy.String()
    n = dy.Int64()
    total = dy.Int64()
    n_before = dy.Int64()
    total_before = dy.Int64()
    p_value = dy.Float64(nullable=True)
    is_clear = dy.Bool()


class CounterMeasures(Figures):
    """What the playbook suggests against a growing theme: key, problem and first action of the entry in both
    languages.
    """

    stage = dy.String()
    theme = dy.String()
    playbook_key = dy.String()
    problem_en = dy.String()
    problem_zh = dy.String()
    action_en = dy.String()
    action_zh = dy.String()


class DecisionRows(Figures):
    """Decisions of earlier retrospectives that are to be looked at again (``is_earlier``), then those of this month."""

    decision_id = dy.String(primary_key=True)
    month = dy.Date()
    is_earlier = dy.Bool()
    text = dy.String()
    owner = dy.String()
    due_on = dy.Date(nullable=True)
    state = dy.String()
    is_overdue = dy.Bool()
    note = dy.String()
    strategy_id = dy.String()
