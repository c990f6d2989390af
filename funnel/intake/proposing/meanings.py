"""What each label of a file says, in words of a funnel and not yet in stages of one: won, lost, open, or a stage.

Words come first. Of a label that no list knows the rows may tell more: a reason of loss beside it, a closing date where
open rows have none, a probability of 0 or 100. Values only say *closed*, never which closed label is the win: that is
asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from funnel.definition.definition import EXITS, IGNORE, FunnelDefinition, Scope
from funnel.intake.batches.ticks import is_ticked, tick_order
from funnel.intake.cells.periods import columns_by_period
from funnel.intake.cells.spelling import plain
from funnel.intake.flags import flag_kind, flag_outcomes
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.proposing.headers import Sheet
from funnel.intake.proposing.labels import by_spelling, won_and_lost_letters, yes_or_no
from funnel.intake.proposing.roles import how_rows_ended
from funnel.intake.values import MAX_LABELS_OF_A_COLUMN, labels_of, share, text_of
from funnel.intake.words import STAGE_CONCEPTS, concept_of, has_part, parts, undressed, without_date_words
from funnel.schema import ONE_ROW_PER_LEAD

MEANINGS = ("won", "lost", "open", "stage")
"""What a person may answer about a label."""
_SIGN = 0.75
_NEARLY_ALL, _FEW = 0.8, 2  # more unknown stages are the words of a trade, not a slip of our lists


@dataclass(frozen=True)
class Meanings:
    """``said``: what the rows say of labels that no list knows, (scope, label) → concept. ``closed``: labels of unknown
    meaning whose rows look closed. ``needs_win``: nothing says which label is the win, and one may be.
    ``candidates``: labels that may be the win, likeliest first.
    """

    said: Mapping[tuple[Scope, str], str] = field(default_factory=dict)
    closed: tuple[tuple[Scope, str], ...] = ()
    needs_win: bool = False
    candidates: tuple[tuple[Scope, str], ...] = ()


def label_values(table: RawTable, mapping: ColumnMapping) -> dict[Scope, list[str]]:
    """The distinct labels of a table per scope "stage" and "status" (milestone headers are in the roles)."""
    found: dict[Scope, list[str]] = {"stage": [], "status": []}
    if mapping.is_field_log:
        field_column, value_column = mapping.column("changed_field"), mapping.column("new_value")
        assert field_column is not None and value_column is not None
        fields = text_of(table, field_column)
        columns = [value_column, *([old] if (old := mapping.column("old_value")) else [])]
        for value, role in mapping.field_roles.items():
            if role in ("stage", "status"):
                scope: Scope = "stage" if role == "stage" else "status"
                for column in columns:
                    found[scope] += labels_of(table, column, fields == value)
        return {scope: sorted(set(labels)) for scope, labels in found.items()}
    for scope in found:
        column = mapping.column(scope)
        if column is not None:
            found[scope] = labels_of(table, column)[:MAX_LABELS_OF_A_COLUMN]
    if not found["stage"] and mapping.shape in ONE_ROW_PER_LEAD:
        found["stage"] = tick_order(table, mapping)
    if mapping.column("closed_flag") is not None:
        found["status"] = sorted(flag_outcomes(table, mapping))
    if mapping.shape == "counts" and not found["stage"]:
        columns = mapping.columns("count")
        parts_of_columns = columns_by_period(columns)
        found["stage"] = list(dict.fromkeys(rest for _, rest in parts_of_columns.values())) or columns
    return found


def meaning_of(scope: Scope, label: str, mapping: ColumnMapping, said: Mapping[tuple[Scope, str], str]) -> str | None:
    """The concept of a label: what was said of it, else its words (or the words of its name)."""
    if (scope, label) in said:
        return said[scope, label]
    return concept_of(mapping.label_names.get(label, label), scope)


def meanings_of(
    sheet: Sheet, mapping: ColumnMapping, answered: Mapping[tuple[Scope, str], str], no_win: bool = False
) -> Meanings:
    """What the labels of lead rows or a log mean; ``answered``: what a person said of some (scope, label).

    ``no_win``: the person said that no label of the file is the win.
    """
    values = label_values(sheet.table, mapping)
    said: dict[tuple[Scope, str], str] = dict(answered)
    flags = flag_outcomes(sheet.table, mapping)
    known: dict[tuple[Scope, str], str | None] = {}
    said |= {key: end for key, end in won_and_lost_letters(values["status"]).items() if key not in said}
    for scope, labels in values.items():
        for label in labels:
            if _is_left_out(mapping, scope, label):
                continue
            meant = flags.get(label) if scope == "status" and label in flags else None
            if scope == "status" and label not in flags and (scope, label) not in said:
                said |= yes_or_no(label)
            meant = meant or meaning_of(scope, label, mapping, said)
            known[scope, label] = meant or _in_funnel(scope, label, sheet.definition)
    ends = {concept for concept in known.values() if concept in ("won", "repeat", "referral")}
    for key in [key for key, concept in known.items() if concept is None or (not ends and concept in STAGE_CONCEPTS)]:
        if key not in answered and (found := _by_rows(sheet, mapping, key)):
            said[key] = known[key] = found
    if not ends and (third := _third_outcome(sheet, mapping, known)) is not None and third not in answered:
        said[third] = known[third] = "won"
    if not {concept for concept in known.values() if concept in ("won", "repeat", "referral")}:
        won_words = {plain(word) for word in parts("won_flag")}
        goes_on = [key for key in known if plain(key[1]) in won_words and key not in answered]
        if len(goes_on) == 1 and "lost" in known.values() and mapping.column("amount"):
            said[goes_on[0]] = known[goes_on[0]] = "won"  # "Converted" beside "Lost", with money
    said |= (ends := _closing_stages(sheet, mapping, known))
    known |= ends
    said |= (unmarked := _without_mark(sheet, mapping, known))
    known |= unmarked
    said |= by_spelling(known)
    known |= {key: said[key] for key in known if key in said}
    unknown = [key for key, concept in known.items() if concept is None and key[1] not in flags]
    wins = [key for key, concept in known.items() if concept in ("won", "repeat", "referral")]
    doubtful = [key for key, concept in known.items() if not wins and concept in STAGE_CONCEPTS and key not in answered]
    closed = _look_closed(sheet, mapping, [*unknown, *doubtful], known)
    closed += [key for key in _unheard_of(sheet, mapping, unknown, known) if key not in closed]
    closed += [key for key in _flagged_closed(sheet, mapping, known) if key not in closed and key not in answered]
    closed += [("status", label) for label, ended in flags.items() if ended is None and _is_reopened(mapping)]
    milestones = [
        c for c in mapping.columns("entry") if concept_of(without_date_words(undressed(c)) or "-") in ("won", "repeat")
    ]
    needs_win = not (wins or milestones or no_win) and bool(unknown or closed) and mapping.shape != "counts"
    if mapping.shape == "milestones" and not unknown and not wins and not milestones and not no_win:
        needs_win = bool(mapping.columns("entry")) and not known
    of_status = [key for key in unknown if key[0] == "status"]
    pool = of_status or unknown or closed
    candidates: list[tuple[Scope, str]] = [
        *[key for key in closed if key in pool],
        *[key for key in pool if key not in closed],
    ]
    candidates += [key for key in reversed(doubtful) if key not in candidates]
    if needs_win and (paid := _paid_stage(sheet, mapping)) is not None and paid not in answered:
        return Meanings({**said, paid: "won"}, tuple(key for key in closed if key != paid), False, ())
    if needs_win and not candidates:
        candidates = [("milestone", c) for c in reversed(mapping.columns("entry"))]
    return Meanings(said, tuple(closed), needs_win, tuple(candidates[:10]))


def _in_funnel(scope: Scope, label: str, definition: FunnelDefinition) -> str | None:
    """What the funnel at hand says of a label, where it lists it or has a stage of that name."""
    target = definition.labels.get((scope, label))
    if target is None:
        names = {plain(text): s.key for s in definition.stages for text in (s.name.en, s.name.zh, s.key)}
        target = names.get(plain(label)) if plain(label) else None
    if target is None:
        return None
    target = definition.resolve(target)
    if target in EXITS:
        return target.removeprefix("@") if target != IGNORE else None
    position = definition.position(target)
    return "stage" if position < definition.won_position else "won" if position == definition.won_position else "repeat"


def _is_left_out(mapping: ColumnMapping, scope: Scope, label: str) -> bool:
    column = mapping.column(scope)
    return column is not None and label in mapping.left_out.get(column, ())


def _paid_stage(sheet: Sheet, mapping: ColumnMapping) -> tuple[Scope, str] | None:
    """The last stage date or tick where exactly its rows have the amount and none of them is lost: the win, whatever it
    is called. None where several do or none.
    """
    paid = mapping.column("amount")
    lost = mapping.column("lost_at") or mapping.column("lost_reason")
    if paid is None or paid not in sheet.rows.columns:
        return None
    rows: dict[tuple[Scope, str], pl.Series] = {
        ("milestone", c): sheet.rows[c].is_not_null() for c in mapping.columns("entry") if c in sheet.rows.columns
    }
    if not rows or mapping.columns("tick"):
        rows = {("stage", c): is_ticked(sheet.text(c)) for c in mapping.columns("tick")}
    if mapping.column("stage") is not None or len(rows) < 2:
        return None
    has = {key: int(here.sum()) for key, here in rows.items()}
    last = min(has, key=lambda key: has[key])
    here = rows[last]
    if not here.any() or has[last] > 0.9 * here.len() or list(has.values()).count(has[last]) > 1:
        return None
    if lost is not None and share(sheet.text(lost).is_not_null().filter(here)) > 1 - _SIGN:
        return None
    return last if _only_there(sheet, paid, here) else None


# --- what the rows say --------------------------------------------------------------------------------------------


def _rows_of(sheet: Sheet, mapping: ColumnMapping, key: tuple[Scope, str]) -> pl.Series | None:
    column = mapping.column(key[0])
    if column is None or column not in sheet.rows.columns or mapping.is_field_log:
        return None
    return (sheet.text(column) == key[1]).fill_null(False)


def _by_rows(sheet: Sheet, mapping: ColumnMapping, key: tuple[Scope, str]) -> str | None:
    """Won or lost, where a probability, a date of loss or a reason of loss says so for all rows of a label alone."""
    here = _rows_of(sheet, mapping, key)
    if here is None or not here.any() or mapping.shape == "stage_log":
        return None
    for role in ("lost_at", "lost_reason"):
        column = mapping.column(role)
        if column is not None and not sheet.profiles[column].is_blank:
            filled = sheet.text(column).is_not_null()
            if share(filled.filter(here)) >= _SIGN and share(filled.filter(~here)) <= 0.5:
                return "lost"
    for column in mapping.columns("entry"):
        about = concept_of(without_date_words(undressed(column)) or "-")
        if about == "won" and column in sheet.rows.columns and not sheet.profiles[column].is_blank:
            filled = sheet.rows[column].is_not_null()
            if share(filled.filter(here)) >= _SIGN and share(filled.filter(~here)) <= 0.05:
                return "won"
    paid = mapping.column("amount")
    if paid is not None and here.sum() >= 2 and _only_there(sheet, paid, here):
        return "won"
    column = next((c for c in sheet.profiles if _is_probability(c)), None)
    if column is not None and here.sum() >= 2:
        chances = sheet.numbers(column)
        top = chances.max()
        mine = chances.filter(here)
        if mine.null_count() == 0 and top in (1.0, 100.0):
            if (mine == 0).all() and not (chances.filter(~here) == 0).all():
                return "lost"
            if (mine == top).all() and not (chances.filter(~here) == top).any():
                return "won"
    return None


def _third_outcome(
    sheet: Sheet, mapping: ColumnMapping, known: Mapping[tuple[Scope, str], str | None]
) -> tuple[Scope, str] | None:
    """The one status beside open and lost ones that speaks of a stage ("Converted"), or that alone has a date or money
    ("Order"): the win.
    """
    status = {key: concept for key, concept in known.items() if key[0] == "status"}
    says = set(status.values())
    others = [key for key, concept in status.items() if concept is None or concept in STAGE_CONCEPTS]
    if len(others) != 1 or "lost" not in says or not {"open", "on_hold"} & says:
        return None
    here = _rows_of(sheet, mapping, others[0])
    if status[others[0]] is None and (here is None or not any(_only_there(sheet, c, here) for c in _endings(mapping))):
        return None
    return others[0]


def _endings(mapping: ColumnMapping) -> list[str]:
    return [c for role in ("closed_at", "entry", "amount") for c in mapping.columns(role)]


def _only_there(sheet: Sheet, column: str, here: pl.Series) -> bool:
    """Whether a column is filled in these rows and hardly in any other."""
    if column not in sheet.rows.columns:
        return False
    filled = sheet.text(column).is_not_null()
    return share(filled.filter(here)) >= 0.9 and share(filled.filter(~here)) <= 0.05


def _without_mark(
    sheet: Sheet, mapping: ColumnMapping, known: Mapping[tuple[Scope, str], str | None]
) -> dict[tuple[Scope, str], str]:
    """Unknown results whose rows bear no mark of an end, where each known win and each known loss bears one (a date, an
    amount, a reason): open.
    """
    status = {key: rows for key in known if key[0] == "status" and (rows := _rows_of(sheet, mapping, key)) is not None}
    marks = [c for role in ("closed_at", "lost_at", "lost_reason") for c in mapping.columns(role)]
    marks += [c for c in mapping.columns("entry") if concept_of(without_date_words(undressed(c)) or "-") == "won"]
    if not marks or mapping.is_field_log or any(c not in sheet.rows.columns for c in marks):
        return {}
    marked = pl.select(pl.any_horizontal(sheet.text(c).is_not_null() for c in marks)).to_series()
    for end in ("won", "lost"):
        rows = [here for key, here in status.items() if known[key] == end and here.any()]
        if not rows or min(share(marked.filter(here)) for here in rows) < 0.9:
            return {}
    unknown = [key for key in status if known[key] is None and status[key].any()]
    return {key: "open" for key in unknown if share(marked.filter(status[key])) <= 0.05}


def _closing_stages(
    sheet: Sheet, mapping: ColumnMapping, known: Mapping[tuple[Scope, str], str | None]
) -> dict[tuple[Scope, str], str]:
    """Unknown stages that hold nearly all won rows and no other, or nearly all lost ones, as the status says; several
    do so together where one of them is known to be that end. Of the other end a stage must do so, too, known or not:
    else a stage may be where all of them happened to die.
    """
    column = mapping.column("status")
    if column is None or mapping.column("stage") is None or mapping.is_field_log:
        return {}
    ended = how_rows_ended(sheet, mapping.roles)
    found: dict[tuple[Scope, str], str] = {}
    for end in ("won", "lost"):
        is_end = (ended == end).fill_null(False)
        alike = [key for key, concept in known.items() if key[0] == "stage" and concept in (None, end)]
        rows = {key: here for key in alike if (here := _rows_of(sheet, mapping, key)) is not None and here.any()}
        only = {key: here for key, here in rows.items() if is_end.filter(here).all()}
        named = any(known[key] == end for key in only)
        together = int(sum(here.sum() for here in only.values())) >= _NEARLY_ALL * int(is_end.sum())
        for key, here in only.items():
            alone = here.sum() >= 2 and share(here.filter(is_end)) >= _NEARLY_ALL
            if alone or (named and together):
                found[key] = end
    found = found if set(found.values()) == {"won", "lost"} else {}
    return found | _only_closed(sheet, mapping, known, ended)


def _only_closed(
    sheet: Sheet, mapping: ColumnMapping, known: Mapping[tuple[Scope, str], str | None], ended: pl.Series
) -> dict[tuple[Scope, str], str]:
    """Stages that hold nearly all won and lost rows and no open one: they say "closed", not how far a deal came."""
    found: dict[tuple[Scope, str], str] = {}
    for key, concept in known.items():
        if key[0] != "stage" or (concept is not None and not has_part(key[1], "closed_word")):
            continue
        here = _rows_of(sheet, mapping, key)
        ends = [(ended == end).fill_null(False) for end in ("won", "lost")]
        holds_both = here is not None and all(end.any() and share(here.filter(end)) >= _NEARLY_ALL for end in ends)
        if here is not None and holds_both and share((ends[0] | ends[1]).filter(here)) == 1.0:
            found[key] = "open"
    return found


def _unheard_of(
    sheet: Sheet,
    mapping: ColumnMapping,
    unknown: list[tuple[Scope, str]],
    known: Mapping[tuple[Scope, str], str | None],
) -> list[tuple[Scope, str]]:
    """Unknown labels that nothing in the file explains: one of a result, where no stage names both ends; one or two
    stages of a file that names no loss and has no closing date to tell the ended from the open.
    """
    of_stage = {concept for (scope, _), concept in known.items() if scope == "stage"}
    ends = {"won", "lost"} <= of_stage
    results = [key for key in unknown if key[0] == "status" and not ends]
    if mapping.shape in ("counts", "milestones") or mapping.is_field_log or mapping.column("stage") is None:
        return results
    names_loss = {"lost", "junk"} & set(known.values()) or mapping.column("lost_at") or mapping.column("lost_reason")
    closing = mapping.column("closed_at")
    dated = closing is not None and closing in sheet.profiles and sheet.profiles[closing].filled_share < 1
    stages = [key for key in unknown if key[0] == "stage"]
    is_told = bool(names_loss) or dated or mapping.column("status") is not None
    return [*results, *([] if is_told or not of_stage - {None} or len(stages) > _FEW else stages)]


def _is_reopened(mapping: ColumnMapping) -> bool:
    """Whether results without a meaning are won deals that a flag calls open: asked, since one of the two is old."""
    return mapping.column("status") is None and mapping.column("closed_flag") is not None


def _flagged_closed(
    sheet: Sheet, mapping: ColumnMapping, known: Mapping[tuple[Scope, str], str | None]
) -> list[tuple[Scope, str]]:
    """Stages before the win whose rows a yes/no column of no other use calls closed, all of them and no open one."""
    flag = next((c for c, p in sheet.profiles.items() if p.is_flag and flag_kind(c) == "closed"), None)
    if flag is None or mapping.roles.get(flag, "ignore") != "ignore" or mapping.shape not in ONE_ROW_PER_LEAD:
        return []
    shut = sheet.text(flag).str.to_lowercase().is_in(list(parts("yes"))).fill_null(False)
    rows = {key: here for key in known if key[0] == "stage" and (here := _rows_of(sheet, mapping, key)) is not None}
    shares = {key: share(shut.filter(here)) for key, here in rows.items() if here.sum() >= 2}
    if not any(shares[key] <= 0.05 for key in shares):
        return []
    return [key for key, of in shares.items() if of >= 0.95 and known[key] in (None, "open", *STAGE_CONCEPTS[:-3])]


def _is_probability(column: str) -> bool:
    words = {plain(word) for word in parts("probability_column")}
    return plain(column) in words or plain(undressed(column)) in words


def _look_closed(
    sheet: Sheet,
    mapping: ColumnMapping,
    unknown: list[tuple[Scope, str]],
    known: Mapping[tuple[Scope, str], str | None],
) -> list[tuple[Scope, str]]:
    """Unknown labels whose rows carry a closing date where open rows carry none, those of most dates first."""
    column = mapping.column("closed_at")
    ended = any(scope == "status" and concept in ("won", "lost") for (scope, _), concept in known.items())
    if column is None or mapping.shape == "stage_log" or ended:
        return []  # the status says how it ended, the stage only where it stood
    filled = sheet.text(column).is_not_null()
    shares = {}
    for key in unknown:
        here = _rows_of(sheet, mapping, key)
        if here is not None and here.any():
            shares[key] = share(filled.filter(here))
    open_rows = [
        _rows_of(sheet, mapping, key)
        for key, concept in known.items()
        if concept is not None and concept not in ("won", "lost", "junk", "repeat", "duplicate")
    ]
    is_open = [share(filled.filter(rows)) for rows in open_rows if rows is not None and rows.any()]
    if filled.all() or (is_open and min(is_open) > 0.5):
        return []  # open rows carry the date, too: it says nothing
    return sorted((key for key, share in shares.items() if share >= _SIGN), key=lambda key: -shares[key])
