"""Prints every sentence that the pages say of some files, with its support and n, in both languages.

    python -m tests.claims.sentences FILE…          the files of one workspace, in the order of their import
    python -m tests.claims.sentences --facts maven  a real file as ``tests/real_facts.py`` reads it (maven, enpal)
    python -m tests.claims.sentences --draw 20 --seed 1 FILE…  so many of them, drawn by the seed

A line: page · what it is about · support · n · English · 简体中文.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from funnel.errors import InputError, Message
from funnel.exports.key_figures import figure_name, figure_text
from funnel.exports.outlook import content as outlook_words
from funnel.exports.overview import content as overview_words
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.counts import counts_report
from funnel.reports.outlook.earlier import earlier_journeys
from funnel.reports.outlook.report import first_horizon, outlook_report, prepare
from funnel.reports.overview import overview_report
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import facts_of
from tests.claims.loading import IMPORTED_AT, from_facts, loaded
from tests.conftest import ROOT
from tests.corpus.person import read_files

Said = Message | Callable[[Translator], str]
Line = tuple[str, str, str, Any, Said]


def sentences(data: WorkspaceData) -> Iterator[Line]:
    """Page, subject, support, n and the sentence, for everything that the reports say in words."""
    for finding in data.trust:
        yield "data trust", finding.message.code, finding.severity, finding.n, finding.message
    everything = Filters()
    if not data.has_leads:
        totals = counts_report(data, everything)
        yield "overview", "headline", "totals", "", lambda t: " ".join(overview_words.totals_headline(totals, t))
        for at, bar in enumerate(overview_words.bars(totals, Translator("en"))):
            yield "overview", f"bar {bar.name}", "totals", bar.n, lambda t, at=at: _bar(totals, at, t)
    if not data.has_leads or data.as_of is None:
        return
    overview = overview_report(data, everything)
    yield "overview", "headline", "", overview.n_leads, lambda t: " ".join(overview_words.headline(overview, t))
    for row in overview.key_figures.iter_rows(named=True):
        if row["value"] is not None:
            yield "overview", row["figure"], "tile", row["n"], lambda t, row=row: _figure(row, t)
    for at, row in enumerate(overview.status.iter_rows(named=True)):
        yield "overview", f"bar {row['stage']}", row["level"], row["n"], lambda t, at=at: _bar(overview, at, t)
    for limit in overview.limits:
        yield "overview", limit.code, "limit", _n(limit), limit
    for row in overview.key_figures.iter_rows(named=True):
        if row["reason"]:
            yield "overview", row["figure"], row["reason"], row["n"], Message(f"overview.reason.{row['reason']}")
    for row in overview.status.iter_rows(named=True):
        if row["reason"]:
            yield "overview", row["stage"], row["level"], row["n"], Message(f"overview.reason.{row['reason']}")
    bottleneck = bottleneck_report(data, everything)
    for said in (bottleneck.headline, *bottleneck.facts):
        yield "bottleneck", said.code, "headline" if said is bottleneck.headline else "fact", _n(said), said
    for row in bottleneck.steps.iter_rows(named=True):
        level = data.support.step(row["position"]).level
        yield "bottleneck", row["stage"], level, row["n"], bottleneck.step_message(row["position"])
    for row in bottleneck.causes.iter_rows(named=True):
        yield "bottleneck", row["stage"], row["stand"], row["n"], bottleneck.cause_message(row)
    retrospective = retrospective_report(data, everything)
    for said in (*retrospective.headline, *retrospective.facts, *retrospective.mix_notes()):
        yield "retrospective", said.code, "headline" if said in retrospective.headline else "fact", _n(said), said
    for row in retrospective.comparison.iter_rows(named=True):
        level = data.support.step(row["position"]).level
        yield "retrospective", row["stage"], level, row["n_after"], retrospective.verdict(row["stage"])
    earlier = earlier_journeys(data)
    prospects = prepare(data, everything, earlier)
    outlook = outlook_report(data, everything, prospects, earlier, horizon=first_horizon(prospects))
    n = outlook.n_leads
    for part in (outlook_words.headline, outlook_words.notes):
        for at in range(len(part(outlook, Translator("en")))):
            yield "outlook", part.__name__, "", n, lambda t, part=part, at=at: part(outlook, t)[at].text
    if outlook.forecast.refusal is None:
        yield "outlook", "record", "", n, lambda t: outlook_words.checked(outlook, t)


def _n(said: Message) -> Any:
    return said.params.get("n", said.params.get("n_leads", ""))


def _figure(row: dict[str, Any], t: Translator) -> str:
    """A tile: its name, its value, and what stood there in the window before."""
    now, before = (figure_text(row["figure"], row[part], t) for part in ("value", "previous"))
    said = t.labelled(figure_name(row["figure"], t), now)
    return said if row["previous"] is None else f"{said} ({before})"


def _bar(report: Any, at: int, t: Translator) -> str:
    """A bar of the funnel with the words of the step into it."""
    bar = overview_words.bars(report, t)[at]
    return " · ".join(one for one in (f"{bar.name} {bar.counted}", bar.step, bar.missed) if one)


def _text(said: Said, t: Translator) -> str:
    return t.message(said) if isinstance(said, Message) else said(t)


def _as_a_person(files: list[Path]) -> WorkspaceData:
    """The workspace of somebody who changes nothing; the first file opens it, with a funnel of its own labels where
    they make one."""
    given = [(file.name, file.read_bytes()) for file in files]
    reading = read_files(given, import_day=IMPORTED_AT.date())
    if reading.definition is None or not reading.batches:
        raise SystemExit(f"The import asks or refuses: {', '.join(reading.asked) or reading.refused}")
    return loaded(facts_of(list(reading.batches), IMPORTED_AT), reading.definition)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--facts", choices=("maven", "enpal"))
    parser.add_argument("--draw", type=int, help="so many sentences with a figure, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args()
    try:
        if asked.facts:
            data = from_facts(asked.facts, ROOT.parent / "shared" / "real-data")
        else:
            data = _as_a_person(asked.files)
    except InputError as error:
        print(Translator("en").message(error.message))
        return 1
    english, chinese = Translator("en"), Translator("zh_Hans")
    print(f"# as of {data.as_of}; stages {', '.join(data.funnel.keys)}; not in the data: {data.support.absent or '–'}")
    for step in data.support.steps:
        print(f"# step into {data.funnel.keys[step.position - 1]}: {step.level} {step.reason or ''}")
    lines = list(sentences(data))
    if asked.draw:
        telling = [
            line for line in lines if line[2] != "cannot_know" and any(c.isdigit() for c in _text(line[4], english))
        ]
        lines = random.Random(asked.seed).sample(telling, min(asked.draw, len(telling)))
    for page, subject, support, n, said in lines:
        print(f"{page} · {subject} · {support} · {n} · {_text(said, english)} · {_text(said, chinese)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
