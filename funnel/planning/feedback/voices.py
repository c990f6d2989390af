"""Customer feedback: what won and lost customers say, tied to a stage and a theme (the guide's step 5).

Voices that somebody wrote down and loss reasons of imports are counted together, and it stays visible which is which.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError
from funnel.filters import month_start
from funnel.metrics import statistics
from funnel.metrics.bottleneck.causes import causes_of_reason
from funnel.metrics.steps.loss_reasons import is_no_decision
from funnel.metrics.thresholds import ALPHA
from funnel.planning.strategies.playbook import PlaybookEntry, entries_for

WON, LOST = VOICES = ("won", "lost")
MIN_VOICES = 3
"""Fewer voices than this are no growing theme: one more angry customer is not a trend."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One voice. ``stage``: key of the stage it is about, blank: none in particular. ``theme``: a few words by which
    voices are counted together. ``lead_id`` blank: not tied to a lead."""

    feedback_id: str
    on: date
    voice: str = LOST
    stage: str = ""
    theme: str = ""
    quote: str = ""
    lead_id: str = ""
    who: str = ""

    def __post_init__(self) -> None:
        if self.voice not in VOICES:
            raise InputError("feedback.unknown_voice", given=self.voice, allowed=list(VOICES))


@dataclass(frozen=True, slots=True)
class Voice:
    """A countable voice: ``month`` is the first of its month; ``is_import`` a loss reason of the data."""

    stage: str
    theme: str
    month: date
    voice: str
    is_import: bool


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """``n`` voices of one theme at one stage, ``n_import`` of them from imports; ``share`` of all voices counted there,
    ``cumulative`` share of this theme and the more frequent ones of the stage."""

    stage: str
    theme: str
    n: int
    n_import: int
    share: float
    cumulative: float


@dataclass(frozen=True, slots=True)
class GrowingTheme:
    """A theme whose part of a month's voices rose: ``n`` of ``total`` against ``n_before`` of ``total_before``.

    ``p_value`` of the two shares (null without voices the month before); ``is_clear``: below 0.05.
    """

    stage: str
    theme: str
    n: int
    total: int
    n_before: int
    total_before: int
    p_value: float | None
    is_clear: bool


def voices_of(entries: Iterable[Feedback]) -> list[Voice]:
    """Written feedback as voices; an entry without a theme has nothing to be counted by."""
    return [
        Voice(entry.stage, entry.theme.strip(), month_start(entry.on), entry.voice, False)
        for entry in entries
        if entry.theme.strip()
    ]


def voices_of_losses(journeys: pl.LazyFrame, definition: FunnelDefinition) -> list[Voice]:
    """The dated losses of the data that carry a reason, as voices; a loss of unknown place belongs to no stage."""
    reason = pl.col("lost_reason").cast(pl.String).str.strip_chars()
    lost = (
        journeys.filter(pl.col("outcome") == "lost", pl.col("lost_at").is_not_null(), reason != "")
        .select("lost_stage", reason.alias("theme"), pl.col("lost_at").dt.date().alias("on"))
        .collect()
    )
    return [
        Voice(definition.keys[position - 1] if position else "", theme, month_start(on), LOST, True)
        for position, theme, on in lost.iter_rows()
    ]


def without_doubles(entries: Iterable[Feedback], journeys: pl.LazyFrame, definition: FunnelDefinition) -> list[Voice]:
    """All voices of both kinds, each lost lead once: a written voice about a lead stands for its imported reason."""
    written = list(entries)
    spoken_for = [entry.lead_id for entry in written if entry.lead_id and entry.voice == LOST and entry.theme.strip()]
    rest = journeys.filter(~pl.col("lead_id").is_in(spoken_for)) if spoken_for else journeys
    return [*voices_of(written), *voices_of_losses(rest, definition)]


def pareto(
    voices: Iterable[Voice], *, voice: str | None = None, month: date | None = None, by_stage: bool = True
) -> list[ThemeCount]:
    """Themes by how often they are named, within each stage (or over all of them, ``stage`` blank).

    Spellings that differ only in capitals or blanks are one theme, shown as it is written most often. ``voice`` and
    ``month`` (any day of it) narrow what is counted.
    """
    chosen = [
        one
        for one in voices
        if (voice is None or one.voice == voice) and (month is None or one.month == month_start(month))
    ]
    shown = _spellings(chosen)
    counts: Counter[tuple[str, str]] = Counter()
    imported: Counter[tuple[str, str]] = Counter()
    totals: Counter[str] = Counter()
    for one in chosen:
        stage = one.stage if by_stage else ""
        counts[stage, _fold(one.theme)] += 1
        imported[stage, _fold(one.theme)] += one.is_import
        totals[stage] += 1
    found = []
    so_far: Counter[str] = Counter()
    for (stage, theme), n in sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        so_far[stage] += n
        found.append(
            ThemeCount(stage, shown[theme], n, imported[stage, theme], n / totals[stage], so_far[stage] / totals[stage])
        )
    return found


def growing_themes(voices: Iterable[Voice], month: date, *, by_stage: bool = True) -> list[GrowingTheme]:
    """Themes named at least three times in ``month`` whose share rose against the month before, the largest rise first.

    Shares, not counts: when twice as many leads are lost, every reason is named twice as often.
    """
    listed = list(voices)
    shown = _spellings(listed)
    now, before = month_start(month), month_start(month, 1)
    counts: dict[date, Counter[tuple[str, str]]] = {now: Counter(), before: Counter()}
    totals: dict[date, Counter[str]] = defaultdict(Counter)
    for one in listed:
        if one.month in counts:
            stage = one.stage if by_stage else ""
            counts[one.month][stage, _fold(one.theme)] += 1
            totals[one.month][stage] += 1
    found = []
    for (stage, theme), n in counts[now].items():
        n_before, total, total_before = counts[before][stage, theme], totals[now][stage], totals[before][stage]
        if n < MIN_VOICES or (total_before and n / total <= n_before / total_before):
            continue
        p_value = statistics.two_proportion_p(n, total, n_before, total_before)[0] if total_before else None
        is_clear = p_value is not None and p_value < ALPHA
        found.append(GrowingTheme(stage, shown[theme], n, total, n_before, total_before, p_value, is_clear))
    return sorted(
        found, key=lambda one: (one.n_before / one.total_before if one.total_before else 0) - one.n / one.total
    )


def counter_measures(
    theme: str, stage: str, entries: Sequence[PlaybookEntry], definition: FunnelDefinition
) -> list[PlaybookEntry]:
    """The playbook's answers to a theme: entries whose cause the theme names, those of its stage first."""
    causes = set(causes_of_reason(theme)) | ({"no_decision"} if is_no_decision(theme) else set())
    own = entries_for(entries, definition, stage) if stage in definition.keys else []
    named = [entry for entry in entries if causes & set(entry.causes)]
    return sorted(named, key=lambda entry: entry not in own)


def _spellings(voices: Iterable[Voice]) -> dict[str, str]:
    """Folded theme → its most frequent spelling, the first in order of letters where several are."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for one in voices:
        written[_fold(one.theme)][one.theme.strip()] += 1
    return {folded: min(counts, key=lambda text: (-counts[text], text)) for folded, counts in written.items()}


def _fold(theme: str) -> str:
    return " ".join(theme.casefold().split())
