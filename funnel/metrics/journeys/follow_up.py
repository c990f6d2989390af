"""How long each lead was followed, and by which file: kept per group of leads, never assumed of everybody.

A file that names winners only says nothing about how long the others were followed. So a file *covers* a group of leads
when it names nearly all of them that are known today, and a group was followed to the newest day of a file that covers
it. Groups: leads by month of creation, cut again at each file's first and last creation day, and split by owner, source
or region where some file holds one value of it only; leads without a day are groups of their own, and so are those of a
file that shares next to none of its leads with the others (another team's list). Days decide, not the order of the
imports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from funnel.definition.definition import FunnelDefinition
from funnel.filters import DIMENSIONS
from funnel.metrics.journeys.evidence import DAY_US, day_number, known_days, stated_ends
from funnel.metrics.journeys.looks import once
from funnel.schema import Facts

COVERED = 0.9
"""Of the leads of a group, so many must a file name to cover it."""
OWN_RANGE = 0.5
"""A file that names a smaller share of the leads created in its own range covers nothing: it is a selection."""

ALONE = 0.9
"""A file of which at least this share of the leads stands in no other file is a list of its own."""

OPEN_ENDED = 9_999_999
"""A day number after every other: the file does not say up to which day it is complete, so as-of is its day."""

_SPLITS = tuple(name for name in DIMENSIONS if name != "segment")
"""An export is often cut by who, where from and where; segments are a judgement that changes."""

_ANSWERS = ("all", "part", "wins", "changes", "open")
"""Who is in a file (``Batches.covers``), where somebody has said it; else the data decide."""


@once
def follow_up(facts: Facts, definition: FunnelDefinition) -> pl.DataFrame:
    """``lead_id``, ``followed``, ``followed_wins``, ``gone``: day numbers (days since 1970-01-01), one row per lead.

    - ``followed``: the newest day of a file that covers the lead's group (OPEN_ENDED: whatever as-of is); where none
      does, the day of its creation, or null for a lead without one.
    - ``followed_wins``: likewise for winning, which a list of all wins tells of everybody.
    - ``gone``: the day of the first file that covers the group and no longer holds the lead, or from which an answer
      says that what is missing has ended; null for all others.
    """
    if facts.whole is not None and facts.whole.followed is not None:
        return facts.whole.followed
    files = _files(facts)
    day = day_of_everybody(facts)
    if files.is_empty() or day is not None:
        same, ids = pl.lit(day, pl.Int64), pl.DataFrame({"lead_id": facts.lead_ids})
        return ids.with_columns(followed=same, followed_wins=same, gone=_NULL)
    named = _named(facts)
    leads, covering = _groups(facts, named, files)
    return _followed(facts, definition, leads, named, files, covering)


def day_of_the_only_file(facts: Facts) -> int | None:
    """The day up to which everybody was followed where one file holds all leads; null where it takes a closer look."""
    files = _files(facts)
    return int(files["day"][0]) if files.height == 1 and files["covers"][0] in (None, "all") else None


@once
def day_of_everybody(facts: Facts) -> int | None:
    """The day up to which all leads were followed, where that takes no look at groups of them; else null.

    One file holds them all; or every file names each of them, and none was known only after the first file's day: the
    usual pair of a list of deals and the log of their changes. Of parts only the first can be told.
    """
    only, files = day_of_the_only_file(facts), _files(facts)
    if only is not None or facts.whole is not None or files.is_empty():
        return only
    first, last = min(files["day"]), max(files["day"])
    if last == OPEN_ENDED or not files["covers"].is_in([None, "all"], nulls_equal=True).all():
        return None
    frames, n = (facts.lead_rows, facts.entries), facts.lead_ids.len()
    of_file = ([frame.filter(pl.col("batch_no") == no)["lead_id"] for frame in frames] for no in files["batch_no"])
    is_short = (_last_known(facts) or 0) <= first and all(pl.concat(named).n_unique() == n for named in of_file)
    return last if is_short else None


@once
def _last_known(facts: Facts) -> int | None:
    """The last day on which a lead is known to have been created or to have entered a stage; null without dates."""
    frames = (facts.lead_rows, "created_at"), (facts.entries, "at")
    days = [frame.select(_known_day(facts, name).max()).item() for frame, name in frames]
    return max((day for day in days if day is not None), default=None)


def _known_day(facts: Facts, name: str) -> pl.Expr:
    """The day number of a date; null after the day of the import, where it is a plan or wrong."""
    imported = {no: day_number(at.date()) for no, at in facts.batches.select("batch_no", "imported_at").iter_rows()}
    days = pl.col(name).dt.epoch("us").floordiv(DAY_US)
    until = pl.col("batch_no").replace_strict(imported, return_dtype=pl.Int64, default=None)
    return pl.when(days <= until).then(days)


def with_answers(batches: pl.DataFrame, said: Mapping[int, str]) -> pl.DataFrame:
    """The batches with what somebody has said since their import about who is in them (by ``batch_no``)."""
    answer = pl.col("batch_no").replace_strict(dict(said), default=None, return_dtype=pl.String)
    before = pl.col("covers") if "covers" in batches.columns else pl.lit(None, pl.String)
    return batches.with_columns(covers=pl.coalesce(pl.when(answer.is_in(_ANSWERS)).then(answer), before))


def as_told(facts: Facts, settings: Mapping[str, Any]) -> Facts:
    """The facts with what a person has said of them: who is in the files, which days are right, answers."""
    said = {int(no): answer for no, answer in dict(settings.get("covers") or {}).items()}
    return replace(
        facts,
        batches=with_answers(facts.batches, said) if said else facts.batches,
        confirmed_days=tuple(settings.get("confirmed_days") or ()),
        answers=dict(settings.get("data_answers") or {}),
    )


def uncovered_files(facts: Facts, definition: FunnelDefinition) -> pl.DataFrame:
    """``batch_no``, ``file_name``, ``n_leads``: files that cover none of the leads they name and were not answered for.

    They extend nobody's follow-up until somebody says who is in them.
    """
    files = _files(facts)
    none = pl.DataFrame(schema={"batch_no": pl.Int32, "file_name": pl.String, "n_leads": pl.Int64})
    if day_of_everybody(facts) is not None or files.height < 2:
        return none
    named = _named(facts)
    covered = _groups(facts, named, files)[1]["batch_no"].unique()
    counted = named.group_by("batch_no").agg(pl.len().cast(pl.Int64).alias("n_leads"))
    asked = files.filter(pl.col("covers").is_null(), ~pl.col("batch_no").is_in(covered.implode()))
    listed = asked.join(counted, on="batch_no").join(facts.batches.select("batch_no", "file_name"), on="batch_no")
    return listed.select(none.columns).sort("batch_no")


def covering_files(facts: Facts) -> frozenset[int]:
    """The numbers of the files whose day counts: they cover a group of leads, or somebody has said who is in them."""
    files = _files(facts)
    if files.is_empty():
        return frozenset()
    if files.height > 1 and day_of_everybody(facts) is not None:
        return frozenset(files["batch_no"])
    said = files.filter(pl.col("covers").is_not_null() & (pl.col("covers") != "part"))["batch_no"]
    return frozenset([*said, *_groups(facts, _named(facts), files)[1]["batch_no"]])


@once
def newest_day(facts: Facts, definition: FunnelDefinition) -> int | None:
    """The newest day up to which any lead was followed, never before the last creation; null without leads or days."""
    last = known_days(facts, definition).group_by("batch_no").agg(pl.col("day").max()).collect()
    if last["day"].drop_nulls().is_empty():
        return None
    if facts.lead_rows.is_empty() and facts.entries.is_empty():
        return int(last["day"].drop_nulls().max())  # ty: ignore[invalid-argument-type]  (day numbers)
    ends, told = last_ends(facts, definition), dict(last.drop_nulls("day").iter_rows())
    return newest_of([ends], told, open_ended(facts))


def last_ends(facts: Facts, definition: FunnelDefinition) -> tuple[int | None, bool]:
    """Of these leads the newest day up to which one was followed or on which one was created, and whether any is
    followed whatever as-of is."""
    day, n = day_of_everybody(facts), facts.lead_rows.height + facts.entries.height
    if n and day not in (None, OPEN_ENDED) and (_last_known(facts) or 0) <= day:
        return day, False
    found = follow_up(facts, definition)
    ends = pl.max_horizontal("followed", "followed_wins")
    finite = found.select(pl.when(ends < OPEN_ENDED).then(ends).max()).item()
    created = _leads(facts, _named(facts))["created"].max()
    days = [day for day in (finite, created) if isinstance(day, int)]
    return max(days, default=None), bool((found["followed"] == OPEN_ENDED).any())


def open_ended(facts: Facts) -> list[int]:
    """The batches that do not say up to which day they are complete."""
    return _files(facts).filter(pl.col("day") == OPEN_ENDED)["batch_no"].to_list()


def newest_of(ends: Sequence[tuple[int | None, bool]], told: Mapping[int, int], unsaid: Sequence[int]) -> int | None:
    """``newest_day`` out of the ``last_ends`` of all parts, the last day that each batch tells of, and those that do
    not say theirs."""
    days = [day for day, _ in ends if day is not None]
    if any(is_open for _, is_open in ends):
        days += [told[batch] for batch in unsaid if batch in told]
    return max(days, default=None)


_NULL = pl.lit(None, pl.Int64)


@once
def _files(facts: Facts) -> pl.DataFrame:
    """``batch_no``, ``day`` (never after the import), ``covers`` of every file that holds leads."""
    covers = pl.col("covers") if "covers" in facts.batches.columns else pl.lit(None, pl.String)
    day = pl.min_horizontal("exported_on", pl.col("imported_at").dt.date()).cast(pl.Int32).cast(pl.Int64)
    return facts.batches.filter(pl.col("shape") != "counts").select(
        "batch_no",
        pl.when(pl.col("exported_on").is_null()).then(pl.lit(OPEN_ENDED, pl.Int64)).otherwise(day).alias("day"),
        pl.when(covers.is_in(_ANSWERS)).then(covers).alias("covers"),
    )


@once
def _named(facts: Facts) -> pl.DataFrame:
    """``batch_no``, ``lead_id``: which file names which lead, each pair once."""
    pairs = ("batch_no", "lead_id")
    return pl.concat([facts.lead_rows.lazy().select(pairs), facts.entries.lazy().select(pairs)]).unique().collect()


@once
def _groups(facts: Facts, named: pl.DataFrame, files: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The leads with their groups, and which file covers which group."""
    leads = _leads(facts, named)
    # Leads of one kind are alike in everything that decides their group.
    traits = [name for name in leads.columns if name != "lead_id"]
    kinds = leads.group_by(traits).agg(pl.len().alias("known")).with_row_index("kind")
    leads = leads.join(kinds.drop("known"), on=traits, how="left", nulls_equal=True)
    # From here on everything is counted by kind: some thousand rows, however many leads there are.
    holds = named.join(leads.select("lead_id", "kind"), on="lead_id").group_by("batch_no", "kind")
    holds = holds.agg(pl.len().alias("n")).join(kinds, on="kind")
    held = _held(holds, files)
    kinds = _grouped(kinds, held)
    group = kinds.select("kind", "group")
    return leads.join(group, on="kind", how="left"), _covering(kinds, holds.join(group, on="kind"), held)


@once
def _leads(facts: Facts, named: pl.DataFrame) -> pl.DataFrame:
    """``lead_id``, ``created`` (day number; else the first entry's), ``own_list`` and the dimensions as known today."""
    splits = [name for name in _SPLITS if name in facts.lead_rows.columns]
    said = (
        facts.lead_rows.lazy()
        .sort("batch_no", "changed_at", "row_no", nulls_last=False)
        .group_by("lead_id")
        .agg(
            _known_day(facts, "created_at").min().alias("created"),
            *[pl.col(name).last(ignore_nulls=True) for name in splits],
        )
    )
    first = facts.entries.lazy().group_by("lead_id").agg(_known_day(facts, "at").min().alias("entered"))
    ids = _own_lists(named).lazy()
    joined = ids.join(said, on="lead_id", how="left").join(first, on="lead_id", how="left")
    return joined.with_columns(pl.coalesce("created", "entered").alias("created")).drop("entered").collect()


def _own_lists(named: pl.DataFrame) -> pl.DataFrame:
    """``lead_id``, ``own_list``: the file, where no other names the lead and the file is a list of its own."""
    counted = named.group_by("lead_id").agg(pl.len().alias("files"), pl.col("batch_no").first().alias("file"))
    alone = counted.filter(pl.col("files") == 1).group_by("file").agg(pl.len().alias("alone"))
    names = named.group_by(pl.col("batch_no").alias("file")).agg(pl.len().alias("names"))
    own = alone.join(names, on="file").filter(pl.col("alone") >= ALONE * pl.col("names"))["file"]
    is_own = (pl.col("files") == 1) & pl.col("file").is_in(own.implode())
    return counted.select("lead_id", pl.when(is_own).then("file").alias("own_list"))


def _held(holds: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Per file: ``first`` and ``last`` creation of its leads, and the one value of each split that has only one.

    ``holds``: ``batch_no``, ``kind`` with its traits, ``n`` leads of that kind in the file.
    """
    splits = [name for name in _SPLITS if name in holds.columns]
    held = holds.group_by("batch_no").agg(
        pl.col("created").min().alias("first"),
        pl.col("created").max().alias("last"),
        *[
            pl.when((pl.col(name).n_unique() == 1) & pl.col(name).is_not_null().all()).then(pl.col(name).first())
            .alias(f"only_{name}")
            for name in splits
        ],
    )  # fmt: skip
    return files.join(held, on="batch_no")


def _grouped(kinds: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """``kinds`` with the number of their ``group``."""
    cuts = pl.concat([held["first"], held["last"] + 1]).drop_nulls().unique().sort()
    at = pl.DataFrame({"cut": cuts, "part": pl.int_range(1, len(cuts) + 1, eager=True)})
    splits = [
        name for name in _SPLITS
        if name in kinds.columns and held[f"only_{name}"].is_not_null().any() and kinds[name].n_unique() > 1
    ]  # fmt: skip
    month = pl.col("created").cast(pl.Int32).cast(pl.Date).dt.month_start()
    parted = kinds.sort("created", nulls_last=False).join_asof(at, left_on="created", right_on="cut").drop("cut")
    key = pl.struct(month.alias("month"), "part", "own_list", *splits)
    return parted.with_columns(key.rank("dense").alias("group"))


def _covering(kinds: pl.DataFrame, holds: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """``batch_no``, ``day``, ``group``: which unanswered file covers which group, by the leads it names."""
    held = held.filter(pl.col("covers").is_null())
    held = held.with_columns(names_own_range=pl.Series(_own_share(kinds, holds, held), dtype=pl.Float64))
    held = held.filter(pl.col("names_own_range") >= OWN_RANGE)
    until = (pl.col("created") <= pl.col("day")).fill_null(True)
    known = kinds.group_by("group", "created").agg(pl.col("known").sum())
    asked = known.join(held, how="cross").filter(until).group_by("batch_no", "group").agg(pl.col("known").sum())
    counted = holds.join(held.select("batch_no", "day"), on="batch_no").filter(until)
    counted = counted.group_by("batch_no", "group").agg(pl.col("n").sum())
    both = asked.join(counted, on=["batch_no", "group"]).join(held, on="batch_no")
    # In a group of less than ten leads one deleted lead is more than a tenth: the file as a whole decides there.
    is_one_off = (pl.col("known") - pl.col("n") <= 1) & (pl.col("names_own_range") >= COVERED)
    return both.filter((pl.col("n") >= COVERED * pl.col("known")) | is_one_off).select("batch_no", "day", "group")


def _own_share(kinds: pl.DataFrame, holds: pl.DataFrame, held: pl.DataFrame) -> list[float]:
    """Per file: of the leads known today that were created in its range, and have its one value, the share it names."""
    shares = []
    for file in held.iter_rows(named=True):
        inside: Any = pl.col("created").is_null()
        if file["first"] is not None:
            inside |= pl.col("created").is_between(file["first"], min(file["last"], file["day"]))
        inside &= pl.col("own_list").is_null() | (pl.col("own_list") == file["batch_no"])
        for name in _SPLITS:
            if file.get(f"only_{name}") is not None:
                inside &= pl.col(name) == file[f"only_{name}"]
        known = int(kinds.filter(inside.fill_null(False))["known"].sum())
        of_file = holds.filter((pl.col("batch_no") == file["batch_no"]) & inside.fill_null(False))
        shares.append(int(of_file["n"].sum()) / known if known else 0.0)
    return shares


def _followed(
    facts: Facts,
    definition: FunnelDefinition,
    leads: pl.DataFrame,
    named: pl.DataFrame,
    files: pl.DataFrame,
    covering: pl.DataFrame,
) -> pl.DataFrame:
    """Each lead's days out of the files that cover its group and of what people have said about files."""
    ends = covering.group_by("group").agg(pl.col("day").max().alias("followed"))
    last = named.join(files, on="batch_no").group_by("lead_id").agg(pl.col("day").max().alias("named_on"))
    found = leads.join(ends, on="group", how="left").join(last, on="lead_id", how="left")
    found = found.with_columns(gone=_NULL, followed_wins=_NULL)
    days = covering.group_by("group").agg(pl.col("day").unique().sort().alias("days"))
    missing = found.join(days, on="group").explode("days", empty_as_null=True).filter(
        pl.col("days") > pl.col("named_on"), (pl.col("created") <= pl.col("days")).fill_null(True)
    )  # fmt: skip
    found = _first_gone(found, missing.select("lead_id", pl.col("days").alias("gone")))
    for file in files.filter(pl.col("covers").is_not_null()).sort("day").iter_rows(named=True):
        found = _answered(found, file, named, facts, definition)
    found = found.with_columns(pl.coalesce(pl.min_horizontal("followed", "gone"), "created").alias("followed"))
    return found.with_columns(pl.max_horizontal("followed", "followed_wins").alias("followed_wins")).select(
        "lead_id", pl.col("followed", "followed_wins", "gone").cast(pl.Int64)
    )


def _answered(
    found: pl.DataFrame, file: dict[str, Any], named: pl.DataFrame, facts: Facts, definition: FunnelDefinition
) -> pl.DataFrame:
    """``found`` after what somebody has said about one file."""
    existed = (pl.col("created") <= file["day"]).fill_null(True)
    day = pl.lit(file["day"], pl.Int64)

    def until(column: str, who: pl.Expr) -> pl.Expr:
        return pl.when(existed & who).then(pl.max_horizontal(column, day)).otherwise(pl.col(column)).alias(column)

    everybody = pl.lit(True)
    if file["covers"] == "wins":
        return found.with_columns(until("followed_wins", everybody))
    if file["covers"] == "changes":
        return found.with_columns(until("followed", everybody))
    if file["covers"] == "part":
        return found
    holds = pl.col("lead_id").is_in(named.filter(pl.col("batch_no") == file["batch_no"])["lead_id"].implode())
    if file["covers"] == "open":
        ended = stated_ends(facts, definition)
        holds |= pl.col("lead_id").is_in(ended.implode())
    left = found.filter(existed & ~holds & (pl.col("named_on") < file["day"])).select("lead_id", gone=day)
    followed = found.with_columns(until("followed", everybody if file["covers"] == "all" else holds))
    return _first_gone(followed, left)


def _first_gone(found: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    first = gone.group_by("lead_id").agg(pl.col("gone").min().alias("gone_now"))
    joined = found.join(first, on="lead_id", how="left")
    return joined.with_columns(pl.min_horizontal("gone", "gone_now").alias("gone")).drop("gone_now")


def as_day(number: int) -> date:
    """A day number as a date."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + number)


@once
def known_until(facts: Facts, definition: FunnelDefinition) -> date | None:
    """The latest creation, entry or loss that is not after the day of its import; null when no row carries a date.

    Close dates count where the row is closed, never as forecasts, and not where a dated win or loss of the lead beats
    them.
    """
    if facts.whole is not None:
        last = max(facts.whole.told.values(), default=None)
    else:
        last = known_days(facts, definition).select(pl.col("day").max()).collect().item()
    return None if last is None else as_day(last)
