"""The money of a file: which amount of a row counts, in which unit and currency."""

from __future__ import annotations

import polars as pl

from funnel.errors import Message
from funnel.intake.batches.lead_rows import Work, meaning, read_numbers
from funnel.intake.cells.blanks import tidy
from funnel.intake.cells.numbers import infer_numbers, parse_numbers, taken_apart
from funnel.intake.cells.units import codes_of_column, currencies_of, split_header, unit_above
from funnel.intake.lines import added_up, lines_of
from funnel.intake.questions import Readings
from funnel.intake.values import clean_text
from funnel.intake.words import has_part, is_named, undressed
from funnel.schema import Finding

_MOST_PERIODS = 8
"""Different words for a period; more are another matter."""


def add_amount(work: Work, readings: Readings) -> None:
    """``amount`` and ``currency`` of each row; unreadable cells are blanked. What was multiplied or added up is told.

    A closed deal has its actual amount, an open one (and a lost one without any) the expected one. The lines of a deal
    carry its sum. Where the amount is in the company's own currency, the deal's currency does not describe it.
    """
    column = work.mapping.column("amount")
    if column is None:
        if "currency" in work.frame.columns:
            work.frame = work.frame.drop("currency")
        return
    amount = _of_all_pieces(work, column, _read(work, column, readings), readings)
    source = pl.repeat(column, amount.len(), dtype=pl.String, eager=True)
    expected = work.mapping.column("expected_amount")
    if expected is not None:
        planned = _read(work, expected, readings)
        # a lost deal was never paid: 0 there says less than what was hoped for
        use = ~_is_won(work) & (amount.is_null() | (amount == 0)) & planned.is_not_null()
        amount = pl.select(pl.when(use.fill_null(False)).then(planned).otherwise(amount)).to_series()
        source = pl.select(pl.when(use.fill_null(False)).then(pl.lit(expected)).otherwise(source)).to_series()
    amount = _with_lines(work, amount)
    work.found += _per_period(work, column)
    currency = _currency(work, column, expected, source)
    currency = pl.select(pl.when(amount.is_not_null()).then(currency)).to_series()
    work.frame = work.frame.with_columns(amount.alias("amount"), currency.alias("currency"))
    codes = currency.drop_nulls().unique().sort().to_list()
    if len(codes) > 1:
        n = int(currency.count())
        message = Message("intake.several_currencies", {"currencies": codes, "n": n})
        work.found.append(Finding(message, "warning", n, "intake.done.one_currency"))


def _per_period(work: Work, column: str) -> list[Finding]:
    """A column beside the amount that says monthly, yearly: what the deal brings in all is then not written."""
    found = []
    for period in work.table.columns:
        if not is_named(undressed(period), "amount_period") or work.mapping.roles.get(period) == "amount":
            continue
        says = clean_text(work.table.frame[period])
        other = says.filter(says.is_not_null()).unique(maintain_order=True)
        other = [value for value in other if not is_named(value, "no_period")]
        here = says.is_in(other).fill_null(False)
        if other and len(other) <= _MOST_PERIODS and not infer_numbers(pl.Series(other)).share_parsed:
            told = {"column": column, "period": period, "examples": other[:3], "n": int(here.sum())}
            message = Message("intake.amount_per_period", told)
            found.append(Finding(message, "warning", told["n"], "intake.done.kept", work.examples(here)))
    return found


def _read(work: Work, column: str, readings: Readings) -> pl.Series:
    """A money column as numbers."""
    reading = readings.numbers.get(column)
    cells = work.table.frame[column]
    if reading is None:  # a blank column
        return pl.repeat(None, cells.len(), dtype=pl.Float64, eager=True)
    value, ok = read_numbers(cells, reading)
    if not ok.all():
        work.blanked[column] = (int((~ok).sum()), work.examples(~ok))
    work.found += _units(work, column, reading, value)
    return value


def _of_all_pieces(work: Work, column: str, price: pl.Series, readings: Readings) -> pl.Series:
    """The price of one piece times how many; null where the row does not say how many. Both are told."""
    pieces = work.mapping.column("quantity")
    if pieces is None:
        return price
    n = _read(work, pieces, readings)
    product = price * n
    done, missing = product.is_not_null(), price.is_not_null() & n.is_null()
    if done.any():
        row = int((done & (n > 1).fill_null(False)).arg_max() or 0) if (n > 1).any() else int(done.arg_max() or 0)
        told = {"column": column, "pieces": pieces, "n_pieces": n[row], "price": price[row], "amount": product[row]}
        message = Message("intake.price_times_pieces", {**told, "n": int(done.sum())})
        work.found.append(Finding(message, "note", int(done.sum()), "intake.done.times_pieces", work.examples(done)))
    if missing.any():
        message = Message("intake.pieces_missing", {"column": column, "pieces": pieces, "n": int(missing.sum())})
        work.found.append(
            Finding(message, "warning", int(missing.sum()), "intake.done.blanked", work.examples(missing))
        )
    return product


def _is_won(work: Work) -> pl.Series:
    both = meaning(work)
    won = both.select(pl.coalesce("status", "stage").eq("won").fill_null(False)).to_series()
    for column, (at, _) in work.entries.items():
        if work.mapping.labels.get(("milestone", column)) in work.mapping.won_stages:
            won = won | work.frame[at].is_not_null()
    return won


def _with_lines(work: Work, amount: pl.Series) -> pl.Series:
    lines = lines_of(work.table, work.mapping)
    if lines is None:
        return amount
    way = work.mapping.line_amounts or lines.way
    is_sum = way == "sum"
    message = Message("intake.lines_added" if is_sum else "intake.lines_once", {"n": lines.n_leads})
    done = f"intake.done.{'added' if is_sum else 'counted_once'}"
    work.found.append(Finding(message, "note", lines.n_leads, done, (), (lines.example,)))
    return added_up(work.frame["lead_id"], amount, work.table.frame) if is_sum else amount


def _currency(work: Work, column: str, expected: str | None, source: pl.Series) -> pl.Series:
    """The currency of each row: of the currency column, else of the cell, else of the header; null for none named."""
    named = work.mapping.column("currency")
    found = pl.repeat(None, source.len(), dtype=pl.String, eager=True)
    for money in (column, expected):
        if money is None:
            continue
        cells = currencies_of(work.table.frame[money])
        own = pl.select(pl.coalesce(cells, pl.lit(_of_all(work, money), dtype=pl.String))).to_series()
        if named is not None and not has_part(money, "home_word"):
            own = pl.select(pl.coalesce(_stated(work, named), own)).to_series()
        found = pl.select(pl.when(source == money).then(own).otherwise(found)).to_series()
    return found


def _of_all(work: Work, column: str) -> str | None:
    """The currency that the header, or a line above the table, gives a whole column."""
    return split_header(column)[1].currency or unit_above(work.table.titles).currency


def _stated(work: Work, named: str) -> pl.Series:
    """The currency column as ISO codes; what is none is told."""
    cells = work.table.frame[named]
    codes = codes_of_column(cells)
    text = tidy(cells)
    unknown = codes.is_null() & text.is_not_null() & (text != "")
    if unknown.any() and not any(f.message.code == "intake.unknown_currency" for f in work.found):
        n = int(unknown.sum())
        examples = text.filter(unknown).unique(maintain_order=True).head(3).to_list()
        message = Message("intake.unknown_currency", {"column": named, "n": n, "examples": examples})
        work.found.append(Finding(message, "warning", n, "intake.done.kept", work.examples(unknown)))
    return codes


def _units(work: Work, column: str, reading: str, value: pl.Series) -> list[Finding]:
    """What is to be told of the units that were applied: the header's, and those of the cells."""
    how = taken_apart(reading)
    cells = work.table.frame[column]
    if how.factor == 1.0 and not cells.str.contains(r"[^0-9.,\s-]").any():
        return []
    bare = parse_numbers(tidy(cells).str.extract(r"([0-9][0-9.,' ’]*)"), how.mark)["value"].abs()
    has_own = (value.abs() != bare * how.factor).fill_null(False) & ~cells.str.contains("[%‰]").fill_null(False)
    found = []
    for code, mask in (
        ("unit_of_header", ~has_own & value.is_not_null() if how.factor != 1.0 else None),
        ("unit_of_cells", has_own),
    ):
        if mask is None or not mask.any():
            continue
        row = int(mask.arg_max() or 0)
        told = {"column": column, "written": cells[row], "read": value[row], "n": int(mask.sum())}
        found.append(
            Finding(Message(f"intake.{code}", told), "note", told["n"], "intake.done.multiplied", work.examples(mask))
        )
    return found
