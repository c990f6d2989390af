"""The outlook in the words of one language: sentences, charts and tables for the page, the file and the workbook."""

from __future__ import annotations

import math

from funnel.charts.outlook_charts import few_digits, path_chart, record_chart
from funnel.charts.palette import Palette
from funnel.definition.definition import FunnelDefinition
from funnel.exports.outlook.tables import deals_sheet, open_by_stage, stage_name
from funnel.exports.retrospective_content import Chart, Section, Sentence
from funnel.exports.sheets import Column, sheet
from funnel.i18n.translator import Translator
from funnel.metrics.outlook.forecasting import Forecast
from funnel.metrics.outlook.goals import GoalPlan
from funnel.metrics.outlook.what_ifs import WhatIf
from funnel.reports.outlook.report import OutlookReport

TELLING_SHARE = 0.05
"""A largest win below this share of a year's revenue does not move the middle."""


def about_money(amount: float | None, t: Translator) -> str:
    """Expected money with three figures that count: more would claim what nobody knows."""
    if amount is None or amount == 0 or not math.isfinite(amount):
        return t.money(amount)
    return t.money(round(amount, 2 - math.floor(math.log10(abs(amount)))))


def caption(report: OutlookReport, t: Translator) -> str:
    """Basis, as-of and n."""
    parts = [
        t("all leads up to the as-of date, whatever the window"),
        f"{t.term('as_of')} {t.date(report.as_of)}",
        f"n = {t.number(report.n_leads)}",
    ]
    if report.filters.selects_leads:
        chosen = (", ".join(v or t("not stated") for v in values) for _, values in report.filters.groups)
        parts.append("; ".join(chosen))
    return " · ".join(parts)


def when(report: OutlookReport, t: Translator) -> str:
    """The days ahead, at the beginning of a sentence."""
    if report.horizon_key.isdigit():
        return t("In the next %(n)s days", n=report.horizon)
    return t("By %(date)s (%(n)s days)", date=t.date(report.forecast.until), n=report.horizon)


def headline(report: OutlookReport, t: Translator) -> tuple[Sentence, ...]:
    """What will come, in one or two sentences; or why it cannot be said."""
    said = report.forecast
    if said.refusal is not None:
        return (Sentence(t.message(said.refusal)),)
    wins = few_digits(said.total, t)
    money = said.money
    if money is not None:
        first = t(
            "%(when)s about %(wins)s customers and %(money)s",
            when=when(report, t),
            wins=wins,
            money=about_money(money.mean, t),
        )
    else:
        first = t("%(when)s about %(wins)s customers", when=when(report, t), wins=wins)
    of_open = t("%(n)s of them come from deals that are open today.", n=few_digits(said.of_open, t))
    if said.low is not None:
        around = t("8 times of 10 it will be between %(low)s and %(high)s customers.", low=said.low, high=said.high)
        return (Sentence(t("%(first)s; %(range)s %(open)s", first=first, range=around, open=of_open)),)
    sentence = t("%(first)s. %(open)s", first=first, open=of_open)
    return (Sentence(sentence), *((Sentence(t.message(said.no_range)),) if said.no_range is not None else ()))


def checked(report: OutlookReport, t: Translator) -> str:
    """How often the forecast was checked, and how often what came lay inside the range of the time."""
    said = report.forecast
    if said.past is None or said.spread is None or said.past.is_empty():
        return t("No earlier day could be checked yet.")
    low, high = math.floor(said.spread.n_eff + 1e-9), math.ceil(said.spread.n_eff - 1e-9)
    independent = t.number(low) if low == high else f"{low}–{high}"
    sentence = t(
        "Tried on %(n)s earlier days (as telling as %(independent)s separate tries)", n=said.past.height,
        independent=independent,
    )  # fmt: skip
    ranged = said.past.drop_nulls("is_inside")
    totals = t(
        "%(said)s wins were forecast in all, %(came)s came",
        said=few_digits(float(said.past["expected"].sum()), t), came=int(said.past["wins"].sum()),
    )  # fmt: skip
    if ranged.is_empty():
        return t.labelled(sentence, t("%(said)s.", said=totals))
    inside = t(
        "of the days with a range (%(ranged)s), what came lay inside it on %(inside)s",
        inside=int(ranged["is_inside"].sum()), ranged=ranged.height,
    )  # fmt: skip
    return t.labelled(sentence, t("%(first)s; %(second)s.", first=totals, second=inside))


def notes(report: OutlookReport, t: Translator) -> tuple[Sentence, ...]:
    """What must be said beside the figures."""
    said = report.forecast
    lines = [Sentence(t.message(note)) for note in said.notes]
    money = said.money
    if money is not None and money.low is not None and money.high is not None:
        lines.insert(
            0,
            Sentence(
                t(
                    "In money 8 times of 10 between %(low)s and %(high)s.",
                    low=about_money(money.low, t),
                    high=about_money(money.high, t),
                )
            ),
        )
    share = None if money is None else money.largest_share
    if money is not None and share is not None and share >= TELLING_SHARE and money.middle_without_largest is not None:
        lines.append(
            Sentence(
                t(
                    "Your largest win is %(share)s of last year’s revenue; without such a win the middle is "
                    "%(middle)s.",
                    share=t.percent(share, 0),
                    middle=about_money(money.middle_without_largest, t),
                )
            )
        )
    lines += [Sentence(t.message(fact)) for fact in report.facts]
    if said.refusal is None:
        lines.append(
            Sentence(
                t(
                    "At today’s lead volume (%(n)s a week) and if nothing else changes; growth is not extrapolated. "
                    "The ranges of parts do not add up.",
                    n=t.number(7 * said.new_per_day, 1),
                )
            )
        )
    return tuple(lines)


def by_week(report: OutlookReport, t: Translator, palette: Palette, *, money: bool, goal: float | None) -> Section:
    """Wins or money added up week by week, with the figures behind it."""
    path = report.forecast.path
    if path is None:
        return Section("by_week", t("Week by week"))
    title = t("Money, added up") if money else t("Wins, added up")
    figure = path_chart(path, report.as_of, t, palette, money=money, goal=goal)
    columns = [
        Column("on", t("Until"), "date"), Column("total", t("Wins in all"), "number"),
        Column("of_open", t("from open deals"), "number"), Column("of_new", t("from new leads"), "number"),
        Column("low", t("8 times of 10: from"), "count"), Column("high", t("to"), "count"),
    ]  # fmt: skip
    if report.forecast.money is not None:
        columns += [
            Column("money_open", t("Money from open deals"), "money"),
            Column("money_new", t("Money from new leads"), "money"),
            Column("money_low", t("Money from"), "money"), Column("money_high", t("Money to"), "money"),
        ]  # fmt: skip
    return Section(
        "by_week", t("Week by week"), charts=(Chart("path_money" if money else "path", title, figure),),
        sheets=(sheet("path", t("Week by week"), columns, path.to_dicts()),),
    )  # fmt: skip


def track_record(report: OutlookReport, t: Translator, palette: Palette) -> Section:
    """Said against came, every past day."""
    past = report.forecast.past
    title = t.term("track_record")
    if past is None or past.is_empty():
        return Section("record", title, notes=(Sentence(t("No earlier day could be checked yet.")),))
    if report.n_days_by_files == 0:
        how = t(
            "Past days are rebuilt by the dates in the data: late entries make the past look better known than it was."
        )
    else:
        how = t(
            "%(n)s of %(all)s past days are rebuilt from the files that had come by then, the others by the dates in "
            "the data: late entries make those look better known than they were.",
            n=report.n_days_by_files, all=report.n_days,
        )  # fmt: skip
    rows = [
        {**row, "words": {True: t("inside"), False: t("outside"), None: ""}[row["is_inside"]]}
        for row in past.to_dicts()
    ]
    columns = (
        Column("on", t("Said on"), "date"), Column("until", t("for the days to"), "date"),
        Column("expected", t("said"), "number"), Column("low", t("from"), "count"), Column("high", t("to"), "count"),
        Column("wins", t("came"), "count"), Column("words", t("Range")),
        Column("of_open", t("said of open deals"), "number", workbook_only=True),
        Column("wins_of_open", t("came of them"), "count", workbook_only=True),
    )  # fmt: skip
    return Section(
        "record", title, lead=(Sentence(checked(report, t)),), notes=(Sentence(how),),
        charts=(Chart("record", "", record_chart(past, t, palette)),),
        sheets=(sheet("record", title, columns, rows),),
    )  # fmt: skip


def goal_section(plan: GoalPlan, definition: FunnelDefinition, t: Translator) -> Section:
    """What a goal takes: leads and entries at three chances, today's pace, the last useful day."""
    title = t.term("what_it_takes")
    goal = t.money(plan.goal) if plan.is_money else t("%(n)s customers", n=plan.goal)
    if plan.refusal is not None:
        return Section("goal", title, notes=(Sentence(t.message(plan.refusal)),))
    lines = []
    needs = plan.needs.to_dicts()
    sure = needs[1]
    if sure["new_leads"] is None:
        lead = t(
            "%(goal)s by %(date)s are out of reach: no number, because it takes more than ten times today’s leads; "
            "nothing like it is in your history.",
            goal=goal, date=t.date(plan.until),
        )  # fmt: skip
    elif sure["new_leads"] == 0:
        lead = t(
            "Today’s open leads suffice for %(goal)s by %(date)s, 8 times of 10.", goal=goal, date=t.date(plan.until)
        )
    else:
        lead = t(
            "For %(goal)s by %(date)s, 8 times of 10, it takes %(leads)s new leads: %(week)s a week; today %(today)s a "
            "week come.",
            goal=goal, date=t.date(plan.until), leads=sure["new_leads"], week=t.number(sure["leads_a_week"], 1),
            today=t.number(plan.leads_a_week_today, 1),
        )  # fmt: skip
    if plan.last_useful_day is not None:
        lines.append(
            t(
                "Last useful day of a new lead: %(day)s; a lead that comes later wins more likely after %(end)s than "
                "before. For nine of ten wins: %(most)s.",
                day=t.date(plan.last_useful_day),
                end=t.date(plan.until),
                most=t.date(plan.last_useful_day_90),
            )
        )
    rows = [
        {
            "stage": t.term("new_leads"),
            **{_chance_key(one["chance"]): _needed(one["new_leads"], one["leads_a_week"], t) for one in needs},
        }
    ]
    for stage in plan.entries["stage"].unique(maintain_order=True):
        here = {e["chance"]: e for e in plan.entries.to_dicts() if e["stage"] == stage}
        rows.append(
            {
                "stage": stage_name(stage, definition, t),
                **{
                    _chance_key(one["chance"]): _needed(
                        here[one["chance"]]["entries"], here[one["chance"]]["a_week"], t
                    )
                    if one["chance"] in here
                    else "–"
                    for one in needs
                },
            }
        )
    columns = [Column("stage", t("Needed up to the day (a week)"))]
    columns += [
        Column(_chance_key(one["chance"]), t("%(n)s times of 10", n=round(10 * one["chance"])), "text") for one in needs
    ]
    return Section(
        "goal", title, lead=(Sentence(lead),), sheets=(sheet("goal", title, columns, rows),),
        notes=tuple(Sentence(line) for line in lines),
    )  # fmt: skip


def _chance_key(chance: float) -> str:
    return f"p{round(100 * chance)}"


def _needed(total: float | None, a_week: float | None, t: Translator) -> str:
    if total is None or a_week is None:
        return t("more than ten times today’s leads")
    return f"{t.number(math.ceil(total - 1e-9))} ({t.number(a_week, 1)})"


def gain_words(found: WhatIf, t: Translator) -> str:
    """What a change would bring."""
    if found.refusal is not None:
        return t.message(found.refusal)
    sentence = t(
        "By %(date)s about %(gain)s customers, 8 times of 10 between %(low)s and %(high)s, if nothing else changes.",
        date=t.date(found.until), gain=t.signed(found.gain, 1), low=t.signed(found.low), high=t.signed(found.high),
    )  # fmt: skip
    if found.money is not None:
        sentence += " " + t("In money about %(money)s.", money=about_money(found.money, t))
    if found.is_capped:
        sentence += " " + t("A rate above 95% is not assumed.")
    return sentence


def all_sections(
    report: OutlookReport, t: Translator, palette: Palette, *, goal: GoalPlan | None, gain: WhatIf | None
) -> list[Section]:
    """Everything that a file shows."""
    said: Forecast = report.forecast
    first = Section("headline", t("In short"), lead=headline(report, t), notes=notes(report, t))
    if said.refusal is not None:
        return [
            first,
            Section("deals", t.term("open_deals"), sheets=(open_by_stage(report, t), deals_sheet(report, t))),
        ]
    wanted = None if goal is None or goal.is_money else goal.goal
    parts = [first, by_week(report, t, palette, money=False, goal=wanted or report.goal)]
    if said.money is not None:
        asked = goal.goal if goal is not None and goal.is_money else None
        parts.append(by_week(report, t, palette, money=True, goal=asked))
    parts.append(track_record(report, t, palette))
    if goal is not None:
        parts.append(goal_section(goal, report.definition, t))
    if gain is not None:
        parts.append(Section("what_if", t.term("what_if"), lead=(Sentence(gain_words(gain, t)),)))
    parts.append(Section("deals", t.term("open_deals"), sheets=(open_by_stage(report, t), deals_sheet(report, t))))
    return parts
