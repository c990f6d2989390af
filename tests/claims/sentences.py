"""Prints every sentence that the pages say of some files, with its support and n, in both languages.

    python -m tests.claims.sentences FILE…          the files of one workspace, in the order of their import
    python -m tests.claims.sentences --facts maven  a real file as ``tests/real_facts.py`` reads it (maven, enpal)

A line: page · what it is about · support · n · English · 简体中文.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from funnel.errors import InputError, Message
from funnel.filters import Filters
from funnel.i18n.translator import Translator
from funnel.reports.bottleneck.report import bottleneck_report
from funnel.reports.overview import overview_report
from funnel.reports.retrospective.report import retrospective_report
from funnel.reports.workspace_data import WorkspaceData
from tests.claims.loading import from_facts, from_files
from tests.conftest import ROOT

Line = tuple[str, str, str, Any, Message]


def sentences(data: WorkspaceData) -> Iterator[Line]:
    """Page, subject, support, n and the sentence, for everything that the reports say in words."""
    for finding in data.trust:
        yield "data trust", finding.message.code, finding.severity, finding.n, finding.message
    if not data.has_leads or data.as_of is None:
        return
    everything = Filters()
    overview = overview_report(data, everything)
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


def _n(said: Message) -> Any:
    return said.params.get("n", said.params.get("n_leads", ""))


def main(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["--facts"]:
            data = from_facts(arguments[1], ROOT.parent / "shared" / "real-data")
        else:
            data = from_files(*(Path(name) for name in arguments))
    except InputError as error:
        print(Translator("en").message(error.message))
        return 1
    english, chinese = Translator("en"), Translator("zh_Hans")
    print(f"# as of {data.as_of}; stages {', '.join(data.funnel.keys)}; not in the data: {data.support.absent or '–'}")
    for step in data.support.steps:
        print(f"# step into {data.funnel.keys[step.position - 1]}: {step.level} {step.reason or ''}")
    for page, subject, support, n, said in sentences(data):
        print(f"{page} · {subject} · {support} · {n} · {english.message(said)} · {chinese.message(said)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
