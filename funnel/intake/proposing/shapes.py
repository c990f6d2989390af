"""Tables of totals: labels of stages with numbers, long, wide or by period, and the role of each of their columns."""

from __future__ import annotations

from typing import Literal

import polars as pl

from funnel.filters import DIMENSIONS, SPENT_BY
from funnel.intake.cells.periods import is_bare_period, reads_as_period
from funnel.intake.cells.spelling import plain
from funnel.intake.cells.units import split_header
from funnel.intake.mapping import ALLOWED, MANY
from funnel.intake.proposing.headers import SURE, Profile, Sheet, is_possible, stage_names
from funnel.intake.proposing.labels import label_share
from funnel.intake.proposing.money import is_price
from funnel.intake.proposing.structures import lead_ids, stage_columns
from funnel.intake.ties import counts_up
from funnel.intake.words import concept_of, concepts_of, has_part, is_named, known_labels, parts, undressed, whose_id

NoDeals = Literal[
    "pairs", "raw_json", "lookup", "activities", "spend", "people", "accounts", "line_items", "products", "tickets",
    "users", "campaigns", "payments",
]  # fmt: skip
_OF_A_DEAL = ("won", "lost", "opportunity", "evaluation", "proposal", "negotiation")
"""Concepts of labels that only deals have, once the words that any task has (Open, Done, Closed) are set aside."""


def is_totals(sheet: Sheet) -> bool:
    """Whether the rows are totals: stages with numbers, and neither an id nor a date of a lead."""
    ids = [c for c in sheet.columns_with("lead_id") if not sheet.profiles[c].repeats]
    ids = [c for c in ids if whose_id(c)[1] or not _counts_stage(sheet, c)]
    created = [
        c for c in sheet.columns_with("created_at") if sheet.profiles[c].is_stamp or not sheet.profiles[c].is_number
    ]
    dated = created + entry_columns(sheet)
    stages = [c for c in stage_columns(sheet) if sheet.profiles[c].repeats]
    ids += [c for c, p in sheet.profiles.items() if stages and p.is_code and not _holds_periods(sheet, c)]
    by_period = bool(stage_columns(sheet)) and len(number_periods(sheet)) >= 2
    is_counted = bool(measures(sheet) or wide_stages(sheet) or by_period)
    return not ids and not dated and is_counted and _goods(sheet, list(sheet.profiles)) is None


def entry_columns(sheet: Sheet) -> list[str]:
    """Columns that are best read as the entry into a stage."""
    return [
        column
        for column in sheet.columns_with("entry")
        if sheet.guesses[column][0].role == "entry"
        and (sheet.profiles[column].is_date or sheet.profiles[column].is_blank)
    ]


def measures(sheet: Sheet) -> list[str]:
    """Number columns whose header says that they count something."""
    return [c for c in sheet.columns_with("count") if sheet.profiles[c].is_number]


def wide_stages(sheet: Sheet) -> list[str]:
    """Number columns whose headers are stages: one column per stage in a counts file. Fewer than two are none."""
    names = stage_names(sheet.definition)
    by_period = any(_names_period(sheet, c) for c in sheet.profiles)
    found = [
        column
        for column in sheet.table.columns
        if _counts_stage(sheet, column)
        and (
            plain(column) in names
            or any(c not in ("open", "on_hold") for c, _ in concepts_of(column))
            or (by_period and has_part(column, "pieces_of_stage_word"))
        )
        and not any(g.role in ("period", "pipeline", *DIMENSIONS) for g in sheet.guesses[column] if g.score == 1)
    ]
    return found if len(found) >= 2 else []


def _names_period(sheet: Sheet, column: str) -> bool:
    """Whether a column is called a period and holds some: 周次 over 第1周, several rows each."""
    return (
        any(g.role == "period" and g.score == 1 for g in sheet.guesses[column]) and not sheet.profiles[column].is_unique
    )


def _counts_stage(sheet: Sheet, column: str) -> bool:
    """Whether a column holds numbers and its header names a stage and no id: 线索 over 100, 120, 110. The money of
    the won and the share of the leads that were won are no pieces.
    """
    profile = sheet.profiles.get(column)
    if profile is None or not profile.is_number or profile.is_flag or whose_id(column)[1]:
        return False
    is_label = plain(column) in known_labels()
    if _is_share(profile) or (_is_money(sheet, column) and not is_label):
        return False
    if any(g.role == "lead_id" and g.score == 1 for g in sheet.guesses[column]):
        by_period = any(_holds_periods(sheet, c) for c in sheet.profiles if c != column)
        return by_period and bool(concepts_of(column)) and not counts_up(profile)
    return True


def _is_share(profile: Profile) -> bool:
    """Whether the cells are percentages, or the header says rate."""
    return has_part(profile.column, "share_word") or all(v.rstrip()[-1:] in "%％" for v in profile.sample)


def _is_money(sheet: Sheet, column: str) -> bool:
    """Whether a header says amount, or names a currency."""
    says = any(g.role == "amount" and g.score >= SURE for g in sheet.guesses[column])
    return says or split_header(column)[1].currency is not None


def _holds_periods(sheet: Sheet, column: str) -> bool:
    """Whether each row is a period of its own: months, weeks, quarters, none of them twice."""
    profile = sheet.profiles[column]
    names = any(g.role == "period" and g.score == 1 for g in sheet.guesses[column])
    return profile.is_unique and (names or (bool(profile.sample) and all(map(reads_as_period, profile.sample))))


def number_periods(sheet: Sheet) -> list[str]:
    """Number columns whose headers name a month, a week, a quarter or a year: a table of stage × period."""
    return [
        c for c, profile in sheet.profiles.items() if (profile.is_number or profile.is_blank) and reads_as_period(c)
    ]


def totals_roles(sheet: Sheet) -> tuple[dict[str, str], dict[str, float]]:
    """Role and score (0–1, below ``SURE``: guessed) of every column of a table of totals; the rest is ``ignore``."""
    fixed = _counted(sheet)
    roles, scores = dict(fixed), dict.fromkeys(fixed, 1.0)
    taken = set(fixed.values()) - set(MANY)
    allowed = ALLOWED["counts"]
    ranked = []
    for column, guesses in sheet.guesses.items():
        profile = sheet.profiles[column]
        found = [(_in_totals(g.role), g) for g in guesses]
        possible = [(role, g) for role, g in found if role in allowed and is_possible(role, profile)]
        possible = [(role, g) for role, g in possible if role != "count" or not _is_share(profile)]
        for role, guess in possible:
            score = guess.score if role == guess.role else 0.7 * guess.score
            tie = (len(possible) > 1, allowed.index(role), -guess.n_systems, -round(profile.filled_share, 3))
            if score >= 0.5:
                ranked.append((-score, tie, plain(column), role, column))
    for score, _, _, role, column in sorted(ranked):
        if column not in roles and (role not in taken or role in MANY):
            roles[column], scores[column] = role, -score
            taken |= {role} - set(MANY)
    columns = sheet.table.columns
    if "period" not in taken:  # whatever its header says: 2024-W01, 2024-W02
        free = [c for c, p in sheet.profiles.items() if c not in roles and p.sample and not p.is_number]
        named = [c for c in free if all(map(reads_as_period, sheet.profiles[c].sample))]
        roles |= dict.fromkeys(named[:1], "period")
    _dated_period(sheet, roles)
    return {c: roles.get(c, "ignore") for c in columns}, {c: scores.get(c, 0.0) for c in columns}


def _dated_period(sheet: Sheet, roles: dict[str, str]) -> None:
    """Where the periods have no year (第1周), the dates that stand one to one beside them are the period."""
    bare = next((c for c, role in roles.items() if role == "period"), None)
    if bare is None or not sheet.profiles[bare].sample or not all(map(is_bare_period, sheet.profiles[bare].sample)):
        return
    for column in sheet.date_columns:
        pairs = pl.DataFrame({"period": sheet.text(bare), "day": sheet.dates(column)}).drop_nulls()
        kinds = pairs.unique()
        one_to_one = kinds.height == kinds["day"].n_unique() == sheet.profiles[bare].n_unique
        if roles.get(column, "ignore") == "ignore" and one_to_one and pairs.height == sheet.profiles[bare].n_filled:
            roles |= {bare: "ignore", column: "period"}
            return


def _in_totals(role: str) -> str:
    """A date of lead rows is a period here."""
    return "period" if role in ("created_at", "changed_at", "closed_at") else role


def _counted(sheet: Sheet) -> dict[str, str]:
    """The stage column and what is counted."""
    named = sorted(sheet.columns_with("stage"), key=lambda c: (sheet.profiles[c].is_number, plain(c)))
    stage = next(iter([*named, *stage_columns(sheet)]), None)
    if stage is None:
        return dict.fromkeys(wide_stages(sheet), "count")
    found = {stage: "stage"}
    periods = number_periods(sheet)
    if len(periods) >= 2:
        return found | dict.fromkeys(periods, "count")
    named = measures(sheet)
    if named:
        found[named[0]] = "count"
        return found | {c: "ignore" for c in sheet.profiles if c not in found and "count" in _names(sheet, c)}
    numbers = sorted(
        c for c in sheet.profiles if c not in found and sheet.profiles[c].is_number and not sheet.guesses[c]
    )
    return found | ({numbers[0]: "count"} if len(numbers) == 1 else {})


def _names(sheet: Sheet, column: str) -> set[str]:
    return {guess.role for guess in sheet.guesses[column]}


# --- tables that are no deals -------------------------------------------------------------------------------------


def no_deals(sheet: Sheet) -> NoDeals | None:
    """What a table is that holds no deals: pairs of ids, raw JSON, stages, activities, spend, products, people."""
    own = [c for c in sheet.profiles if c not in sheet.load and not sheet.profiles[c].is_blank]
    dated = [c for c in sheet.date_columns if not has_part(c, "touched_word")]
    stages = stage_columns(sheet)
    amounts = sheet.columns_with("amount")
    texts = [
        c for c in own if sheet.profiles[c].sample and all(v.lstrip()[:1] in "{[" for v in sheet.profiles[c].sample)
    ]
    if texts and len(own) <= len(texts) + 1 and not stages and not amounts:
        return "raw_json"
    names = [c for c in own if sheet.profiles[c].n_unique == sheet.profiles[c].n == sheet.profiles[c].n_filled]
    may_be_list = len(names) > 1 and sheet.table.frame.height <= 40 and not amounts
    if may_be_list and any(not sheet.profiles[c].is_number and label_share(sheet.profiles[c]) >= 0.5 for c in names):
        numbered = [c for c in own if is_named(c, "order_column") or is_named(c, "probability_column")]
        created = [c for c in sheet.columns_with("created_at") if sheet.profiles[c].n_unique > 1]
        if numbered and not created:
            return "lookup"
    ranked, chance = ([c for c in own if is_named(c, use)] for use in ("order_column", "probability_column"))
    if ranked and chance and not amounts and ("lead", True) not in {whose_id(c) for c in own}:
        return "lookup"  # the stages of several pipelines: their names and places repeat
    ids = [c for c in own if whose_id(c)[1]]
    if len(ids) >= 2 and not stages and not dated and not amounts and not sheet.columns_with("status"):
        nouns = {whose_id(c)[0] for c in ids}
        if "lead" in nouns and len(own) <= len(ids) + 2:
            return "pairs"
    if (work := _of_work(sheet, own, stages, amounts)) is not None:
        return work
    spent = [c for c in own if has_part(c, "spend_word") and sheet.profiles[c].is_number]
    seen = [c for c in own if has_part(c, "clicks_word") and sheet.profiles[c].is_number]
    if spent and (seen or _says_when_and_where(sheet, own, spent)) and not stages and not lead_ids(sheet):
        return "spend"
    paid = [c for c in own if has_part(c, "payment_word")]
    if len(paid) >= 2 and not stages and not sheet.columns_with("status") and not _speaks_of_deals(sheet, own):
        return "payments"
    told = sum(has_part(c, "campaign_header") and sheet.profiles[c].is_number for c in own)
    names_one = any(has_part(c, "campaign_noun") and sheet.profiles[c].is_unique for c in own)
    if told >= 2 - names_one and not _speaks_of_deals(sheet, own):
        return "campaigns"
    return _goods(sheet, own) or _who(sheet, own)


def _speaks_of_deals(sheet: Sheet, own: list[str]) -> bool:
    """Whether a table has an id of deals, one a row, or labels that only deals have: Won, Proposal sent."""
    if any(whose_id(c) == ("lead", True) and sheet.profiles[c].is_unique and not _is_of_work(c) for c in own):
        return True
    return any(
        concept_of(value) in _OF_A_DEAL
        for c in own
        if sheet.profiles[c].has_few_values and not sheet.profiles[c].is_number and not sheet.profiles[c].is_date
        for value in sheet.profiles[c].sample
        if not is_named(value, "task_state") and not is_named(value, "activity_label")
    )


def _is_of_work(column: str) -> bool:
    """Whether an id is that of a task or ticket, or of any record, whatever it holds."""
    return any(has_part(column, use) for use in ("activity_noun", "ticket_noun", "any_row_word"))


def _of_work(sheet: Sheet, own: list[str], stages: list[str], amounts: list[str]) -> NoDeals | None:
    """Calls and tasks, tickets, users: what has a state (Open, Done, Active) and may be of a deal, but is none."""
    source = set(sheet.columns_with("source"))
    kinds = [c for c in own if sheet.profiles[c].has_few_values and _activity_share(sheet.profiles[c]) >= 0.6]
    doing = [c for c in kinds if c not in source]
    states = {c for c in (*stages, *sheet.columns_with("status")) if c not in doing}
    if kinds and not states and not stages and not amounts:
        return "activities"
    has_other_state = any(not is_named(v, "task_state") for c in states for v in sheet.profiles[c].sample)
    if amounts or has_other_state or _speaks_of_deals(sheet, own):
        return None
    ids = [c for c in own if sheet.profiles[c].is_unique and (whose_id(c)[1] or has_part(c, "id_word"))]
    if any(has_part(c, "ticket_noun") for c in ids):
        return "tickets"
    says = any(has_part(c, "activity_header") for c in own)
    if any(has_part(c, "activity_noun") for c in ids) or (doing and says):
        return "activities"
    signs = [c for c in own if has_part(c, "user_sign") or _says(c, "person_word")]
    if len(signs) >= 2 and any(has_part(c, "user_noun") for c in ids):
        return "users"
    return None


def _goods(sheet: Sheet, own: list[str]) -> NoDeals | None:
    """Lines of orders and price lists: products with prices, where nobody buys them and nothing has a stage."""
    of_a_deal = ("status", "closed_at", "expected_close", "lost_at", "lost_reason", "owner", "customer_id", *SPENT_BY)
    if stage_columns(sheet) or any(c in own for role in of_a_deal for c in _sold_by(sheet, role)):
        return None
    if _speaks_of_deals(sheet, own):
        return None
    products = [c for c in own if has_part(c, "product_word")]
    prices = [c for c in own if sheet.profiles[c].is_number and is_price(c)]
    if not products or not prices:
        return None
    pieces = [c for c in own if sheet.profiles[c].is_number and is_named(undressed(c), "pieces_word")]
    numbered = any(is_named(undressed(c), "line_number") for c in own)
    of_another = any(whose_id(c)[0] in ("lead", "row") and sheet.profiles[c].repeats for c in own)
    if pieces and (numbered or of_another):
        return "line_items"
    one_each = any(sheet.profiles[c].is_unique and not sheet.profiles[c].is_number for c in products)
    return "products" if not pieces and (one_each or _own_id(sheet, products)) else None


def _sold_by(sheet: Sheet, role: str) -> list[str]:
    """Columns of a role that say more than that a thing is active."""
    found = sheet.columns_with(role)
    return [c for c in found if not all(is_named(v, "task_state") for v in sheet.profiles[c].sample)]


def _own_id(sheet: Sheet, columns: list[str]) -> bool:
    return any(whose_id(c)[1] and sheet.profiles[c].is_unique for c in columns)


def tells_of_deals(sheet: Sheet) -> bool:
    """Whether anything in a table says that its rows are deals, changes of them or totals: an id of theirs, a stage, a
    result, an amount, a closing date, a count per period.
    """
    if is_totals(sheet) or any(whose_id(c) == ("lead", True) for c in sheet.profiles if c not in sheet.load):
        return True
    said = ("stage", "status", "entry", "amount", "closed_at", "expected_close", "changed_field")
    return bool(stage_columns(sheet)) or any(sheet.columns_with(role) for role in said)


def _says_when_and_where(sheet: Sheet, own: list[str], spent: list[str]) -> bool:
    """Whether the columns beside the money spent are a month or day, and at most sources and regions."""
    roles = {c: {g.role for g in sheet.guesses[c] if g.score >= SURE} for c in own if c not in spent}
    when = [c for c, found in roles.items() if sheet.is_date(c) or "period" in found]
    return bool(when) and all(roles[c] & {*SPENT_BY} for c in roles if c not in when)


def _who(sheet: Sheet, own: list[str]) -> NoDeals | None:
    """People or companies, where nothing in the table says that a row is a deal or where it came from."""
    of_a_deal = ("stage", "status", "amount", "closed_at", "expected_close", "lost_at", "source", "lost_reason")
    if stage_columns(sheet) or entry_columns(sheet) or any(sheet.columns_with(role) for role in of_a_deal):
        return None
    ids = {whose_id(c)[0] for c in own if whose_id(c)[1]}
    if "lead" in ids:
        return None
    if len([c for c in own if _says(c, "account_word")]) >= 2:
        return "accounts"
    people = [c for c in own if _says(c, "person_word")]
    if people and "bare" in ids and any(_says(c, "user_word") for c in own):
        return "people"
    if len(people) < 2:
        return None
    return "people" if sheet.load or ids & {"other", "customer"} or _is_address_book(sheet, own, people) else None


def _is_address_book(sheet: Sheet, own: list[str], people: list[str]) -> bool:
    """Whether the columns say who somebody is and since when, and nothing of what they asked for; the file, too, is not
    called leads.
    """
    names = ("lead_name", "customer_id", "created_at", "owner")
    who = {c for role in names for c in sheet.columns_with(role)} | {*people, *sheet.date_columns}
    who |= {c for c in own if whose_id(c)[1] or _says(c, "account_word")}
    return set(own) <= who and not has_part(f"{sheet.table.name} {sheet.table.sheet or ''}", "deal_noun")


def _says(column: str, use: str) -> bool:
    return plain(undressed(column)) in {plain(word) for word in parts(use)}


def _activity_share(profile: Profile) -> float:
    return sum(has_part(value, "activity_label") for value in profile.sample) / max(1, len(profile.sample))
