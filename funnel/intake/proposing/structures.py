"""What one row of a file is: a lead, a change of a lead, a change of one field, or nothing of a funnel at all.

Ties between columns decide what is possible, words rank what is left, and a few penalties, fixed by reason, say how
well each reading goes with the rows. Close readings are asked about."""

from __future__ import annotations

from dataclasses import dataclass

from funnel.intake.cells.spelling import plain
from funnel.intake.proposing.headers import SURE, Sheet, is_possible
from funnel.intake.proposing.labels import field_role, label_share, only_outcomes, speaks_of_stages, stage_share
from funnel.intake.ties import (
    days_apart,
    has_lines,
    is_end_date,
    is_name,
    is_pasted_again,
    moves,
    names_that_run_forward,
    numbers_rows,
    runs_forward,
    says_role,
    several_ends,
    varies,
    words_beside,
)
from funnel.intake.words import has_part, header_words, is_named, parts, speaks_of, undressed, whose_id
from funnel.schema import Shape

SLIGHT, CLEAR, HEAVY = 1, 3, 8
"""The three weights of a penalty; its reason decides which, nothing is fitted."""
CLOSE = 2
"""Readings whose penalties differ by at most this much are asked about."""
_SPARSE = 3
"""Days between two exports from which on an export's day says little about when something happened."""


@dataclass(frozen=True)
class Structure:
    """One reading of what a row is. ``shape`` is "snapshot" for any rows of leads (whether their columns are dates of
    stages is decided later); ``lead`` is null without an id. ``until``: of versions the end, ``time`` its start.
    ``fields``: (name of the field, new value, old value or null) of a field log. ``penalties``: reason → weight.
    """

    shape: Shape
    lead: str | None
    stage: str | None = None
    time: str | None = None
    until: str | None = None
    fields: tuple[str, str, str | None] | None = None
    penalties: tuple[tuple[str, int], ...] = ()

    @property
    def weight(self) -> int:
        return sum(weight for _, weight in self.penalties)


# --- columns that may be the stage, the time, the id --------------------------------------------------------------


def stage_columns(sheet: Sheet) -> list[str]:
    """Columns that may hold stages, best first: named so, then those most of whose values are known stage labels.

    Words rank before numbers, stages before mere outcomes.
    """
    named = [c for c in sheet.columns_with("stage") if not only_outcomes(sheet.profiles[c])]
    named = words_beside(sheet, named) + ([c for c in named if not has_part(c, "former_word")] or named)
    guessed = [
        c
        for c, profile in sheet.profiles.items()
        if c not in named
        and c not in sheet.load
        and not has_part(c, "former_word")
        and 2 <= profile.n_unique <= 20
        and not profile.is_date
        and not profile.is_number
        and label_share(profile) >= 0.6
        and not only_outcomes(profile)
        and not any(g.score >= SURE and g.role == "lost_reason" for g in sheet.guesses[c])
        and (
            speaks_of_stages(profile)
            or not any(
                g.score >= SURE and g.role != "new_value" and is_possible(g.role, profile) for g in sheet.guesses[c]
            )
        )
    ]

    def rank(column: str) -> tuple:
        profile = sheet.profiles[column]
        return (profile.is_number, label_share(profile) < 0.5, -stage_share(profile), -label_share(profile))

    order = {column: i for i, column in enumerate(named)}
    return sorted(named, key=lambda c: (*rank(c), order[c])) + sorted(guessed, key=lambda c: (*rank(c), plain(c)))


def lead_ids(sheet: Sheet) -> list[str]:
    """Columns that may identify the lead, best first; ids of owners, record types, pipelines and the like never do."""
    found = []
    for column, profile in sheet.profiles.items():
        kind, says_id = whose_id(column)
        if column in sheet.load or profile.is_blank or sheet.is_date(column) or (profile.is_flag and not says_id):
            continue
        words = {word.role: word.n_systems for word in header_words(column)}
        is_noun = kind == "lead" and undressed(column).strip().casefold() in parts("id_of", "lead")
        is_noun = is_noun and not (profile.is_number and has_part(column, "estimate_word"))  # "Quote": what was offered
        if kind == "other" or (not says_id and "lead_id" not in words and not is_noun):
            continue
        if kind is None and not says_id and len(words) > 1:
            continue
        if kind == "customer" and "lead_id" in words and "customer_id" not in words:
            kind = "lead"
        order = ("lead", "bare", None, "customer", "row").index(kind)
        found.append((order, not says_id, -words.get("lead_id", 0), not profile.is_unique, plain(column), column))
    return [column for *_, column in sorted(found)] or [c for c, p in sheet.profiles.items() if p.is_guid]


def _time_columns(sheet: Sheet) -> list[str]:
    """Date columns that may say when a row happened, best first: changed, entered, "date", created; never a plan."""

    def rank(column: str) -> int | None:
        roles = [guess.role for guess in sheet.guesses[column] if guess.score >= SURE]
        if speaks_of(column, "planned_word"):
            return None
        if says_changed(column):  # "effective date": a plan in one program, the time of a change in a list of them
            return 0
        if roles and roles[0] in ("expected_close", "lost_at"):
            return None
        if "changed_at" in roles and "created_at" not in roles:
            return 0
        if "period" in roles or not roles:
            return 1
        if "created_at" in roles or "changed_at" in roles:
            return 2
        return 3 if roles[0] in ("entry",) else 4 if roles[0] == "closed_at" else 5

    ranked = [(rank(column), plain(column), column) for column in sheet.date_columns]
    return [column for place, _, column in sorted(r for r in ranked if r[0] is not None)]


def says_changed(column: str) -> bool:
    """Whether a header speaks of a change: Changed on, 变更时间."""
    return has_part(undressed(column), "changed_word") and not has_part(column, "created_word")


# --- the readings -------------------------------------------------------------------------------------------------


def structures(sheet: Sheet) -> list[Structure]:
    """What a row of the file may be, best first; at least one (rows are leads)."""
    fields = _field_log(sheet)
    if fields is not None:
        return [fields]
    versions = _versions(sheet)
    if versions is not None:
        return [versions]
    if sheet.table.record_column in sheet.profiles:
        return [Structure("snapshot", sheet.table.record_column)]
    ids = lead_ids(sheet)
    loads = _loads(sheet, ids)
    if loads is not None:
        return [loads]
    unique = [c for c in ids if sheet.profiles[c].is_unique]
    kind = {c: whose_id(c)[0] for c in ids}
    # of two repeating ids that may be the deal's the one with more values: a deal belongs to one lead, not the reverse
    repeating = _without_kinds(sheet, [c for c in ids if sheet.profiles[c].repeats])
    repeating.sort(key=lambda c: (kind[c] != "lead", -sheet.profiles[c].n_unique if kind[c] == "lead" else 0))
    stages = stage_columns(sheet) or [*sheet.columns_with("stage"), *sheet.columns_with("status")]
    stages = [c for c in stages if sheet.profiles[c].has_few_values and not sheet.profiles[c].is_flag]
    stages = _stays(sheet, stages) + stages
    times = _time_columns(sheet)
    if repeating and any(kind[c] in ("bare", "row") for c in unique):
        # a change's own row was created when it happened; it may have been touched since
        created = [c for c in times if "created_at" in {g.role for g in sheet.guesses[c] if g.score >= SURE}]
        touched = [c for c in times if has_part(c, "touched_word")]
        if created and times[0] in touched:
            times = [*created, *[c for c in times if c not in created]]
    named_only = [] if ids or not stages or not times else names_that_run_forward(sheet, stages[0], times[0])
    readings = [_as_leads(sheet, ids, unique, repeating or named_only, kind, stages, times)]
    entries = [c for c in sheet.columns_with("entry") if sheet.is_date(c) and sheet.guesses[c][0].role == "entry"]
    named = [c for c in unique if kind[c] == "lead"]
    for lead in repeating or named_only or _unnamed_ids(sheet, ids):
        if not stages or not times or named or len(entries) > 1:
            break
        if unique and kind.get(lead) != "lead":  # the unique id is the lead's
            continue
        if moves(sheet, lead, stages[0], times[0]):
            readings.append(_as_log(sheet, lead, stages[0], times[0], kind.get(lead)))
            break
    else:
        only = _log_of_single_changes(sheet, ids, stages, times)
        readings += [only] if only else []
    return sorted(readings, key=lambda reading: reading.weight)


def _without_kinds(sheet: Sheet, repeating: list[str]) -> list[str]:
    """The repeating ids without those of few values beside one of many: the code of an item, of a campaign."""
    most = max((sheet.profiles[c].n_unique for c in repeating), default=0)
    ids = [c for c in repeating if 4 * sheet.profiles[c].n_unique > most]
    own = [c for c in ids if not has_part(c, "product_word")]
    if any(whose_id(c)[0] in ("lead", "bare") for c in own):
        return own
    return [c for c in ids if sheet.profiles[c].n_unique == most or c in own]


def _stays(sheet: Sheet, stages: list[str]) -> list[str]:
    """The column of the stage a row stays in (From, from date … To, to date): it is filled in every row, and the next
    stage is blank while the lead is still there.
    """
    if not stages or sheet.profiles[stages[0]].filled_share >= 0.95:
        return []
    old = [c for c, p in sheet.profiles.items() if has_part(c, "former_word") and p.has_few_values and not p.is_date]
    return [c for c in old if sheet.profiles[c].filled_share >= 0.98 and label_share(sheet.profiles[c]) >= 0.8][:1]


def _as_leads(
    sheet: Sheet,
    ids: list[str],
    unique: list[str],
    repeating: list[str],
    kind: dict[str, str | None],
    stages: list[str],
    times: list[str],
) -> Structure:
    """Rows as leads: by the unique id that is named best, by a repeating id of deals, or each row by itself."""
    full = [c for c in unique if sheet.profiles[c].filled_share >= 0.9]
    usable = [c for c in full if kind[c] != "customer"] or full
    deals = [c for c in repeating if kind.get(c) == "lead"]
    row_ids = [c for c in usable if kind[c] == "row"]
    bare = [
        c for c in repeating if kind.get(c, "name") in ("bare", None)
    ]  # "Quote No": of which nobody knows whose it is
    deals = deals or [
        c for c in bare if has_lines(sheet, c, stages) or (kind[c] == "bare" and is_pasted_again(sheet, c))
    ]
    lead = next((c for c in usable if c not in row_ids), None) or (deals[0] if deals else next(iter(row_ids), None))
    if lead is None:
        # nearly one a row (a few doubled exports)
        nearly = [c for c in ids if kind[c] in ("lead", "bare", None) and not sheet.profiles[c].repeats]
        lead = next((c for c in nearly if sheet.profiles[c].filled_share >= 0.9 or whose_id(c)[1]), None)
    penalties: list[tuple[str, int]] = []
    for other in repeating:
        if not stages or not times or not moves(sheet, other, stages[0], times[0]):
            continue
        if lead is None or other == lead:
            if says_changed(times[0]):
                penalties.append(("time_of_a_change", HEAVY))
            if other == lead:
                penalties.append(("states_within_id", HEAVY))
            elif runs_forward(sheet, other, stages[0], times[0]):
                penalties.append(("runs_forward", CLEAR))
            if len(sheet.date_columns) == 1:
                penalties.append(("one_date", CLEAR))
        elif kind.get(other) == "lead" and kind[lead] in ("bare", "row"):
            penalties.append(("id_of_the_row", CLEAR if is_name(sheet, other) else HEAVY))
        break
    again = lead is not None and lead in repeating and is_pasted_again(sheet, lead)
    written = [c for c in sheet.load if again and sheet.profiles[c].is_date and varies(sheet, lead or "", c)]
    return Structure("snapshot", lead, time=next(iter(written), None), penalties=tuple(dict(penalties).items()))


def _as_log(sheet: Sheet, lead: str, stage: str, time: str, kind: str | None) -> Structure:
    """Rows as changes of ``lead``, with what speaks against it."""
    penalties: list[tuple[str, int]] = []
    if kind == "customer":
        penalties.append(("id_of_a_customer", CLEAR))
    elif kind is None:
        penalties.append(("id_without_a_name", SLIGHT))
    if not says_changed(time):
        penalties.append(("time_without_a_name", SLIGHT))
    if kind != "lead" and any(p.is_code for c, p in sheet.profiles.items() if c not in (lead, *sheet.load)):
        penalties.append(("rows_have_codes", CLEAR))
    if not says_changed(time) and is_name(sheet, lead) and any(numbers_rows(sheet, c) for c in sheet.profiles):
        penalties.append(("a_name_beside_an_id", CLEAR))  # several deals may be called the same
    names = [c for c in sheet.columns_with("lead_name") if not sheet.profiles[c].is_blank]
    if names and varies(sheet, lead, names[0]):
        penalties.append(("names_within_id", HEAVY))
    others = [c for c in sheet.date_columns if c != time and not speaks_of(c, "planned_word")]
    roles = {c: {g.role for g in sheet.guesses[c]} for c in others}
    if any("created_at" in found and varies(sheet, lead, c) for c, found in roles.items()):
        penalties.append(("creations_within_id", HEAVY))
    if {"closed_at", "expected_close"} & set().union(*roles.values()) and kind != "lead":
        penalties.append(("closing_dates", CLEAR))
    ends = [c for c in others if is_end_date(sheet, c)]
    if ends:
        penalties.append(("dates_of_the_end", HEAVY))
    amounts = [c for c in sheet.columns_with("amount") if varies(sheet, lead, c)]
    if amounts and kind != "lead":
        penalties.append(("amounts_within_id", SLIGHT))
    if several_ends(sheet, lead, stage):
        penalties.append(("several_ends", CLEAR))
    if not varies(sheet, lead, time):
        penalties.append(("all_at_one_instant", HEAVY))
    return Structure("stage_log", lead, stage, time, penalties=tuple(penalties))


def _unnamed_ids(sheet: Sheet, ids: list[str]) -> list[str]:
    """Repeating columns that look like ids where no header names one: many different values, each a code."""
    if any(sheet.profiles[c].is_unique for c in ids):
        return []
    found = [
        c
        for c, p in sheet.profiles.items()
        if c not in sheet.load
        and p.repeats
        and p.n_unique > max(2, 0.1 * p.n_filled)
        and p.filled_share > 0.95
        and not sheet.is_date(c)
        and not any(g.score >= SURE for g in sheet.guesses[c])
        and all(any(char.isdigit() for char in value) for value in p.sample)
    ]
    return sorted(found, key=lambda c: -sheet.profiles[c].n_unique)


def _log_of_single_changes(sheet: Sheet, ids: list[str], stages: list[str], times: list[str]) -> Structure | None:
    """A log in which no lead happens to have two rows: only its headers say so."""
    changed = [c for c in times if says_changed(c) and "changed_at" in {g.role for g in sheet.guesses[c]}]
    changed = [c for c in changed if sheet.guesses[c][0].role == "changed_at"]
    dated = sheet.columns_with("created_at") or sheet.columns_with("closed_at")
    dated += [c for c in sheet.date_columns if c not in changed and not speaks_of(c, "planned_word")]
    named = [c for c in ids if whose_id(c)[0] in ("lead", "bare")]
    if changed and named and stages and not [c for c in dated if c not in changed]:
        return Structure("stage_log", named[0], stages[0], changed[0], penalties=(("no_second_change", -SLIGHT),))
    return None


def _field_log(sheet: Sheet) -> Structure | None:
    """A log of changes of any field: a column of field names beside one whose values change their kind with them."""
    fields = [c for c in sheet.columns_with("changed_field") if sheet.profiles[c].has_few_values]
    fields += [
        c
        for c, p in sheet.profiles.items()
        if c not in fields and p.has_few_values and not p.is_number and "stage" in {field_role(v) for v in p.sample}
    ]
    values = [c for c in sheet.columns_with("new_value") if not sheet.profiles[c].is_blank]
    values += [
        c for c in sheet.profiles if plain(undressed(c)) in ("value", "newvalue", "new", "tovalue", "值", "新值")
    ]
    ids = [c for c in lead_ids(sheet) if whose_id(c)[0] in ("lead", None, "bare")]
    repeating = [c for c in ids if sheet.profiles[c].repeats]
    # an audit names the record of any table: its own id is the change's, and the record's repeats
    records = [c for c in sheet.profiles if is_named(c, "changed_record") and not sheet.profiles[c].is_blank]
    ids = repeating or [c for c in records if sheet.profiles[c].repeats] or ids
    times = _time_columns(sheet)
    for name in fields:
        value = next((c for c in values if c != name), None)
        if value is None or not ids or not times or sheet.profiles[name].n_unique == sheet.profiles[name].n_filled > 20:
            continue
        old = next(
            (
                c
                for c in sheet.profiles
                if c not in (name, value) and plain(undressed(c)) in {plain(word) for word in parts("old_value")}
            ),
            None,
        )
        return Structure("stage_log", ids[0], time=times[0], fields=(name, value, old))
    return None


def _versions(sheet: Sheet) -> Structure | None:
    """Rows as versions of a lead: within an id each end is the next start. On its first day such a table has one row
    per lead, and no end yet: then only the columns of a tool that keeps versions tell.
    """
    starts = [c for c in sheet.profiles if is_named(c, "version_start") and sheet.profiles[c].is_date]
    ends = [c for c in sheet.profiles if is_named(c, "version_end")]
    stages = stage_columns(sheet)
    ids = [c for c in lead_ids(sheet) if whose_id(c)[0] != "customer"]
    repeating = [c for c in ids if sheet.profiles[c].repeats]
    is_kept_by_tool = bool(starts) and starts[0] in sheet.load
    if not repeating and is_kept_by_tool:
        ids = [c for c in ids if sheet.profiles[c].is_unique and sheet.profiles[c].filled_share == 1]
    else:
        ids = repeating
    if not (starts and ends and stages and ids):
        return None
    days = [c for c in sheet.date_columns if is_named(c, "snapshot_day")]
    if days:  # a row per day and lead
        return Structure("stage_log", ids[0], stages[0], days[0])
    return Structure("snapshot", ids[0], time=starts[0], until=ends[0])


def _loads(sheet: Sheet, ids: list[str]) -> Structure | None:
    """Rows as exports of several days put under one another: each id at most once a load, the newest load rules."""
    times = [c for c in sheet.load if sheet.profiles[c].is_date and sheet.profiles[c].n_unique > 1]
    dated = {g.role for c in sheet.date_columns for g in sheet.guesses[c] if g.score >= SURE}
    if {"created_at", "closed_at"} <= dated:  # a plain list of deals, and a date that is few days
        few = [c for c in sheet.date_columns if 1 < sheet.profiles[c].n_unique <= 0.1 * sheet.profiles[c].n_filled]
        times += [c for c in few if sheet.profiles[c].filled_share == 1 and not says_role(sheet, c)]
    if sheet.columns_with("closed_at"):  # the closing dates say more than the days between two exports
        times += [c for c in sheet.date_columns if is_named(c, "snapshot_day") and days_apart(sheet, c) >= _SPARSE]
    for lead in ids:
        if not sheet.profiles[lead].repeats or whose_id(lead)[0] == "customer":
            continue
        for time in times:
            rows = sheet.rows.select(lead, time).drop_nulls()
            in_bulk = sheet.profiles[time].n_unique <= 0.5 * rows.height
            if in_bulk and rows.n_unique() == rows.height and rows[lead].n_unique() < rows.height:
                return Structure("snapshot", lead, time=time)
    return None
