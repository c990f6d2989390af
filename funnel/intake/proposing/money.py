"""Which of several money columns is the amount of a deal: actual before estimate, the company's currency before the
deal's, money before cents, all pieces before one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.spelling import plain
from funnel.intake.cells.units import WHOLE_CURRENCIES, Unit, split_header
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.proposing.headers import SURE, Profile, Sheet
from funnel.intake.ties import counts_up
from funnel.intake.values import share
from funnel.intake.words import has_part, header_words, is_named, undressed, whose_id
from funnel.schema import ONE_ROW_PER_LEAD

_ROWS = 5_000
_ENOUGH = 3
"""Rows that must show a constant ratio before it is believed."""
_USUALLY = 0.8
"""Share of the rows that must be a price times its pieces: some lines carry a discount."""
_FEW_PRODUCTS = 2
"""Products bought in several numbers that must agree on what their price is."""
_OFFERED, _HARDLY = 0.2, 0.05
"""Shares of the lost rows that have an amount: of an offer, and of what is only agreed with the won."""
_LOOKED_AT, _FIRST_ROWS = 20, 500


def settle_money(table: RawTable, roles: Mapping[str, str]) -> dict[str, str]:
    """The roles with the amount on the column that may be added up.

    Other columns change only between ``amount``, ``expected_amount`` and ``ignore``: an estimate beside an actual
    amount becomes ``expected_amount``, the deal's currency beside the company's and cents beside money are not used. A
    header that says amount and nothing else is never left out without a word, however unreadable its cells are.
    """
    settled = dict(roles)
    columns = [c for c in table.columns if _says_money(c)]
    values = {c: _numbers(table, c) for c in columns}
    money = [c for c in columns if values[c] is not None and settled.get(c) in ("amount", "ignore", None)]
    now = next((c for c, role in settled.items() if role == "amount"), None)
    if now is not None and now not in columns:  # its cells say it, not its header
        return settled
    if not money:
        exact = [c for c in columns if settled.get(c) == "ignore" and _is_exact(c) and table.frame[c].count()]
        if now is None and len(exact) == 1:
            settled[exact[0]] = "amount"
        return settled
    money = _without_cents(money, values)
    whole = [c for c in money if not _is_of_one(c)]
    if any(map(_is_exact, whole)):  # goes before the price of one piece
        money = whole
    of_home = [c for c in money if _is_home(c)]
    if of_home:
        filled = {c: read.count() for c in money if (read := values[c]) is not None}
        if filled[of_home[0]] >= 0.8 * max(filled.values()):
            money = of_home
    actual = [c for c in money if not has_part(_bare(c), "planned_word") and not has_part(_bare(c), "weighted_word")]
    planned = [c for c in money if has_part(_bare(c), "planned_word") and not has_part(_bare(c), "weighted_word")]
    named = [c for c in actual if has_part(_bare(c), "actual_word")]
    # what comes each month is a part of a deal's money only: a column of all of it, or of what is paid once, goes first
    actual.sort(key=lambda c: has_part(_bare(c), "recurring_word"))
    best = next(iter([c for c in named if planned] or [c for c in actual if c == now]), None)
    best = best or next(iter([c for c in actual if _is_exact(c)] or [c for c in planned if c == now]), None)
    best = best or next(iter([c for c in planned if _is_exact(c)]), None)
    if best is None and now is not None and now not in money:  # the column in use turned out to be the lesser one
        best = next(iter([*actual, *planned]), None)
    if best is None:
        return settled
    best = _of_all_pieces(table, best, values[best]) or best
    for column in (*columns, *settled):
        if settled.get(column) == "amount" and column != best:
            settled[column] = "ignore"
    settled[best] = "amount"
    if best in actual and (more := [c for c in planned if _adds(values[c], values[best])]):
        settled[more[0]] = "expected_amount"
    return settled


def _bare(column: str) -> str:
    return split_header(column)[0]


def _is_exact(column: str) -> bool:
    return any(word.role == "amount" for word in header_words(column))


def _is_home(column: str) -> bool:
    return has_part(column, "home_word")


def _says_money(column: str) -> bool:
    return _is_exact(column) or has_part(_bare(column), "money_word") or _names_money(column)


def _names_money(column: str) -> bool:
    """Whether a header says money by a word, or by a currency alone or behind it: Fee, EUR, Honorarios (€)."""
    currency = split_header(column)[1].currency or (column.strip().casefold() in WHOLE_CURRENCIES)
    return has_part(undressed(column), "money_word") or bool(currency) or _is_of_one(column)


def _is_of_one(column: str) -> bool:
    """Whether a header says that it is the price of one piece: Unit price, 单价, but not 客单价 (of one customer)."""
    bare = undressed(column)
    says = has_part(bare, "piece_price_word") or is_named(bare, "rate_header")
    return says and not any(w.role == "ignore" for w in header_words(column))


def _numbers(table: RawTable, column: str, rows: int = _ROWS) -> pl.Series | None:
    """The first rows of a column as numbers; None where most filled cells are none."""
    cells = table.frame[column].head(rows)
    found = infer_numbers(cells, Unit())
    if found.share_parsed < 0.5 or not found.candidates:
        return None
    return parse_numbers(cells, found.candidates[0])["value"]


def _without_cents(money: list[str], values: Mapping[str, pl.Series | None]) -> list[str]:
    """The columns without those that are always a hundred times another one: that is the same money in cents."""
    cents = set()
    for large in money:
        for small in money:
            both = pl.DataFrame({"large": values[large], "small": values[small]}).drop_nulls()
            both = both.filter((pl.col("small") != 0) & (pl.col("large") != 0))
            ratio = both["large"] / both["small"]
            if both["small"].n_unique() >= _ENOUGH and bool(((ratio - 100).abs() < 0.01 * 100).all()):
                cents.add(large)
    return [c for c in money if c not in cents]


def _of_all_pieces(table: RawTable, price: str, prices: pl.Series | None) -> str | None:
    """The column that is always the price times a whole number beside it (Qty × Unit Price = Line Total); None where
    there is none. A share, a probability or a rate of exchange is no number of pieces: it is not whole.
    """
    if prices is None:
        return None
    digits = [c for c in table.columns if c != price and _has_only_digits(table.frame[c].drop_nulls().head(_LOOKED_AT))]
    few = {c: read for c in digits if (read := _numbers(table, c, _FIRST_ROWS)) is not None}
    if _product_of(prices.head(_FIRST_ROWS), few) is None:  # a quick look, before whole columns are read
        return None
    return _product_of(prices, {c: read for c in few if (read := _numbers(table, c)) is not None})


def _product_of(prices: pl.Series, numbers: Mapping[str, pl.Series]) -> str | None:
    """The column that is the prices times another one."""
    for pieces, n in numbers.items():
        if not n.drop_nulls().len() or not ((n == n.round()) & (n >= 1)).all() or n.max() == 1:
            continue
        for total, of_all in numbers.items():
            if total == pieces:
                continue
            rows = pl.DataFrame({"price": prices, "n": n.fill_null(1), "total": of_all}).drop_nulls()
            more = rows.filter((pl.col("n") > 1) & (pl.col("price") != 0))
            product = rows["price"] * rows["n"]
            fits = (product - rows["total"]).abs() <= 0.005 * product.abs() + 0.01
            is_product = fits.sum() >= _USUALLY * rows.height and rows.height >= _USUALLY * prices.count()
            if more.height >= _ENOUGH and is_product:
                return total
    return None


def is_price(column: str) -> bool:
    """Whether a header says price: of one piece, or of what is not said."""
    bare = undressed(column)
    return _is_of_one(column) or is_named(bare, "price_header") or is_named(split_header(column)[0], "price_header")


@dataclass(frozen=True, slots=True)
class Pieces:
    """A column of prices and the number of pieces beside it (null: no column says it).

    ``is_of_one``: the amount of a row is their product; null where only a person knows. ``discount``: a column of
    discounts that the product does not know.
    """

    price: str
    number: str | None
    discount: str | None
    is_of_one: bool | None


def pieces_of(table: RawTable, roles: Mapping[str, str]) -> Pieces | None:
    """Whether the amount is the price of one piece; None where nothing says so, or where each row has one piece."""
    price = next((c for c, role in roles.items() if role == "amount"), None)
    if price is None:
        return None
    if not is_price(price):
        return None
    of_one = _is_of_one(price)
    number = next((c for c in table.columns if c != price and _counts_pieces(table, c, roles)), None)
    discount = next((c for c in table.columns if has_part(undressed(c), "discount_word") and _is_used(table, c)), None)
    if number is None:
        return Pieces(price, None, discount, None) if of_one else None
    if of_one:
        return Pieces(price, number, discount, True if discount is None else None)
    is_of_one = _same_for_each_piece(table, price, number)
    return Pieces(price, number, discount, None if is_of_one and discount else is_of_one)


def in_all(table: RawTable, mapping: ColumnMapping, answer: str | None = None) -> ColumnMapping:
    """The mapping with the number of pieces of a price. ``answer``: "times", "whole" or "none", as the person said."""
    found = pieces_of(table, mapping.roles) if mapping.shape in ONE_ROW_PER_LEAD else None
    if found is None:
        return mapping
    if answer == "none":
        return replace(mapping, roles={**mapping.roles, found.price: "ignore"})
    if found.number is None or answer == "whole" or (answer is None and found.is_of_one is False):
        return mapping
    return replace(mapping, roles={**mapping.roles, found.number: "quantity"})


def _counts_pieces(table: RawTable, column: str, roles: Mapping[str, str]) -> bool:
    """Whether a column is called a number of pieces and holds some that are not 1."""
    if roles.get(column, "ignore") not in ("ignore", "quantity"):
        return False
    if not is_named(undressed(column), "pieces_word") and not is_named(split_header(column)[0], "pieces_word"):
        return False
    read = _numbers(table, column)
    return read is not None and bool((read.drop_nulls() >= 0).all()) and bool((read != 1).any())


def _is_used(table: RawTable, column: str) -> bool:
    """Whether any number of a column is not 0."""
    read = _numbers(table, column)
    return read is not None and bool((read != 0).any())


def _same_for_each_piece(table: RawTable, price: str, number: str) -> bool | None:
    """Whether the price of a product stays the same when more of it is bought (then it is that of one piece), or grows
    with the number (then it is the whole). None where no product is bought in several numbers.
    """
    prices, numbers = _numbers(table, price), _numbers(table, number)
    votes: dict[bool, int] = {True: 0, False: 0}
    for column in (c for c in table.columns if c not in (price, number) and has_part(c, "product_word")):
        rows = pl.DataFrame({"product": table.frame[column].head(_ROWS), "price": prices, "n": numbers}).drop_nulls()
        each = (pl.col("price") / pl.col("n")).round(4)
        of_product = rows.filter((pl.col("n") > 0) & (pl.col("price") != 0)).group_by("product")
        found = of_product.agg(
            pl.col("n").n_unique(), pl.col("price").n_unique().alias("prices"), each.n_unique().alias("each")
        ).filter(pl.col("n") > 1)
        votes[True] += found.filter(pl.col("prices") == 1).height
        votes[False] += found.filter(pl.col("each") == 1).height
        others = found.filter((pl.col("prices") > 1) & (pl.col("each") > 1)).height
        for is_of_one, n in votes.items():
            if n >= _FEW_PRODUCTS and n >= _USUALLY * (n + votes[not is_of_one] + others):
                return is_of_one
    return None


def _has_only_digits(cells: pl.Series) -> bool:
    """Whether cells may be bare numbers: a quick look, before whole columns are read."""
    return cells.len() > 0 and bool(cells.str.contains(r"^[^\p{L}]*[0-9][^\p{L}]*$").all())


def _adds(planned: pl.Series | None, actual: pl.Series | None) -> bool:
    """Whether an estimate says something in rows in which the actual amount does not."""
    if planned is None or actual is None:
        return False
    return bool(((planned.fill_null(0) != 0) & (actual.fill_null(0) == 0)).any())


# --- columns that may be money -----------------------------------------------------------------------------------


def money_columns(sheet: Sheet, roles: Mapping[str, str], ended: pl.Series) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns of money, best first, and number columns of unknown name that may be money (asked where none is named).

    The actual before the estimate, what only the won have before what others have, too, the company's currency before
    the deal's, a weighted amount last; a price of one piece or the revenue of a company is none. ``ended``: per row of
    ``sheet.rows`` "won", "lost", "open" or null.
    """
    named, doubtful = [], []
    paid = _paid(sheet, roles, ended)
    for column, profile in sheet.profiles.items():
        if column in roles or column in sheet.load or not _may_be_money(profile):
            continue
        guesses = [g for g in sheet.guesses[column] if g.role == "amount" and g.score >= SURE]
        bare = undressed(column)
        # a rate is one of many things; beside a number of pieces it is their price
        is_rate = is_named(bare, "rate_header") and _has_pieces(sheet)
        is_written = _names_money(column) or column in paid or (profile.is_number and _bears_currency(profile))
        says_money = bool(guesses) or is_rate or (is_written and not has_part(bare, "no_money_word"))
        words = {word.role for word in header_words(column)}
        known_none = "ignore" in words and not guesses
        if not says_money:
            continue
        rank = (
            known_none,
            has_part(bare, "weighted_word") and not guesses,
            has_part(bare, "recurring_word"),
            not has_part(column, "home_word"),
            not has_part(bare, "actual_word"),
            has_part(bare, "estimate_word"),
            bool(paid) and column not in paid,
            profile.is_blank,
            not guesses or guesses[0].score < 1.0,
            -(guesses[0].n_systems if guesses else 0),
            -round(profile.filled_share, 1),
            plain(column),
        )
        (doubtful if known_none and "amount" not in words else named).append((rank, column))
    # what some program leaves out ("Expected value") is the money where nothing else is
    doubtful = [hit for hit in doubtful if not hit[0][1] and has_part(undressed(hit[1]), "estimate_word")]
    found = tuple(column for _, column in sorted(named or doubtful))
    if found:
        return found, ()
    unnamed = [
        c
        for c, p in sheet.profiles.items()
        if c not in roles
        and c not in sheet.load
        and p.is_number
        and not p.is_flag
        and p.n_unique > max(3, 0.05 * p.n_filled)
        and not sheet.is_date(c)
        and not whose_id(c)[1]
        and not header_words(c)
        and not has_part(undressed(c), "no_money_word")
        and not counts_up(p)
    ]
    if len(unnamed) == 1 and (_bears_currency(sheet.profiles[unnamed[0]]) or _of_one_result(sheet, unnamed[0], roles)):
        return (unnamed[0],), ()
    return (), tuple(sorted(unnamed, key=plain))


def _paid(sheet: Sheet, roles: Mapping[str, str], ended: pl.Series) -> set[str]:
    """Columns of numbers that the won rows have and no lost or open one, beside one of money that lost rows have, too:
    what was agreed beside what was offered. Where nothing names the won rows, a column that hardly any lost row has.
    """
    lost_at = next((c for c, role in roles.items() if role == "lost_at" and c in sheet.rows.columns), None)
    lost = (ended == "lost").fill_null(False)
    if lost_at is not None:
        lost = lost | sheet.rows[lost_at].is_not_null()
    won, still_open = ((ended == end).fill_null(False) for end in ("won", "open"))
    if not lost.any():
        return set()
    paid, offered = set(), list[pl.Series]()
    for column, profile in sheet.profiles.items():
        if column in roles or not profile.is_number or profile.is_flag or sheet.is_date(column):
            continue
        has = sheet.text(column).is_not_null()
        of_lost, of_open = share(has.filter(lost)), share(has.filter(still_open)) if still_open.any() else 0.0
        if of_lost >= _OFFERED and (_names_money(column) or _bears_currency(profile) or _guessed(sheet, column)):
            offered.append(sheet.numbers(column))
        if max(of_lost, of_open) <= _HARDLY and has.any() and (not won.any() or share(has.filter(won)) >= _USUALLY):
            paid.add(column)
    return {c for c in paid if any(_of_one_size(sheet.numbers(c), other) for other in offered)}


def _guessed(sheet: Sheet, column: str) -> bool:
    return any(g.role == "amount" and g.score >= SURE for g in sheet.guesses[column])


def _of_one_size(a: pl.Series, b: pl.Series) -> bool:
    """Whether two columns are amounts of the same deals: usually neither is more than three times the other."""
    both = pl.DataFrame({"a": a, "b": b}).drop_nulls().filter((pl.col("a") > 0) & (pl.col("b") > 0))
    return both.height >= _ENOUGH and share((both["a"] / both["b"]).is_between(1 / 3, 3)) >= _USUALLY


def _bears_currency(profile: Profile) -> bool:
    """Whether every cell names a currency: what is written as £1,075.00 is money, whatever the column is called."""
    return all(re.search(r"[$€£¥￥₽₹₩₺元]|zł", value) for value in profile.sample)


def _has_pieces(sheet: Sheet) -> bool:
    return any(is_named(undressed(c), "pieces_word") and p.is_number for c, p in sheet.profiles.items())


def _of_one_result(sheet: Sheet, column: str, roles: Mapping[str, str]) -> bool:
    """Whether a number stands beside one result always and beside no other: what the won ones paid."""
    status = next((c for c, role in roles.items() if role == "status"), None)
    if status is None or sheet.profiles[column].filled_share > 0.9:
        return False
    rows = pl.DataFrame({"label": sheet.text(status), "has": sheet.text(column).is_not_null()}).drop_nulls("label")
    shares = rows.group_by("label").agg(pl.col("has").mean())["has"].sort().to_list()
    return len(shares) >= 2 and shares[-1] >= 0.95 and shares[-2] <= 0.05


def _may_be_money(profile: Profile) -> bool:
    """Numbers, also such as only a reader of units understands ("三万五", "350 Tsd"): a digit in most cells."""
    if profile.is_blank:
        return True
    if profile.is_flag:
        return False
    looks = sum(
        any(char.isdigit() or char in "一二三四五六七八九十百千万两壹贰叁" for char in v) for v in profile.sample
    )
    return profile.is_number or (
        looks >= 0.6 * len(profile.sample) and (not profile.is_date or not profile.has_separators)
    )
