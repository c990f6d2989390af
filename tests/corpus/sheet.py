"""Sheets of text, the words that fill them, and how they become the bytes of a file."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import xlsxwriter

from tests.corpus.pipeline import OWNERS, REASONS, SOURCES, Deal, Truth, truth_of

Cell = Callable[[Deal], str]
Stamp = Callable[[date], str]

ROLES = {
    "created": ("created_at", "entry"),
    "closed": ("closed_at",),
    "close_or_plan": ("closed_at",),
    "won_at": ("entry", "closed_at"),
    "lost_at": ("lost_at", "entry", "closed_at"),
    "expected": ("expected_close", "ignore"),
    "modified": ("ignore", "changed_at"),
    "loaded": ("ignore", "changed_at"),
}
"""What a column holds → the roles that are right for it; dates in other columns are judged by the figures."""


def iso(at: date) -> str:
    return at.strftime("%Y-%m-%d")


def iso_time(at: date) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S" if isinstance(at, datetime) else "%Y-%m-%d")


def iso_zone(at: date) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def american(at: date) -> str:
    return f"{at.month}/{at.day}/{at.year}"


def american_time(at: date) -> str:
    return f"{at.month}/{at.day}/{at.year} {at.strftime('%I:%M %p').lstrip('0')}"


def german(at: date) -> str:
    return at.strftime("%d.%m.%Y")


def german_time(at: date) -> str:
    return at.strftime("%d.%m.%Y %H:%M")


def slashes(at: date) -> str:
    return at.strftime("%Y/%m/%d")


def slashes_time(at: date) -> str:
    return at.strftime("%Y/%m/%d %H:%M")


def chinese(at: date) -> str:
    return f"{at.year}年{at.month}月{at.day}日"


def day_first(at: date) -> str:
    return at.strftime("%d/%m/%Y")


@dataclass(frozen=True)
class Words:
    """How a program calls its stages and ends. ``status``: won, lost, open."""

    stages: tuple[str, ...]
    won: str
    lost: str
    status: tuple[str, str, str] = ("Won", "Lost", "Open")
    owners: tuple[str, ...] = OWNERS
    sources: tuple[str, ...] = SOURCES
    reasons: tuple[str, ...] = REASONS


@dataclass(frozen=True)
class Sheet:
    """A table as it will be written. ``holds``: column → what it holds (a key of the layout, or "").

    ``label_columns`` hold labels that have a meaning (stages, results). ``above`` and ``below`` are lines around it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    truth: Truth
    holds: tuple[str, ...] = ()
    above: tuple[tuple[str, ...], ...] = ()
    below: tuple[tuple[str, ...], ...] = ()
    fixed_rows: bool = False
    """The order of the rows says something (groups, blank cells, lines between them)."""

    def roles(self) -> dict[str, tuple[str, ...]]:
        """Column → roles that are right for it."""
        return {c: ROLES[what] for c, what in zip(self.columns, self.holds, strict=False) if what in ROLES}

    def at(self, column: str) -> int:
        return self.columns.index(column)

    def mapped(self, column: str, change: Callable[[str], str]) -> Sheet:
        """The sheet with every filled cell of a column changed."""
        i = self.at(column)
        rows = tuple((*row[:i], change(row[i]) if row[i] else "", *row[i + 1 :]) for row in self.rows)
        return replace(self, rows=rows)

    def with_column(self, column: str, cells: Iterable[str], what: str = "", at: int | None = None) -> Sheet:
        """The sheet with one column more."""
        i = len(self.columns) if at is None else at
        return replace(
            self,
            columns=(*self.columns[:i], column, *self.columns[i:]),
            holds=(*self.holds[:i], what, *self.holds[i:]),
            rows=tuple((*row[:i], cell, *row[i:]) for row, cell in zip(self.rows, cells, strict=True)),
        )

    def renamed(self, old: str, new: str) -> Sheet:
        return replace(self, columns=tuple(new if c == old else c for c in self.columns))

    def without(self, *columns: str) -> Sheet:
        keep = [i for i, c in enumerate(self.columns) if c not in columns]
        return replace(
            self,
            columns=tuple(self.columns[i] for i in keep),
            holds=tuple(self.holds[i] for i in keep),
            rows=tuple(tuple(row[i] for i in keep) for row in self.rows),
        )

    def grid(self) -> list[tuple[str, ...]]:
        return [*self.above, self.columns, *self.rows, *self.below]

    # --- the same table in another order, or without its words ------------------------------------------------------

    def shuffled(self, seed: int = 5) -> Sheet:
        """Columns and rows in another order; for tables whose order of rows says nothing."""
        luck = random.Random(seed)
        order = list(range(len(self.columns)))
        luck.shuffle(order)
        rows = list(self.rows)
        luck.shuffle(rows)
        return replace(
            self,
            columns=tuple(self.columns[i] for i in order),
            holds=tuple(self.holds[i] for i in order),
            rows=tuple(tuple(row[i] for i in order) for row in rows),
        )

    def without_header_words(self) -> Sheet:
        """Every header replaced by a word that means nothing."""
        return replace(self, columns=tuple(nonsense(i) for i in range(len(self.columns))))

    def without_label_words(self) -> Sheet:
        """Every label of a stage or a result replaced by a word that means nothing, the same for the same label."""
        known: dict[tuple[int, str], str] = {}
        at = [i for i, what in enumerate(self.holds) if what in ("stage", "stage_kept", "status", "reason_label")]
        rows = [list(row) for row in self.rows]
        for row in rows:
            for i in at:
                if row[i]:
                    row[i] = known.setdefault((i, row[i]), nonsense(20 + len(known)))
        return replace(self, rows=tuple(map(tuple, rows)), truth=replace(self.truth, order=()))


def nonsense(number: int) -> str:
    """A word that no language knows, another one for every number below 400."""
    first, second = ("Vo", "Tru", "Kel", "Bri", "Zan", "Plo", "Mir", "Dax", "Fen", "Gul"), ("xol", "mix", "dap", "ven")
    third = ("", "a", "us", "ek", "or", "ith", "ob", "un", "el", "ay")
    return first[number % 10] + second[number // 10 % 4] + third[number // 40 % 10]


# --- a layout: columns and what they hold ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """Columns of a program: (header, what it holds). ``stamp`` writes instants, ``day`` days, ``money`` amounts."""

    columns: tuple[tuple[str, str | Cell], ...]
    words: Words
    id_form: str = "{0}"
    stamp: Stamp = iso_time
    day: Stamp = iso
    money: Callable[[int], str] = str
    newest_first: bool = False
    extra: dict[str, Cell] = field(default_factory=dict)


def dress(layout: Layout, sales: Sequence[Deal], **facts: bool) -> Sheet:
    """The deals in a program's layout. The truth follows from the columns; ``facts`` overrides what they tell."""
    holds = tuple(what if isinstance(what, str) else "" for _, what in layout.columns)
    cells = [_cell(layout, what) if isinstance(what, str) else what for _, what in layout.columns]
    ordered = list(reversed(sales)) if layout.newest_first else list(sales)
    has = set(holds)
    both = bool(has & {"closed", "close_or_plan"})
    told = {
        "created": "created" in has,
        "closed": both or "won_at" in has,
        "lost_dated": both or "lost_at" in has,
        "money": bool(has & {"amount", "actual", "estimate"}),
        "estimate": not has & {"amount", "actual"},
        **facts,
    }
    named = sales if "currency" in has else [replace(deal, currency="") for deal in sales]
    return Sheet(
        tuple(header for header, _ in layout.columns),
        tuple(tuple(cell(deal) for cell in cells) for deal in ordered),
        truth_of(named, **told),
        holds,
    )


def _cell(layout: Layout, what: str) -> Cell:
    words, stamp, day, money = layout.words, layout.stamp, layout.day, layout.money
    cells: dict[str, Cell] = {
        "": lambda d: "",
        "id": lambda d: layout.id_form.format(d.no, 1000 + 7 * d.no),
        "name": lambda d: f"{d.name} {d.no}",
        "firm": lambda d: d.firm,
        "contact": lambda d: f"Contact {d.contact}",
        "contact_id": lambda d: f"C{100 + d.contact}",
        "owner": lambda d: words.owners[d.who],
        "owner_id": lambda d: f"{500 + d.who}",
        "source": lambda d: words.sources[d.channel],
        "currency": lambda d: d.currency,
        "pipeline": lambda d: d.pipeline or "Sales",
        "stage": lambda d: {"won": words.won, "lost": words.lost}.get(d.outcome, words.stages[d.stage]),
        "stage_kept": lambda d: words.stages[d.stage],
        "stage_kept_or_won": lambda d: words.won if d.outcome == "won" else words.stages[d.stage],
        "status": lambda d: words.status[("won", "lost", "open").index(d.outcome)],
        "created": lambda d: stamp(d.created),
        "created_day": lambda d: day(d.created),
        "closed": lambda d: stamp(d.closed) if d.closed else "",
        "close_or_plan": lambda d: day(d.closed or d.expected),
        "won_at": lambda d: stamp(d.closed) if d.closed and d.outcome == "won" else "",
        "lost_at": lambda d: stamp(d.closed) if d.closed and d.outcome == "lost" else "",
        "expected": lambda d: day(d.expected),
        "expected_open": lambda d: day(d.expected) if d.outcome == "open" else "",
        "modified": lambda d: stamp(max(d.entries[-1][1], d.closed or d.created)),
        "loaded": lambda d: f"2024-08-31T04:15:{d.no % 60:02}.512Z",
        "amount": lambda d: money(d.amount),
        "actual": lambda d: money(d.amount) if d.outcome == "won" else "",
        "estimate": lambda d: money(d.estimate),
        "probability": lambda d: str(d.probability),
        "reason": lambda d: words.reasons[d.reason] if d.outcome == "lost" else "",
        "is_won": lambda d: "true" if d.outcome == "won" else "false",
        "is_closed": lambda d: "true" if d.outcome != "open" else "false",
        "no": lambda d: "false",
        "usd": lambda d: "USD",
    }
    return {**cells, **layout.extra}[what]


def headers(text: str) -> tuple[tuple[str, str | Cell], ...]:
    """``Header = what | Header | …`` as columns; a header without a word holds nothing."""
    found: list[tuple[str, str | Cell]] = []
    for part in text.replace("\n", " ").split("|"):
        header, _, what = part.strip().partition(" = ")
        found.append((" ".join(header.split()), what.strip()))
    return tuple(found)


# --- bytes ----------------------------------------------------------------------------------------------------------


def as_csv(sheet: Sheet, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The sheet as delimited text, Windows line ends."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(sheet.grid())
    return text.getvalue().encode(encoding)


def as_xlsx(sheet: Sheet, dates: Sequence[str] = (), numbers: Sequence[str] = (), form: str = "") -> bytes:
    """The sheet as a workbook; ``dates`` (written as ISO days) and ``numbers`` become real ones, numbers in ``form``."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet("Sheet1")
    as_date, as_number = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": form or "0.##"})
    day_at = [sheet.at(c) for c in dates]
    number_at = [sheet.at(c) for c in numbers]
    first = len(sheet.above) + 1
    for r, row in enumerate(sheet.grid()):
        for c, cell in enumerate(row):
            inside = first <= r < first + len(sheet.rows)
            if inside and c in day_at and cell:
                page.write_datetime(r, c, datetime.fromisoformat(cell[:10]), as_date)
            elif inside and c in number_at and cell:
                page.write_number(r, c, float(cell), as_number)
            elif cell:
                page.write_string(r, c, cell)
    book.close()
    return target.getvalue()
