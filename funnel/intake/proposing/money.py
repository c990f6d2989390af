"""Which of several money columns is the amount of a deal: actual before estimate, the company's currency before the
deal's, money before cents, all pieces before one.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from funnel.intake.cells.numbers import infer_numbers, parse_numbers
from funnel.intake.cells.spelling import plain
from funnel.intake.cells.units import WHOLE_CURRENCIES, Unit, split_header
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.headers import SURE, Profile, Sheet, counts_up
from funnel.intake.words import has_part, header_words, undressed, whose_id

_ROWS = 5_000
_ENOUGH = 3
"""Rows that must show a constant ratio before it is believed."""
_USUALLY = 0.8
"""Share of the rows that must be a price times its pieces: some lines carry a discount."""
_LOOKED_AT = 20


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
    if not money:
        exact = [c for c in columns if settled.get(c) == "ignore" and _is_exact(c) and table.frame[c].count()]
        if now is None and len(exact) == 1:
            settled[exact[0]] = "amount"
        return settled
    money = _without_cents(money, values)
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
    return has_part(undressed(column), "money_word") or bool(currency)


def _numbers(table: RawTable, column: str) -> pl.Series | None:
    """The first rows of a column as numbers; None where most filled cells are none."""
    cells = table.frame[column].head(_ROWS)
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
    numbers = {c: read for c in digits if (read := _numbers(table, c)) is not None}
    for pieces, n in numbers.items():
        if not n.drop_nulls().len() or not ((n == n.round()) & (n >= 1)).all() or n.max() == 1:
            continue
        for total, of_all in numbers.items():
            if total == pieces:
                continue
            rows = pl.DataFrame({"price": prices, "n": n, "total": of_all}).drop_nulls()
            more = rows.filter((pl.col("n") > 1) & (pl.col("price") != 0))
            product = rows["price"] * rows["n"]
            fits = (product - rows["total"]).abs() <= 0.005 * product.abs() + 0.01
            is_product = fits.sum() >= _USUALLY * rows.height and rows.height >= _USUALLY * prices.count()
            if more.height >= _ENOUGH and is_product:
                return total
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


def money_columns(sheet: Sheet, roles: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns of money, best first, and number columns of unknown name that may be money (asked where none is named).

    The actual before the estimate, the company's currency before the deal's, a weighted amount last; a price of one
    piece or the revenue of a company is none.
    """
    named, doubtful = [], []
    for column, profile in sheet.profiles.items():
        if column in roles or column in sheet.load or not _may_be_money(profile):
            continue
        guesses = [g for g in sheet.guesses[column] if g.role == "amount" and g.score >= SURE]
        bare = undressed(column)
        is_named = bool(guesses) or (_names_money(column) and not has_part(bare, "no_money_word"))
        words = {word.role for word in header_words(column)}
        known_none = "ignore" in words and not guesses
        if not is_named:
            continue
        rank = (
            known_none,
            has_part(bare, "weighted_word") and not guesses,
            has_part(bare, "recurring_word"),
            not has_part(column, "home_word"),
            not has_part(bare, "actual_word"),
            has_part(bare, "estimate_word"),
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
    if len(unnamed) == 1 and _of_one_result(sheet, unnamed[0], roles):
        return (unnamed[0],), ()
    return (), tuple(sorted(unnamed, key=plain))


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
