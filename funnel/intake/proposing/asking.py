"""The questions that only a person can answer, each answer with what follows from it; most consequential first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from funnel.definition.definition import Scope
from funnel.errors import Message
from funnel.intake.flags import flag_kind
from funnel.intake.mapping import NO_DATE, ColumnMapping
from funnel.intake.meaning import Answer, Consequence, MeaningQuestion
from funnel.intake.proposing.headers import SURE, Profile, Sheet
from funnel.intake.proposing.labels import test_records
from funnel.intake.proposing.meanings import MEANINGS, Meanings, label_values
from funnel.intake.proposing.money import pieces_of
from funnel.intake.proposing.ordering import ordered
from funnel.intake.proposing.roles import Roles
from funnel.intake.proposing.shapes import NoDeals
from funnel.intake.proposing.structures import CLOSE, Structure
from funnel.intake.values import text_of
from funnel.intake.words import (
    STAGE_CONCEPTS,
    concept_of,
    has_part,
    is_named,
    parts,
    speaks_of,
    undressed,
    whose_id,
    without_date_words,
)
from funnel.schema import ONE_ROW_PER_LEAD

_SHOWN_LABELS, _STEPS = 10, 12
_ALL_ANSWERED = 0.95
"""Share of the rows with a yes or no from which on a blank one is an oversight."""
MONEY_IS = "money:"
"""Begins an answer about unknown headers that also says which column is the amount (nothing behind it: none)."""
_DECIDING = (
    "stage", "status", "created_at", "closed_at", "lost_at", "entry", "tick", "changed_at", "expected_close",
)  # fmt: skip
Follow = Callable[..., Consequence | None]


@dataclass(frozen=True)
class Asked:
    """What is known when questions are made: the mapping, how it was found, what was answered, and the trial."""

    sheet: Sheet
    mapping: ColumnMapping
    structures: tuple[Structure, ...]
    roles: Roles | None
    meanings: Meanings
    answers: Mapping[str, str]
    follow: Follow
    remade: Callable[[Structure], ColumnMapping] | None
    no_deals: NoDeals | None


def ask(known: Asked) -> tuple[MeaningQuestion, ...]:
    """Everything that is open about the meaning of a table: no deals → what a row is → dates → labels → money."""
    if known.mapping.shape == "counts":
        return ()
    if known.no_deals is not None and "no_deals" not in known.answers:
        return (_no_deals(known, known.no_deals),)
    found = [_structure(known)]
    money = _money(known)
    if known.mapping.shape != "stage_log":
        found.append(_test_records(known))
        headers = _unknown_headers(known)
        if headers is not None and money is not None:
            headers, money = _with_money(headers, money), None
        shown = headers.columns if headers is not None else ()  # what is asked as a whole is not asked by itself
        dates = [question for question in _dates(known) if not set(question.columns) & set(shown)]
        found += [headers, _stage_column(known), *_no_or_blank(known), _not_yet(known), *dates]
    found += [_win(known), *_labels(known), _unknown_labels(known), money, _price_of_one(known)]
    return tuple(question for question in found if question is not None and question.key not in known.answers)


def _no_deals(known: Asked, kind: NoDeals) -> MeaningQuestion:
    answer = Answer("deals", Message("intake.answer.deals_all_the_same"), known.follow(known.mapping))
    return MeaningQuestion("no_deals", Message(f"intake.no_deals.{kind}", {"file": known.sheet.table.name}), (answer,))


def _structure(known: Asked) -> MeaningQuestion | None:
    """Deals or changes, where both go with the rows nearly as well."""
    if len(known.structures) < 2 or known.remade is None:
        return None
    best, second = known.structures[:2]
    if second.weight - best.weight > CLOSE:
        return None
    log = best if best.shape == "stage_log" else second
    answers = []
    for reading in (best, second):
        params = {"id": reading.lead or log.lead, "stage": log.stage, "time": log.time}
        code = "changes" if reading.shape == "stage_log" else "each_row" if reading.lead is None else "by_id"
        mapping = known.remade(reading)
        answers.append(Answer(reading.shape, Message(f"intake.answer.{code}", params), known.follow(mapping)))
    columns = tuple(c for c in (log.lead, log.stage, log.time) if c is not None)
    message = Message("intake.what_is_a_row", {"id": log.lead, "stage": log.stage, "time": log.time})
    return MeaningQuestion("structure", message, tuple(answers), columns, known.sheet.rows.height)


def _unknown_headers(known: Asked) -> MeaningQuestion | None:
    """No header of the columns that decide is known: the whole reading is shown and asked."""
    deciding = [c for c, role in known.mapping.roles.items() if role in _DECIDING]
    if not deciding or any(_is_named(known.sheet, c) or _ticks_a_stage(known.mapping, c) for c in deciding):
        return None
    said = [
        Message("intake.column_as_role", {"column": c, "role": Message(f"intake.role.{known.mapping.roles[c]}")})
        for c in deciding
    ]
    answers = (Answer("yes", Message("intake.answer.reading_is_right"), known.follow(known.mapping)),)
    return MeaningQuestion("headers", Message("intake.unknown_headers", {"columns": said}), answers, tuple(deciding))


def _with_money(headers: MeaningQuestion, money: MeaningQuestion) -> MeaningQuestion:
    """Both at once where no header is known: who looks at the whole reading also sees which number is the amount."""
    answers = tuple(
        Answer(MONEY_IS + one.key, Message("intake.answer.right_and", {"answer": one.message}), one.consequence)
        for one in money.answers
    )
    params = {**headers.message.params, "numbers": money.message.params["columns"]}
    message = Message("intake.unknown_headers_and_money", params)
    return replace(headers, message=message, answers=answers, columns=(*headers.columns, *money.columns))


def _ticks_a_stage(mapping: ColumnMapping, column: str) -> bool:
    return mapping.roles[column] == "tick" and concept_of(undressed(column)) in STAGE_CONCEPTS


def _stage_column(known: Asked) -> MeaningQuestion | None:
    """A column of few words that may say how far a lead came or how it ended, where none is known to; beside a stage
    whose labels name no end, one that may say the end; beside one that does, a status whose labels no list knows.
    """
    mapping, sheet = known.mapping, known.sheet
    if any(mapping.column(role) for role in ("status", "closed_flag", "tick")):
        return None
    ends_named = bool(mapping.column("stage")) and _names_an_end(known)
    role = "status" if mapping.column("stage") else "stage"
    is_bare = role == "stage" and not (
        mapping.columns("entry") or mapping.column("closed_at") or mapping.column("lost_at")
    )
    entries = mapping.columns("entry")  # dates that name the win tell it already
    wins = [c for c in entries if concept_of(without_date_words(undressed(c)) or "-") == "won"]
    has_win = len(entries) >= 2 and bool(
        wins or ("won" in known.meanings.said.values() and not mapping.column("stage"))
    )
    found = []
    for column, profile in sheet.profiles.items():
        free = mapping.roles.get(column, "ignore") == "ignore" and column not in sheet.load
        chance = role == "stage" and len(mapping.columns("entry")) < 2 and _steps_of_chance(profile)
        if not free or not 2 <= profile.n_unique <= 20 or profile.is_date or profile.is_flag or whose_id(column)[1]:
            continue
        if profile.is_number and not chance:
            continue
        if has_part(undressed(column), "note_word"):
            continue
        weak = any(guess.role in ("stage", "status") for guess in sheet.guesses[column])
        says_end = any(concept_of(value) in ("won", "lost") for value in profile.sample)
        unnamed = not sheet.guesses[column] and is_bare and profile.filled_share > 0.9
        tells_end = not has_win and _tells_end(sheet, mapping, column)
        if ends_named and not (weak and tells_end):
            continue  # the stage says the end; beside it only a column that is called a status and knows it, too
        says_end = says_end or tells_end
        if profile.repeats and ((weak and role == "stage") or says_end or unnamed or chance):
            found.append((not says_end, not weak, column))
    columns = [column for *_, column in sorted(found)][:4]
    if not columns:
        return None
    answers = []
    for column in columns:
        follows = known.follow(replace(mapping, roles={**mapping.roles, column: role}))
        answers.append(Answer(column, Message("intake.answer.column_is_stage", {"column": column}), follows))
    answers.append(Answer("", Message("intake.answer.no_column_is_stage"), known.follow(mapping)))
    message = Message("intake.which_column_is_stage", {"columns": columns})
    return MeaningQuestion(role, message, tuple(answers), tuple(columns))


def _no_or_blank(known: Asked) -> list[MeaningQuestion]:
    """Whether "no" beside blank cells of a date of the win is a loss, where nothing else tells of one."""
    mapping, found = known.mapping, []
    if any(mapping.column(role) for role in ("stage", "status", "lost_at", "tick")):
        return []
    for column in (c for c in known.sheet.profiles if c.endswith(NO_DATE)):
        label, n = known.sheet.profiles[column].sample[0], known.sheet.profiles[column].n_filled
        lost = known.follow(replace(mapping, roles={**mapping.roles, column: "status"}), {("status", label): "lost"})
        answers = tuple(
            Answer(meaning, Message(f"intake.answer.label_{meaning}", {"label": label}), follows)
            for meaning, follows in (("lost", lost), ("open", known.follow(mapping)))
        )
        message = Message("intake.no_or_blank", {"label": label, "column": column.removesuffix(NO_DATE)})
        found.append(MeaningQuestion(f"no:{column}", message, answers, (column,), n))
    return found


def _not_yet(known: Asked) -> MeaningQuestion | None:
    """Whether "no" beside blank cells of a yes/no column of the win is a loss, where nothing else tells of one."""
    mapping = known.mapping
    column = mapping.column("status")
    if column is None or any(mapping.column(role) for role in ("stage", "closed_flag", "lost_at", "lost_reason")):
        return None
    profile = known.sheet.profiles[column]
    no = [value for value in profile.sample if value.casefold() in parts("no")]
    if flag_kind(column) != "won" or not profile.is_flag or len(no) != 1 or profile.filled_share > _ALL_ANSWERED:
        return None
    label, answers = no[0], []
    for meaning in ("lost", "open"):
        says: dict[tuple[Scope, str], str] = {("status", label): meaning}
        follows = known.follow(mapping, says)
        answers.append(Answer(meaning, Message(f"intake.answer.label_{meaning}", {"label": label}), follows))
    message = Message("intake.no_or_blank", {"label": label, "column": column})
    return MeaningQuestion(f"label:status:{label}", message, tuple(answers), (column,), profile.n_filled)


def _test_records(known: Asked) -> MeaningQuestion | None:
    """Whether records that call themselves a test are left out."""
    found = test_records(known.sheet, known.mapping)
    if not found:
        return None
    without = replace(known.mapping, left_out={**known.mapping.left_out, **found})
    answers = tuple(
        Answer(key, Message(f"intake.answer.tests_{key}"), known.follow(mapping))
        for key, mapping in (("out", without), ("in", known.mapping))
    )
    values = list(dict.fromkeys(value for values in found.values() for value in values))
    here = pl.any_horizontal(text_of(known.sheet.table, c).is_in(list(v)).fill_null(False) for c, v in found.items())
    n = int(pl.select(here).to_series().sum())
    message = Message("intake.test_records", {"n": n, "names": values[:5]})
    return MeaningQuestion("tests", message, answers, tuple(found), n)


def _steps_of_chance(profile: Profile) -> bool:
    """Whether a column holds chances of winning in a few steps from 0 to 100 %: kept instead of stages."""
    steps = {value.strip("%％ ") for value in profile.sample}
    return is_named(undressed(profile.column), "probability_column") and len(steps) <= _STEPS and {"0", "100"} <= steps


def _names_an_end(known: Asked) -> bool:
    """Whether any stage label says won or lost, by its words or because its rows or the person say so."""
    ends = ("won", "lost", "junk")
    said = {key: concept for key, concept in known.meanings.said.items() if key[0] == "stage"}
    values = label_values(known.sheet.table, known.mapping)["stage"]
    return any((said.get(("stage", value)) or concept_of(value)) in ends for value in values)


def _tells_end(sheet: Sheet, mapping: ColumnMapping, column: str) -> bool:
    """Whether a date of the end stands beside some values of a column always and beside the others never: then these
    values are ends.
    """
    values = sheet.text(column)
    for dated in (c for role in ("closed_at", "lost_at", "entry") for c in mapping.columns(role)):
        if dated not in sheet.rows.columns or sheet.profiles[dated].filled_share > 0.9:
            continue
        filled = sheet.rows[dated].is_not_null()
        of_value = pl.DataFrame({"value": values, "filled": filled}).drop_nulls("value").group_by("value")
        shares = of_value.agg(pl.len().alias("n"), pl.col("filled").mean())
        ends, others = (shares.filter(condition) for condition in (pl.col("filled") >= 0.9, pl.col("filled") <= 0.1))
        if (
            ends.height
            and others.height
            and ends.height + others.height == shares.height
            and shares.height < filled.len() / 2
        ):
            return True
    return False


def _is_named(sheet: Sheet, column: str) -> bool:
    says = any(guess.score >= SURE for guess in sheet.guesses.get(column, ()))
    words = ("created_word", "closed_word", "lost_word", "changed_word")
    return says or (column in sheet.date_columns and any(has_part(column, word) for word in words))


def _dates(known: Asked) -> list[MeaningQuestion]:
    """The creation, where only values or one lonely unnamed date say it."""
    mapping, sheet = known.mapping, known.sheet
    if known.roles is None:
        return []
    created = mapping.column("created_at")
    unnamed = [
        c
        for c in sheet.date_columns
        if c not in known.roles.dates.sure
        and f"date:{c}" not in known.answers
        and not speaks_of(c, "planned_word")
        and not has_part(c, "touched_word")
    ]
    doubtful = [c for c in unnamed if c == created and len(sheet.date_columns) == 1]
    if created is None and not mapping.columns("entry"):
        doubtful += [c for c in unnamed if c not in doubtful and mapping.roles.get(c) == "ignore"][:1]
    found = []
    for column in doubtful:
        answers = []
        for role in ("created_at", "closed_at", "entry", "ignore"):
            if role == "closed_at" and mapping.column("closed_at"):
                continue
            roles = {**mapping.roles, column: role}
            follows = known.follow(replace(mapping, roles=roles)) if role != "entry" else None
            answers.append(Answer(role, Message(f"intake.answer.date_{role}"), follows))
        message = Message("intake.which_date", {"column": column, "examples": list(sheet.profiles[column].sample[:3])})
        found.append(MeaningQuestion(f"date:{column}", message, tuple(answers), (column,)))
    return found


def _win(known: Asked) -> MeaningQuestion | None:
    """Which label is the win, where no word, no status and no date says it; or that none is."""
    meanings = known.meanings
    if not meanings.needs_win:
        return None
    answers = []
    for scope, label in meanings.candidates[:_SHOWN_LABELS]:
        says = {(scope, label): "won"}
        follows = known.follow(known.mapping, says, label)
        answers.append(Answer(label, Message("intake.answer.label_is_won", {"label": label}), follows))
    answers.append(Answer("", Message("intake.answer.no_label_is_won"), known.follow(known.mapping)))
    columns = tuple({c for c in (known.mapping.column(s) for s, _ in meanings.candidates) if c is not None})
    labels = [label for _, label in meanings.candidates]
    message = Message("intake.which_label_is_won", {"columns": list(columns) or labels, "labels": labels})
    return MeaningQuestion("win", message, tuple(answers), columns, len(labels))


def _labels(known: Asked) -> list[MeaningQuestion]:
    """Labels that no list knows and whose rows look closed."""
    if known.meanings.needs_win:
        return []
    found = []
    for scope, label in known.meanings.closed:
        answers = []
        for meaning in MEANINGS:
            says: dict[tuple[Scope, str], str] = {(scope, label): meaning}
            follows = known.follow(known.mapping, says)
            answers.append(Answer(meaning, Message(f"intake.answer.label_{meaning}", {"label": label}), follows))
        message = Message("intake.what_does_label_mean", {"label": label, "column": known.mapping.column(scope)})
        column = known.mapping.column(scope)
        found.append(MeaningQuestion(f"label:{scope}:{label}", message, tuple(answers), (column,) if column else ()))
    return found[:2]


def _unknown_labels(known: Asked) -> MeaningQuestion | None:
    """Several labels of the stage are not known, nothing shows their order, none is a loss: all of it is asked."""
    mapping, meanings = known.mapping, known.meanings
    column = mapping.column("stage")
    if column is None or meanings.needs_win or meanings.closed or mapping.shape not in ONE_ROW_PER_LEAD:
        return None
    labels = label_values(known.sheet.table, mapping)["stage"]
    told = {label: meanings.said.get(("stage", label)) or concept_of(label) for label in labels}
    unknown = [label for label, concept in told.items() if concept is None]
    if {"lost", "junk"} & set(told.values()) or mapping.column("lost_at") or mapping.column("status"):
        return None
    if len(unknown) < 3 or len(ordered(known.sheet.table, mapping, unknown, {})[1]) < len(unknown):
        return None
    answers = (Answer("yes", Message("intake.answer.labels_are_right"), known.follow(mapping)),)
    message = Message("intake.no_label_known", {"column": column, "labels": unknown})
    return MeaningQuestion("labels", message, answers, (column,))


def _money(known: Asked) -> MeaningQuestion | None:
    """A number column of unknown name that may be the money of the deals."""
    roles = known.roles
    if roles is None or not roles.unnamed_money or known.mapping.column("amount") is not None:
        return None
    if known.answers.get("headers", "").startswith(MONEY_IS):
        return None
    answers = []
    for column in roles.unnamed_money[:4]:
        mapping = replace(known.mapping, roles={**known.mapping.roles, column: "amount"})
        answers.append(
            Answer(column, Message("intake.answer.column_is_money", {"column": column}), known.follow(mapping))
        )
    answers.append(Answer("", Message("intake.answer.no_column_is_money"), known.follow(known.mapping)))
    message = Message("intake.which_column_is_money", {"columns": list(roles.unnamed_money[:4])})
    return MeaningQuestion("amount", message, tuple(answers), roles.unnamed_money)


def _price_of_one(known: Asked) -> MeaningQuestion | None:
    """A price that may be that of one piece, where neither the file says how many nor the header whether it is."""
    mapping = known.mapping
    found = pieces_of(known.sheet.table, mapping.roles)
    if found is None or found.is_of_one is not None:
        return None
    params = {"column": found.price, "pieces": found.number, "discount": found.discount}
    without = {c: "ignore" if role == "quantity" else role for c, role in mapping.roles.items()}
    kinds = {"times": mapping.roles, "whole": without, "none": {**without, found.price: "ignore"}}
    if found.number is None or mapping.shape not in ONE_ROW_PER_LEAD:
        del kinds["times"]
    words = {"times": "price_times_pieces", "whole": "price_is_all", "none": "price_is_none"}
    answers = tuple(
        Answer(key, Message(f"intake.answer.{words[key]}", params), known.follow(replace(mapping, roles=roles)))
        for key, roles in kinds.items()
    )
    code = "_alone" if "times" not in kinds else "_less_discount" if found.discount else ""
    columns = (found.price, *([found.number] if found.number else []))
    return MeaningQuestion("pieces", Message(f"intake.price_of_one{code}", params), answers, columns)
