"""The retrospective as one picture for a chat group: what it says, and the funnel of both windows."""

from __future__ import annotations

from funnel.charts.marks import verdict_word
from funnel.exports.picture.drawing import Bar, funnel_picture
from funnel.exports.retrospective_content import caption, footer
from funnel.exports.retrospective_tables import stages_of
from funnel.i18n.translator import Translator
from funnel.reports.retrospective.report import RetrospectiveReport


def retrospective_picture(report: RetrospectiveReport, t: Translator, workspace: str, saved: str | None) -> bytes:
    """The .png. ``saved``: the id under which it is frozen (null: it is not). Raises InputError (``picture.no_font``)
    where no font here has the letters."""
    said = [t.message(message) for message in report.headline]
    notes = [t.message(message) for message in report.facts]
    below = footer(report, t, workspace, saved)
    return funnel_picture(t.term("page_retrospective_q"), said, bars(report, t), notes, caption(report, t), below)


def bars(report: RetrospectiveReport, t: Translator) -> tuple[Bar, ...]:
    """Stages up to won with their count after and before; on each step its two rates and the verdict."""
    steps = {row["stage"]: row for row in report.comparison.iter_rows(named=True)}
    names, found = stages_of(report.definition, t), []
    for row in report.funnel.iter_rows(named=True):
        step = steps.get(row["stage"])
        counted = t("%(after)s (before %(before)s)", after=t.number(row["n_after"]), before=t.number(row["n_before"]))
        found.append(Bar(names[row["stage"]], row["n_after"], counted, "" if step is None else _step(step, t), ""))
    return tuple(found)


def _step(row: dict, t: Translator) -> str:
    """ "Improved · 15.2% of 1,158 → 27.9% of 957", or the verdict alone where no rate is known."""
    word = verdict_word(row["verdict"], t)
    if row["rate_before"] is None or row["rate_after"] is None:
        return word
    rates = t(
        "%(before)s of %(n_before)s → %(after)s of %(n_after)s",
        before=t.percent(row["rate_before"]), n_before=t.number(row["n_before"]),
        after=t.percent(row["rate_after"]), n_after=t.number(row["n_after"]),
    )  # fmt: skip
    return f"{word} · {rates}"
