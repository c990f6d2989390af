"""The score table: how many files of each kind are read rightly, asked about, refused, or read wrongly in silence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

RESULTS = ("right", "asked", "stuck", "untried", "refused", "wrong")
MEANING = (
    "right: nothing asked, all figures and dates right · asked: right after an answer, or only a question is right · "
    "stuck: asked, no answer tried was right · untried: asked, no answer tried · refused · wrong: wrong figures and not a word"
)
PROPERTY = "corpus"
"""Under this name a test leaves (name, kind, result, number of questions) in its report."""

KNOWN_WRONG = Path(__file__).with_name("known_wrong.txt")
"""Files that are still read wrongly or refused, one name a line. The list only gets shorter."""


def known_wrong() -> set[str]:
    return set(KNOWN_WRONG.read_text(encoding="utf-8").split())


def table(found: Iterable[tuple[str, str, str, int]]) -> list[str]:
    """The lines of the table, one per kind, and the names of what is not right."""
    rows = sorted(found)
    kinds: dict[str, dict[str, int]] = {}
    for _, kind, result, _ in rows:
        counts = kinds.setdefault(kind, dict.fromkeys(RESULTS, 0))
        counts[result] += 1
    total = {result: sum(counts[result] for counts in kinds.values()) for result in RESULTS}
    width = max([len(kind) for kind in kinds] + [5])
    lines = [f"{'':{width}} " + " ".join(f"{result:>8}" for result in RESULTS)]
    for kind, counts in [*sorted(kinds.items()), ("all", total)]:
        lines.append(f"{kind:{width}} " + " ".join(f"{counts[result] or '':>8}" for result in RESULTS))
    lines.append(MEANING)
    most = max((n for *_, n in rows), default=0)
    n = sum(total[result] for result in ("asked", "stuck", "untried"))
    lines.append(f"{len(rows)} readings, {n} with a question, at most {most} in one file")
    for result in ("wrong", "refused", "stuck"):
        names = [name for name, _, its, _ in rows if its == result]
        if names:
            lines.append(f"{result}: " + " ".join(names))
    mended = sorted(known_wrong() & {name for name, _, result, _ in rows if result not in ("wrong", "refused")})
    if mended:
        lines.append("read rightly now, take them off known_wrong.txt: " + " ".join(mended))
    return lines
