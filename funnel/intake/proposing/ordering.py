"""The order of stage labels as the file shows it: a number beside them, changes of leads, dates, words at last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from funnel.intake.batches.ticks import tick_order
from funnel.intake.cells.dates import parse_dates
from funnel.intake.cells.numbers import parse_numbers
from funnel.intake.cells.spelling import plain
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.questions import readings_of
from funnel.intake.values import clean_text, text_of
from funnel.intake.words import (
    STAGE_CONCEPTS,
    concept_of,
    has_part,
    header_words,
    is_named,
    order_hint,
    undressed,
    without_date_words,
    without_id_words,
    word_rank,
)

SAMPLE_ROWS = 50_000
"""Rows whose dates are compared to learn the order of stages."""


def ordered(
    table: RawTable, mapping: ColumnMapping, labels: list[str], names: Mapping[str, str]
) -> tuple[list[str], tuple[str, ...]]:
    """Stage labels in the order of the funnel, and those whose place nothing says."""
    if mapping.shape == "counts":
        return _counts_order(table, mapping, labels, names), ()
    beside = _beside(table, mapping, labels)
    if beside is not None:
        return beside, ()
    if mapping.columns("tick") and mapping.column("stage") is None:
        return [c for c in tick_order(table, mapping) if c in labels], ()
    tells_changes = mapping.shape == "stage_log" or mapping.column("valid_until") is not None
    seen = _seen_changes(table, mapping) if tells_changes else {}
    seen = seen or _seen_entries(table, mapping, labels)
    reached = _by_dates_reached(table, mapping, labels)
    if reached is not None:
        return reached, ()
    placed = _by_probability(table, mapping, labels)
    given = placed or labels
    found = in_order(given, names, seen, mapping.label_names, is_given=placed is not None)
    hinted = all(order_hint(label)[0] is not None for label in labels) or set(labels) <= set(mapping.label_names)
    unknown = [x for x in labels if concept_of(names.get(x, x)) not in STAGE_CONCEPTS]
    if hinted or placed or seen:
        return found, ()
    return found, tuple(unknown)


def in_order(
    labels: Sequence[str],
    names: Mapping[str, str],
    before: Mapping[tuple[str, str], int],
    lookup: Iterable[str] = (),
    unknown_first: bool = True,
    is_given: bool = True,
) -> list[str]:
    """Stage labels in the order of the funnel.

    Order hints of all labels decide alone (``A. Lead``, ``1``); else the order of a lookup table that holds them all;
    else each pair is compared by what was seen (``before[(a, b)]`` = leads that entered a before b, when clearly one
    way), else by concept and word list, else by their given order, if that says anything (``is_given``). What nobody
    knows stands before the win (``unknown_first``).
    """
    hints = {label: order_hint(label)[0] for label in labels}
    listed = list(lookup)
    if labels and all(label in listed for label in labels):
        return sorted(labels, key=listed.index)
    if labels and all(rank is not None for rank in hints.values()) and len(set(hints.values())) == len(labels):
        return sorted(labels, key=lambda label: hints[label] or 0.0)

    def rank(label: str) -> tuple[int, int] | None:
        shown = names.get(label, label)
        concept = concept_of(shown)
        return (STAGE_CONCEPTS.index(concept), word_rank(shown)) if concept in STAGE_CONCEPTS else None

    def comes_first(a: str, b: str) -> float:
        forth, back = before.get((a, b), 0), before.get((b, a), 0)
        if forth + back >= 5 and max(forth, back) >= 2 * min(forth, back):
            return 1.0 if forth > back else -1.0
        ranks = rank(a), rank(b)
        if ranks[0] is not None and ranks[1] is not None and ranks[0] != ranks[1]:
            return 1.0 if ranks[0] < ranks[1] else -1.0
        if forth != back:
            return 1.0 if forth > back else -1.0
        won = [r is not None and STAGE_CONCEPTS[r[0]] in ("won", "repeat", "referral") for r in ranks]
        if unknown_first and won[0] != won[1]:
            return -1.0 if won[0] else 1.0
        if not is_given and (ranks[0] is None) != (ranks[1] is None):
            return 0.0
        return 1.0 if labels.index(a) < labels.index(b) else -1.0

    points = {a: sum(comes_first(a, b) for b in labels if b != a) for a in labels}
    return sorted(labels, key=lambda label: (-points[label], labels.index(label)))


def observed_order(entries: pl.DataFrame) -> dict[tuple[str, str], int]:
    """For each pair of labels the number of leads whose first entry into one came before that into the other.

    ``entries`` has ``lead_id``, ``label``, ``at``. At most 20,000 leads are compared.
    """
    first = entries.filter(pl.col("at").is_not_null()).group_by("lead_id", "label").agg(pl.col("at").min())
    leads = first["lead_id"].unique().sort().head(20_000)
    first = first.filter(pl.col("lead_id").is_in(leads.implode()))
    pairs = (
        first.join(first, on="lead_id", suffix="_next")
        .filter(pl.col("at") < pl.col("at_next"))
        .group_by("label", "label_next")
        .len()
    )
    return {(a, b): n for a, b, n in pairs.iter_rows()}


def seen_milestones(table: RawTable, mapping: ColumnMapping, entries: list[str]) -> dict[tuple[str, str], int]:
    readings = readings_of(table, mapping).sure_order
    head = table.frame.head(SAMPLE_ROWS)
    found = [
        pl.DataFrame(
            {
                "lead_id": pl.int_range(head.height, eager=True).cast(pl.String),
                "label": pl.repeat(column, head.height, eager=True),
                "at": parse_dates(head[column], readings[column])["at"],
            }
        )
        for column in entries
        if column in readings
    ]
    return observed_order(pl.concat(found)) if found else {}


def _seen_entries(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> dict[tuple[str, str], int]:
    """The order of stage labels that date columns of the same file are named after (``order_date`` beside "Order")."""
    of_label = {
        label: column
        for column in mapping.columns("entry")
        for label in labels
        if plain(without_date_words(undressed(column))) == plain(label)
    }
    seen = seen_milestones(table, mapping, list(of_label.values()))
    back = {column: label for label, column in of_label.items()}
    return {(back[a], back[b]): n for (a, b), n in seen.items()}


def _by_dates_reached(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> list[str] | None:
    """Labels by how many dates of stages stand beside them, where each label has its own number: who is Booked has all
    dates up to the booking.
    """
    stage, entries = mapping.column("stage"), mapping.columns("entry")
    if stage is None or len(entries) < 2 or len(labels) < 2 or mapping.shape == "stage_log":
        return None
    head = table.frame.head(SAMPLE_ROWS)
    n_filled = head.select(pl.sum_horizontal(pl.col(c).is_not_null() for c in entries)).to_series()
    rows = pl.DataFrame({"label": clean_text(head[stage]), "n": n_filled}).filter(pl.col("label").is_in(labels))
    counted = rows.group_by("label").agg(pl.col("n").mode().first().alias("usual"), pl.col("n").alias("all"))
    usual = {label: n for label, n, _ in counted.iter_rows()}
    agreeing = rows.filter(pl.col("n") == pl.col("label").replace_strict(usual, default=None, return_dtype=pl.UInt32))
    if set(usual) != set(labels) or len(set(usual.values())) < len(labels) or agreeing.height < 0.9 * rows.height:
        return None
    return sorted(labels, key=lambda label: usual[label])


def says_order(header: str) -> bool:
    """Whether a header says that its numbers order the stages, or that they are the stages: 阶段编码, stage_id."""
    if is_named(header, "order_column") or has_part(header, "order_word"):
        return True
    named = without_id_words(header) or header
    return any(word.role == "stage" for word in header_words(named))


def _beside(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> list[str] | None:
    """Labels by a number that stands one to one beside them, named as an order or plainly one."""
    stage = mapping.column("stage")
    if stage is None or mapping.is_field_log:
        return None
    text = text_of(table, stage)
    free = [c for c in table.columns if mapping.roles.get(c, "ignore") == "ignore" and c != stage]
    for column in sorted(free, key=lambda c: not says_order(c)):
        if not says_order(column):
            break
        ranks = pl.DataFrame({"label": text, "rank": table.frame[column].cast(pl.Float64, strict=False)}).drop_nulls()
        pairs = ranks.unique()
        one_to_one = pairs.height == pairs["label"].n_unique() == pairs["rank"].n_unique()
        if ranks.height < 1.5 * pairs.height and not is_named(column, "order_column"):
            continue  # one row a label: anything stands one to one
        if one_to_one and set(labels) <= set(pairs["label"]):
            place = dict(pairs.iter_rows())
            return sorted(labels, key=lambda label: place[label])
    return None


def _by_probability(table: RawTable, mapping: ColumnMapping, labels: list[str]) -> list[str] | None:
    """Labels by the win probability that a CRM writes beside its stages; None where it does not tell them apart."""
    stage = mapping.column("stage")
    column = next((c for c in table.columns if is_named(undressed(c), "probability_column")), None)
    if stage is None or column is None or mapping.is_field_log:
        return None
    numbers = parse_numbers(table.frame[column], "plain")["value"]
    means = pl.DataFrame({"label": text_of(table, stage), "p": numbers}).group_by("label").agg(pl.col("p").mean())
    place = dict(means.iter_rows())
    if len({place.get(label) for label in labels}) < len(labels):
        return None
    return sorted(labels, key=lambda label: (place.get(label) is None, place.get(label) or 0.0))


def _seen_changes(table: RawTable, mapping: ColumnMapping) -> dict[tuple[str, str], int]:
    lead, at = mapping.column("lead_id"), mapping.column("changed_at")
    label_column = mapping.column("new_value") if mapping.is_field_log else mapping.column("stage")
    readings = readings_of(table, mapping).dates
    if lead is None or at is None or label_column is None or at not in readings:
        return {}
    frame = pl.DataFrame(
        {
            "lead_id": text_of(table, lead),
            "label": text_of(table, label_column),
            "at": parse_dates(table.frame[at], readings[at])["at"],
        }
    )
    field_column = mapping.column("changed_field")
    if mapping.is_field_log and field_column is not None:
        fields = [value for value, role in mapping.field_roles.items() if role == "stage"]
        frame = frame.filter(text_of(table, field_column).is_in(fields))
    return observed_order(frame.drop_nulls(["lead_id", "label"]).head(10 * SAMPLE_ROWS))


def _counts_order(table: RawTable, mapping: ColumnMapping, labels: list[str], names: Mapping[str, str]) -> list[str]:
    """Stages of a counts file: by a step number beside them, else by their totals, largest first."""
    stage = mapping.column("stage")
    if stage is None:
        return in_order(labels, names, {})
    beside = _beside(table, mapping, labels)
    if beside is not None:
        return beside
    measure = mapping.measure or mapping.column("count")
    if measure is None:
        return in_order(labels, names, {})
    reading = readings_of(table, mapping).numbers.get(measure, "plain")
    counted = pl.DataFrame({"label": text_of(table, stage), "n": parse_numbers(table.frame[measure], reading)["value"]})
    totals = dict(counted.group_by("label").agg(pl.col("n").sum()).iter_rows())
    by_size = sorted(labels, key=lambda label: -(totals.get(label) or 0.0))
    return in_order(by_size, names, {}, unknown_first=False)
