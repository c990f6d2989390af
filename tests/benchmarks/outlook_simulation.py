"""The outlook against invented companies whose future is known: the acceptance table.

``python -m tests.benchmarks.outlook_simulation [COMPANIES]`` prints it (default 150 companies a line; half an hour on
two cores). ``tests/benchmarks/README.md`` keeps the last one.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from funnel.metrics.outlook import deals_by_age
from funnel.metrics.outlook.forecasting import forecast_of, prospects_of
from funnel.metrics.outlook.goals import plan_of
from funnel.metrics.outlook.what_ifs import what_if_of
from tests.benchmarks.outlook_companies import KINDS, Company, Kind, company

HORIZONS = (30, 60, 90)
FUTURES = 20


def look(kind: Kind, seed: int) -> dict[str, Any]:
    """Everything that is measured of one company."""
    made = company(kind, seed)
    lives = made.lives(made.created, made.draws)
    journeys, definition = made.journeys(lives)
    outlook = prospects_of(journeys, definition, made.as_of, longest=92)
    found: dict[str, Any] = {"changed": any(one is not None for one in outlook.today.changes)}
    there, today = lives.at[0] < made.today, made.today
    closed = journeys.filter(pl.col("outcome") != "open")
    rate = float((closed["outcome"] == "won").mean() or 0.0) if closed.height else 0.0
    n_open = journeys.filter(pl.col("outcome") == "open").height
    for h in HORIZONS:
        in_time = (lives.won >= today) & (lives.won < today + h)
        came, of_open = int(in_time.sum()), int((in_time & there).sum())
        said = forecast_of(outlook, h)
        found[h] = {
            "f": said.total, "y": came, "f_open": said.of_open, "y_open": of_open, "naive": rate * n_open,
            "low": said.low, "high": said.high, "n_eff": said.spread.n_eff if said.spread else 0.0, "wins": said.n_wins,
        }  # fmt: skip
        if said.money is not None and said.money.low is not None:
            found[h]["money"] = (said.money.low, said.money.high, float(made.draws.amount[in_time].sum()))
    if kind.name.startswith("steady"):
        found |= plans(made, lives, outlook) | supposed(made, lives, outlook) | odds(made, lives, journeys, definition)
    return found


def plans(made: Company, lives: Any, outlook: Any) -> dict[str, Any]:
    """Is a plan of "50 / 80 / 90 %" reached in as many futures? Its leads come spread evenly, the rest stays true."""
    h, today = 90, made.today
    f = float(outlook.today.expected[h])
    goal = max(1, round(1.2 * f))
    plan = plan_of(outlook, outlook.as_of + timedelta(days=h), wins=goal)
    if plan.refusal is not None:
        return {}
    there = lives.at[0] < today
    of_open = int(((lives.won >= today) & (lives.won < today + h) & there).sum())
    reached = {}
    for chance, n in plan.needs.select("chance", "new_leads").iter_rows():
        if n is None:
            continue
        wins = []
        for _ in range(FUTURES):
            created = today + np.sort(made.rng.uniform(0, h, n))
            new = made.lives(created, made.new_draws(n))
            wins.append(int((new.won < today + h).sum()))
        reached[chance] = float(np.mean(of_open + np.array(wins) >= goal))
    many = made.lives(np.full(20000, float(today)), made.new_draws(20000))
    waits = np.sort(many.won[~np.isnan(many.won)] - today)
    waits = waits[waits <= 365]
    error = (outlook.as_of + timedelta(days=h) - plan.last_useful_day).days - float(np.median(waits))
    return {"plan": reached, "useful": (error, float(np.median(waits)))}


def supposed(made: Company, lives: Any, outlook: Any) -> dict[str, Any]:
    """What a better step, and more leads of half the quality, really bring: the same draws in another world."""
    h, today = 90, made.today
    step = int(made.rng.integers(0, made.n_steps))
    factor = 1.3

    def better(k: int, entry: np.ndarray, rate: np.ndarray) -> np.ndarray:
        return np.where((k == step) & (entry >= today), np.minimum(0.95, rate * factor), rate)

    other = made.lives(made.created, made.draws, better)
    until = today + h
    real = int(((other.won >= today) & (other.won < until)).sum() - ((lives.won >= today) & (lives.won < until)).sum())
    said = what_if_of(outlook, h, step=outlook.history.stages[step + 1], factor=factor)
    quality, extra = 0.5, 1.0
    created = today + np.sort(made.rng.uniform(0, h, int(extra * h)))
    worse = made.lives(
        created, made.new_draws(len(created)), lambda k, _, rate: rate * (quality if k == made.n_steps - 1 else 1.0)
    )
    more = what_if_of(outlook, h, extra_leads_a_day=extra, quality=quality)
    if said.refusal is not None:
        return {}
    return {"gain": (said.gain, real, said.low, said.high), "volume": (more.gain, int((worse.won < until).sum()))}


def odds(made: Company, lives: Any, journeys: pl.DataFrame, definition: Any) -> dict[str, Any]:
    """Of open deals with a number: x / n said, won within 90 days."""
    deals = deals_by_age(journeys.lazy(), definition, made.as_of)
    shown = deals.filter(pl.col("n").is_not_null())
    won = (lives.won >= made.today) & (lives.won < made.today + 90)
    # Leads are numbered in the order of their creation.
    number = shown["lead_id"].str.slice(1).cast(pl.Int64).to_numpy()
    few = deals.filter((pl.col("n_known") < 20) & pl.col("x").is_not_null()).height
    return {
        "odds": (shown["x"].to_numpy() / shown["n"].to_numpy(), won[number]),
        "few": few,
        "blank": (deals.height - shown.height, deals.height),
    }


def measured(n: int) -> dict[str, list[dict[str, Any]]]:
    """Every company of every kind, looked at on two cores."""
    jobs = [(kind, seed) for kind in KINDS for seed in range(n)]
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(look, *zip(*jobs, strict=True), chunksize=5))
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (kind, _), one in zip(jobs, found, strict=True):
        by_kind[kind.name].append(one)
    return by_kind


def table(by_kind: dict[str, list[dict[str, Any]]], n: int) -> str:
    """The acceptance table as Markdown."""
    lines = [
        f"{n} companies a line; F/Y: forecast wins over real ones; MAE ratio: against open deals × closed-win rate.",
        "",
        "| company | F/Y 30 / 60 / 90 | open part 90 | MAE ratio | range holds 30 / 60 / 90 | shown | below/above |",
        "|---|---|---|---|---|---|---|",
    ]
    pooled: list[dict[str, Any]] = []
    for kind in KINDS:
        rows = by_kind[kind.name]
        lines.append(_line(kind.name, rows))
        pooled += rows if kind.is_plain else []
    lines += [_line("**plain, pooled**", pooled), "", *_rest(by_kind, pooled)]
    return "\n".join(lines)


def _line(name: str, rows: list[dict[str, Any]]) -> str:
    bias, mae, holds, shown, tails = [], [], [], [], []
    for h in HORIZONS:
        got = [row[h] for row in rows]
        f, y, naive = (np.array([one[key] for one in got]) for key in ("f", "y", "naive"))
        bias.append(f.sum() / y.sum())
        mae.append(np.abs(f - y).mean() / np.abs(naive - y).mean())
        ranged = [one for one in got if one["low"] is not None]
        shown.append(len(ranged) / len(got))
        below = np.mean([one["y"] < one["low"] for one in ranged]) if ranged else np.nan
        above = np.mean([one["y"] > one["high"] for one in ranged]) if ranged else np.nan
        holds.append(1 - below - above)
        tails.append(f"{below:.0%}/{above:.0%}")
    open_part = sum(row[90]["f_open"] for row in rows) / max(1, sum(row[90]["y_open"] for row in rows))
    cells = [name, _three(bias, ".2f"), f"{open_part:.2f}", _three(mae, ".2f"), _three(holds, ".0%")]
    return f"| {' | '.join([*cells, _three(shown, '.0%'), ' '.join(tails)])} |"


def _three(values: list[float], spec: str) -> str:
    return " / ".join(format(value, spec) for value in values)


def _rest(by_kind: dict[str, list[dict[str, Any]]], plain: list[dict[str, Any]]) -> list[str]:
    every = [row for rows in by_kind.values() for row in rows]
    wrong = sum(
        row[h]["low"] is not None and (row[h]["n_eff"] < 2 - 1e-9 or row[h]["wins"] < 20)
        for row in every
        for h in HORIZONS
    )
    money = [row[90]["money"] for row in by_kind["money: 2 % giants"] if "money" in row[90]]
    plans_of = [row["plan"] for row in plain if "plan" in row]
    chances = {p: np.mean([one[p] for one in plans_of if p in one]) for p in (0.5, 0.8, 0.9)}
    useful = [row["useful"] for row in plain if "useful" in row and row["useful"][1] <= 45]
    gains = np.array([row["gain"] for row in plain if "gain" in row])
    volume = np.array([row["volume"] for row in plain if "volume" in row])
    said = np.concatenate([row["odds"][0] for row in plain])
    came = np.concatenate([row["odds"][1] for row in plain])
    edges = np.quantile(said, np.linspace(0, 1, 11))
    group = np.clip(np.searchsorted(edges, said, side="right") - 1, 0, 9)
    parts = [
        (np.sum(group == g), abs(said[group == g].mean() - came[group == g].mean()))
        for g in range(10)
        if (group == g).any()
    ]
    error = sum(n * gap for n, gap in parts) / sum(n for n, _ in parts)
    blank = sum(row["blank"][0] for row in plain) / sum(row["blank"][1] for row in plain)
    inside = np.mean((gains[:, 1] >= gains[:, 2]) & (gains[:, 1] <= gains[:, 3]))
    held = np.mean([low <= y <= high for low, high, y in money])
    reached = " / ".join(f"{chances[p]:.0%}" for p in chances)
    off = np.mean(np.abs([days for days, _ in useful]))
    rows = {
        "range shown with fewer than 2 windows or 20 wins": f"{wrong}",
        "money range holds (2 % giants, 90 days)": f"{held:.0%} of {len(money)}",
        "plans of 50 / 80 / 90 % reach their goal": f"{reached} ({len(plans_of)} plans × {FUTURES} futures)",
        "last useful day, median cycle ≤ 45 days: mean error": f"{off:.1f} days ({len(useful)})",
        "what-if: predicted / real gain, 90 days": f"{_ratio(gains):.2f} (range holds {inside:.0%})",
        "extra leads at half the quality, slider at half": f"{_ratio(volume):.2f}",
        "odds of open deals: calibration error": f"{100 * error:.1f} points ({len(said)} deals, {blank:.0%} blank)",
        "numbers shown below 20 leads": f"{sum(row['few'] for row in plain)}",
        "change sentence in steady companies": f"{np.mean([row['changed'] for row in plain]):.0%}",
    }
    return ["| what | measured |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows.items())]


def _ratio(pairs: np.ndarray) -> float:
    return float(pairs[:, 0].sum() / pairs[:, 1].sum())


if __name__ == "__main__":
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    print(table(measured(companies), companies))
