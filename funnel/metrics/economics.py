"""Money and key figures: what the leads of a window brought and cost, and how that changed against the window before.

Lead cohort (also for own and strict, which count stages differently, not customers): the leads created in the window,
followed to as-of. The window before is as far from the end of its follow-up as this one, else its leads would have had
more time to be won and every change would look like a fall. Activity: what happened in either window. Counts and sums
are compared per day, since windows may differ by a few days. A change within chance is marked as such.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import NOT_STATED, SPENT_BY, Filters, Window, compared_windows, instant, month_end, month_start
from funnel.metrics import statistics
from funnel.metrics.gathering import Asked, collected
from funnel.metrics.gathering import values as values_of
from funnel.metrics.steps.figures import checked_basis, framed, unplaced
from funnel.metrics.steps.patterns import arrived_at, created_in, happened_in
from funnel.metrics.thresholds import COUNT_Z
from funnel.schema import FIGURES, KEY_FIGURES, Basis, KeyFigures

RATES = tuple(name for name, figure in KEY_FIGURES.items() if figure.unit == "share")
HISTORY_GRACE = 0.02
"""By this share of its days the window before may begin before the history does: a first day seldom has a lead."""
CYCLE_ALPHA = 0.1
KNOWN_LATER_THAT_MATTERS = 0.02
"""With a larger share of wins that lie after everybody's follow-up, no rate of wins is shown."""
PER_DAY = ("leads", "customers", "revenue")


@dataclass(frozen=True, slots=True)
class Cost:
    """Money spent in a window, or why it is not known (``no_spend``, ``spend_incomplete`` …)."""

    amount: float | None
    reason: str | None = None


def key_figures(
    journeys: pl.LazyFrame,
    definition: FunnelDefinition,
    filters: Filters,
    as_of: date,
    spend: pl.DataFrame,
    *,
    basis: Basis = "lead_cohort",
    history_start: date | None = None,
    no_new_leads: str | None = None,
) -> pl.DataFrame:
    """All key figures (schema ``KeyFigures``) of the window in ``filters``, with the change against the window before.

    ``journeys``: as of ``as_of``, already filtered by dimension; ``filters`` tells the window, and which spend they
    carry. ``spend``: schema ``Spend``. ``history_start``: first creation in the unfiltered data (default: in
    ``journeys``); a window before that starts more than a week earlier has no comparable data. ``no_new_leads``: why a
    change of the number of new leads cannot be told.
    """
    is_activity = checked_basis(basis) == "activity"
    window, sides = filters.window, compared_windows(filters.window, as_of)
    followed: list[tuple[Window, date | None]] = [(window, None)]
    if sides is not None:
        now_, before = sides
        same_age = _end(before) + (as_of - _end(now_))
        followed.append((before, None if is_activity else same_age))
    plans = [_totals(journeys, definition, *one, is_activity) for one in followed]
    found = iter(collected(_first_day(journeys), *[asked for plan in plans for asked in plan.sums]))
    first = next(found)
    lists = values_of(*[plan.lists for plan in plans])
    sums = [next(found).row(0, named=True) | next(found).row(0, named=True) for _ in plans]
    now, *earlier = [_Totals(one, brought) for one, brought in zip(sums, lists, strict=True)]
    start = history_start or first["first"].item()
    current = _figures(now, window_cost(spend, filters, as_of, start))
    why_not, previous = _no_change(sides[1] if sides else None, start), {}
    n_days: tuple[int | None, int | None] = (None, None)
    if earlier and sides is not None and why_not is None:
        before = sides[1]
        n_days = sides[0].n_days, before.n_days
        cost = window_cost(spend, filters.during(before), as_of, start)
        previous = _figures(earlier[0], cost)
    rows = [
        {"figure": name} | current[name] | _change(name, current[name], previous.get(name), why_not, n_days)
        for name in FIGURES
    ]
    if sides is not None and no_new_leads is not None:
        unknown = dict.fromkeys(_OF_A_CHANGE) | {"change_reason": no_new_leads}
        rows = [row | unknown if row["figure"] in _OF_NEW_LEADS else row for row in rows]
    return KeyFigures.validate(framed(rows, KeyFigures.create_empty().schema))


_OF_NEW_LEADS = ("leads", "lead_cost")
_OF_A_CHANGE = (
    *("previous", "previous_x", "previous_n", "n_days", "previous_days", "within_chance"),
    *("change", "change_pp", "change_share"),
)


def _end(window: Window) -> date:
    if window.end is None:
        raise ValueError("a compared window has dates")
    return window.end


def window_cost(spend: pl.DataFrame, filters: Filters, as_of: date, first_lead_on: date | None) -> Cost:
    """The spend of the window in ``filters``, each month by the share of its days in the window, up to ``as_of``.

    Null where the table does not carry the filters (a dimension of ``SPENT_BY`` only if every month's spend is by it;
    no other dimension) or does not cover every month. *All time* begins with the first lead.
    """
    if spend.is_empty():
        return Cost(None, "no_spend")
    if any(dimension not in SPENT_BY or NOT_STATED in values for dimension, values in filters.groups):
        return Cost(None, "spend_not_by_filter")
    start = filters.window.start or first_lead_on or spend["month"].min()
    end = min(filters.window.end or as_of, as_of)
    if not isinstance(start, date) or start > end:
        return Cost(None, "no_spend")
    needed, month = [], month_start(start)
    while month <= end:
        needed.append(month)
        month = month_start(month, -1)
    rows = spend.filter(pl.col("month").is_in(needed))
    if rows.is_empty():
        return Cost(None, "no_spend")
    if rows["month"].n_unique() < len(needed):
        return Cost(None, "spend_incomplete")
    for dimension, values in filters.groups:
        if rows[dimension].null_count():
            return Cost(None, f"spend_not_by_{dimension}")
        rows = rows.filter(pl.col(dimension).is_in(values))
    amount = 0.0
    for month, spent in rows.select("month", "amount").iter_rows():
        last = month_end(month)
        inside = (min(end, last) - max(start, month)).days + 1
        amount += spent * inside / ((last - month).days + 1)
    return Cost(amount)


def _first_day(journeys: pl.LazyFrame) -> Asked:
    return Asked(journeys.select(pl.col("created_at").min().dt.date().alias("first")), least=("first",))


def _by(at: pl.Expr, until: date | None) -> pl.Expr:
    """Whether something happened up to the day ``until``; what has no date counts, as it does to date."""
    if until is None:
        return pl.lit(True)
    return (at < instant(until + timedelta(days=1))).fill_null(True)


@dataclass(frozen=True, slots=True)
class _Plans:
    """What is asked about a window: sums, each in one row, and the cycles and amounts of its wins."""

    sums: tuple[Asked, ...]
    lists: pl.LazyFrame


@dataclass(frozen=True, slots=True)
class _Totals:
    """What is known about a window: its sums, and the cycles and amounts of its wins."""

    sums: Mapping[str, Any]
    lists: Mapping[str, pl.Series]


def _totals(
    journeys: pl.LazyFrame, definition: FunnelDefinition, window: Window, until: date | None, is_activity: bool
) -> _Plans:
    """Sums over a window. ``until``: how far the lead cohort is followed (null: to as-of)."""
    won = definition.won_position
    is_won, is_lost = pl.col("outcome") == "won", pl.col("outcome") == "lost"
    known_later, is_all_time = pl.lit(False), window.is_all_time
    if is_activity:
        leads = journeys

        def happened(at: pl.Expr) -> pl.Expr:
            return happened_in(at, window) | (at.is_null() & window.is_all_time)

        n_leads, is_unplaced = _n(happened(pl.col("created_at"))), pl.lit(False)
        is_won, is_lost = is_won & happened(pl.col("won_at")), is_lost & happened(pl.col("lost_at"))
        # As for a step: who jumped over the stage has arrived beyond it.
        is_opportunity = happened_in(arrived_at(definition, won - 1), window)
    else:
        leads = created_in(journeys, window)
        known_later = pl.col("later_outcome") == "won"
        n_leads, is_unplaced = pl.len().cast(pl.Int64), unplaced(won)
        is_won, is_lost = is_won & _by(pl.col("won_at"), until), is_lost & _by(pl.col("lost_at"), until)
        is_opportunity = (pl.col("furthest_stage") >= won - 1) & _by(arrived_at(definition, won - 1), until)
    all_of_them = leads.select(
        n_leads.alias("leads"),
        _n(is_lost).alias("lost"),
        _n(is_opportunity).alias("opportunities"),
        _n(is_unplaced).alias("unplaced"),
        _n(known_later).alias("known_later"),
    )
    first, amount = pl.col("is_first_win"), pl.col("amount")
    # A win after the day up to which its lead was followed counts in All time, and in no rate.
    later = known_later.fill_null(False) & is_all_time
    the_won = leads.filter(is_won | later)
    of_the_won = the_won.with_columns(later.alias("is_later")).select(
        pl.len().cast(pl.Int64).alias("customers"),
        pl.col("is_later").sum().cast(pl.Int64).alias("counted_later"),
        amount.sum().alias("revenue"),
        (amount * amount).sum().alias("squares"),
        amount.count().cast(pl.Int64).alias("with_amount"),
        _n(first).alias("first_wins"),
        _n(first & pl.col("has_repeat").is_not_null()).alias("repeat_known"),
        _n(first & pl.col("has_repeat") & _by(pl.col("repeat_at"), until)).alias("repeats"),
        _n(first & pl.col("has_referral").is_not_null()).alias("referral_known"),
        _n(first & pl.col("has_referral") & _by(pl.col("referral_at"), until)).alias("referrals"),
    )
    lists = the_won.select(pl.col("cycle_days").alias("cycles"), amount.alias("amounts"))
    return _Plans((Asked(all_of_them), Asked(of_the_won)), lists)


def _n(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).sum().cast(pl.Int64)


def _figures(known: _Totals, cost: Cost) -> dict[str, dict[str, Any]]:
    """Each figure with value, numerator, denominator and reason."""
    totals, cycles, amounts = known.sums, known.lists["cycles"], known.lists["amounts"]
    leads, won, without = totals["leads"], totals["customers"], totals["customers"] - totals["with_amount"]
    in_rates = won - totals["counted_later"]
    win_rate = _ratio(in_rates, totals["opportunities"], "no_opportunities")
    if totals["unplaced"]:
        win_rate = {"x": won, "n": None, "value": None, "reason": "unknown_place"}
    overall = _ratio(in_rates, leads, "no_leads")
    won_of_closed = _ratio(in_rates, in_rates + totals["lost"], "no_closed")
    if won and not totals["lost"]:
        won_of_closed |= {"value": None, "reason": "losses_not_recorded"}
    if totals["known_later"] > KNOWN_LATER_THAT_MATTERS * (in_rates + totals["known_later"]):
        unknown = {"x": won, "n": None, "value": None, "reason": "known_later"}
        win_rate, overall, won_of_closed = win_rate | unknown, overall | unknown, won_of_closed | unknown
    revenue: dict[str, Any] = {"value": totals["revenue"], "n_without": without, "squares": totals["squares"]}
    if won and not totals["with_amount"]:
        revenue |= {"value": None, "reason": "no_amounts"}
    size = _ratio(totals["revenue"], totals["with_amount"], "no_amounts" if won else "no_customers")
    size["squares"] = totals["squares"]
    cycle = _median(cycles, "no_dates" if won else "no_customers")
    return {
        "leads": {"value": leads},
        "customers": {"value": won},
        "overall_conversion": overall,
        "win_rate": win_rate,
        "won_of_closed": won_of_closed,
        "revenue": revenue,
        "average_deal_size": size | {"n_without": without},
        "median_deal_size": _median(amounts, size.get("reason") or "no_amounts") | {"n_without": without},
        "lead_cost": _cost_per(cost, leads, "no_leads"),
        "customer_cost": _cost_per(cost, won, "no_customers"),
        "sales_cycle": cycle,
        "repurchase_rate": _known_share(totals["repeats"], totals["repeat_known"], totals),
        "referral_rate": _known_share(totals["referrals"], totals["referral_known"], totals),
    }


def _ratio(x: float, n: float, reason: str) -> dict[str, Any]:
    if not n:
        return {"x": x, "n": n, "value": None, "reason": reason}
    too_many = "more_arrived_than_entered" if reason in ("no_leads", "no_opportunities") and x > n else None
    return {"x": x, "n": n, "value": x / n, "reason": too_many}


def _median(values: pl.Series, reason: str) -> dict[str, Any]:
    return {"value": values.median(), "n": len(values), "values": values, "reason": None if len(values) else reason}


def _cost_per(cost: Cost, n: int, reason: str) -> dict[str, Any]:
    if cost.amount is None:
        return {"n": n, "reason": cost.reason}
    return {"x": cost.amount, "n": n} | ({"value": cost.amount / n} if n else {"reason": reason})


def _known_share(x: int, known: int, totals: Mapping[str, Any]) -> dict[str, Any]:
    """Of the customers won for the first time those with a repeat or referral; not recorded is not 0 %."""
    if not totals["first_wins"]:
        return {"reason": "no_new_customers" if totals["customers"] else "no_customers"}
    return _ratio(x, known, "not_recorded")


def _no_change(before: Window | None, history_start: date | None) -> str | None:
    """Why there is no change to show, before looking at single figures."""
    if before is None or before.start is None or before.end is None:
        return "all_time"
    if history_start is None or history_start > before.end:
        return "no_earlier_data"
    is_late = (history_start - before.start).days > HISTORY_GRACE * (before.n_days or 0)
    return "earlier_data_incomplete" if is_late else None


def _change(
    name: str,
    current: Mapping[str, Any],
    previous: Mapping[str, Any] | None,
    why_not: str | None,
    n_days: tuple[int | None, int | None],
) -> dict[str, Any]:
    if previous is None or n_days[0] is None or n_days[1] is None:
        return {"change_reason": why_not}
    now, then = current.get("value"), previous.get("value")
    shown: dict[str, Any] = {"previous": then, "previous_x": previous.get("x"), "previous_n": previous.get("n")}
    shown |= {"n_days": n_days[0], "previous_days": n_days[1]}
    if now is None or then is None:
        return shown | {"change_reason": current.get("reason") if now is None else previous.get("reason")}
    shown["within_chance"] = _is_chance(name, current, previous, n_days[0] / n_days[1])
    if name in RATES:
        return shown | {"change": now - then, "change_pp": 100 * (now - then)}
    expected = then * n_days[0] / n_days[1] if name in PER_DAY else then
    return shown | {"change": now - expected, "change_share": now / expected - 1 if expected else None}


def _is_chance(name: str, current: Mapping[str, Any], previous: Mapping[str, Any], longer: float) -> bool | None:
    """Whether chance alone explains a change. ``longer``: days of this window for each day of the one before.

    Counts: by their own standard error. Sums of amounts: as a count of wins that each bring what they brought. Rates:
    an interval of the difference that holds 0. Medians: a rank test of the values behind them. Costs per lead or
    customer: by the standard error of the count they are shared by. Null for a figure of another kind: not known.
    """
    if name in RATES:
        if not current.get("n") or not previous.get("n"):
            return None
        if max(current["x"] / current["n"], previous["x"] / previous["n"]) > 1:
            return None
        low, high = statistics.newcombe_interval(current["x"], current["n"], previous["x"], previous["n"])
        return low <= 0 <= high
    if name == "revenue":
        change = current["value"] - longer * previous["value"]
        return abs(change) <= COUNT_Z * math.sqrt(current["squares"] + longer**2 * previous["squares"])
    if name == "average_deal_size":
        spread = sum(_error_of_mean(side) for side in (current, previous))
        return abs(current["value"] - previous["value"]) <= COUNT_Z * math.sqrt(spread)
    if "values" in current:
        p_value = statistics.mann_whitney_p(current["values"].to_numpy(), previous["values"].to_numpy())
        return p_value is None or p_value >= CYCLE_ALPHA
    if name.endswith("_cost"):
        # The money was spent as it was; chance moves only how many leads or customers it is shared by.
        if not previous["value"] or not current["value"]:
            return None
        return abs(math.log(current["value"] / previous["value"])) <= COUNT_Z * math.sqrt(
            1 / current["n"] + 1 / previous["n"]
        )
    if KEY_FIGURES[name].unit != "count":
        return None
    counts = [side["value"] for side in (current, previous)]
    return abs(counts[0] - longer * counts[1]) <= COUNT_Z * math.sqrt(counts[0] + longer**2 * counts[1])


def _error_of_mean(side: Mapping[str, Any]) -> float:
    """The squared standard error of a mean, from the sum, the sum of squares and the number; wide below two."""
    n, mean = side["n"], side["value"]
    if n < 2:
        return mean**2
    return max(0.0, side["squares"] - n * mean**2) / (n - 1) / n
