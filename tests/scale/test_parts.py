"""A history counted in parts shows what it shows in one memory: parts are made, checked, built, and added up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from funnel.dataset.contract import MANIFEST
from funnel.dataset.parted import open_parted
from funnel.dataset.parts import file_of, keys, part_of
from funnel.dataset.reading import read_dataset
from funnel.errors import FunnelError, InputError, StorageError
from funnel.filters import Filters
from funnel.metrics import gathering
from funnel.metrics.gathering import MOST_LISTED
from funnel.reports.overview import overview_report, stage_leads
from funnel.scale import loading
from funnel.scale.ways import Here, telling
from funnel.schema import Facts
from tests import real_facts
from tests.scale.worlds import DEFINITION, assert_same_overview, customers, dataset_of, folder_of, in_memory, in_parts

MADE = dataset_of(customers(800), DEFINITION, currency="EUR", covers={"2": "part"})


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(MADE, 4, tmp_path_factory.mktemp("made"))


def test_the_hash_of_a_key_is_that_of_md5() -> None:
    """By ``printf l17 | md5sum`` and so on: another version of any library must not place them elsewhere."""
    assert part_of(["l17", "客户", ""], 1000) == [0x0BE2B0D0 % 1000, 0xFF0B2077 % 1000, 0xD41D8CD9 % 1000]


def test_who_is_linked_stands_together() -> None:
    rows = [
        ("a", "c1", None), ("a", "c2", None), ("b", "c2", None), ("d", None, "a"), ("e", "c9", "c1"), ("f", "f", "f"),
        ("g", None, "nobody"), ("h", "c0", "d"),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["lead_id", "customer_id", "referrer_id"], orient="row")
    facts = Facts(pl.DataFrame(), frame, frame.select("lead_id"), pl.DataFrame(), pl.DataFrame())
    together = dict(keys(facts).iter_rows())
    assert {together[lead] for lead in "abdeh"} == {"c0"}
    assert (together["f"], together["g"]) == ("f", "g")


@pytest.mark.parametrize("n", [1, 4, 20])
def test_the_overview_is_the_same_in_any_number_of_parts(n: int, tmp_path: Path) -> None:
    """Customers of several leads, referrals, two files of which one is a selection, two currencies."""
    data = in_parts(folder_of(MADE, n, tmp_path), Here())
    assert data.n_leads == 800
    assert_same_overview(in_memory(MADE), data, most=4)


def test_parts_of_which_some_hold_nobody(tmp_path: Path) -> None:
    few = dataset_of(customers(40), DEFINITION, currency="EUR")
    folder = folder_of(few, 16, tmp_path)
    held = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in folder.glob("lead_rows-*.parquet")]
    assert len(held) == 16 and min(held) == 0 and max(held) > 1
    assert_same_overview(in_memory(few), in_parts(folder, Here()), most=1)


def test_on_an_earlier_day_too(four: Path) -> None:
    day = in_memory(MADE).day - timedelta(days=90)
    assert_same_overview(in_memory(MADE, day), in_parts(four, Here(), day), most=2)


def test_which_file_covers_whom_is_decided_over_all_leads(tmp_path: Path) -> None:
    """The newer file names 93 of 100 leads: of all it covers nearly all, of a part often too few. Nobody has said who
    is in it."""
    facts = customers(300)
    older = facts.lead_rows.with_columns(batch_no=pl.lit(2, pl.Int32)).unique("lead_id", maintain_order=True)
    newer = older.filter(pl.int_range(pl.len()) % 100 < 93).with_columns(batch_no=pl.lit(1, pl.Int32))
    entries = facts.entries.with_columns(batch_no=pl.lit(2, pl.Int32))
    made = replace(facts, lead_rows=pl.concat([newer, older]), entries=entries)
    dataset = dataset_of(made, DEFINITION)
    assert_same_overview(in_memory(dataset), in_parts(folder_of(dataset, 16, tmp_path), Here()), most=1)


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["enpal", "maven", "salesforce"])
def test_real_files_are_the_same_in_parts(name: str, real_data: Path, tmp_path: Path) -> None:
    facts, definition = getattr(real_facts, name)(real_data), getattr(real_facts, name.upper())
    dataset = dataset_of(facts, definition)
    assert_same_overview(in_memory(dataset), in_parts(folder_of(dataset, 4, tmp_path), Here()), most=2)


@pytest.mark.real_data
def test_customers_of_cdnow_who_bought_again_are_the_same(real_data: Path, tmp_path: Path) -> None:
    """A lead per order: whoever bought on a second day bought again, counted by hand from the lines of the file."""
    dataset, again = real_facts_of_cdnow(real_data)
    data = in_parts(folder_of(dataset, 4, tmp_path), Here())
    with gathering.over(data.parts):
        found = gathering.one_row(data.leads.select(pl.col("has_repeat").fill_null(False).sum().alias("n")))
    assert found["n"] == again
    assert_same_overview(in_memory(dataset), data, most=2)


def real_facts_of_cdnow(folder: Path) -> tuple[Any, int]:
    lines = [line.split() for line in (folder / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:]]
    bought = pl.DataFrame(lines, schema=["customer", "day", "n", "amount"], orient="row").with_columns(
        pl.col("day").str.to_datetime("%Y%m%d", time_unit="us"), pl.col("amount").cast(pl.Float64)
    )
    again = bought.group_by("customer").agg(pl.col("day").n_unique()).filter(pl.col("day") > 1).height
    return dataset_of(real_facts.orders(bought), real_facts.ORDERS), again


def test_a_dataset_in_parts_is_read_back_whole(four: Path) -> None:
    """The same rows; who is in a file stands at the import now, and files in the order of their days."""
    one, other = in_memory(MADE), in_memory(read_dataset(four))
    assert_same_overview(one, other)
    assert_frame_equal(one.journeys, other.journeys, check_row_order=False)


def test_medians_of_very_many_leads_keep_their_bound(four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "EXACT_UP_TO", 1)
    assert_same_overview(in_memory(MADE), in_parts(four, Here()), medians=gathering.FINEST_SHARE, most=2)
    exact = pl.DataFrame({"x": [0.0, 1e-6, 0.3, 1.0, 17.0, 24.9, 25.0, 99.0, 200.0, 1234.5, -8.13]})
    rounded = exact.select(x=gathering._rounded(pl.col("x")))["x"]
    assert rounded.to_list()[3:5] + rounded.to_list()[6:9] == [1.0, 17.0, 25.0, 99.0, 200.0]
    assert ((rounded - exact["x"]).abs() <= exact["x"].abs() * gathering.FINEST_SHARE / 2 + 1e-12).all()


def test_progress_is_told(four: Path) -> None:
    heard: list[tuple[int, int]] = []
    with telling(lambda done, n: heard.append((done, n))):
        in_parts(four, Here())
    assert heard[:5] == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_leads_are_listed_up_to_a_thousand(four: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, memory = in_parts(four, Here()), in_memory(MADE)
    listed, known = stage_leads(data, Filters(), 2), stage_leads(memory, Filters(), 2)
    assert MOST_LISTED == 1_000
    assert set(listed["lead_id"]) == set(known["lead_id"])
    monkeypatch.setattr(gathering, "MOST_LISTED", 30)
    newest = known.drop_nulls("created_at")["created_at"][:30]
    assert stage_leads(data, Filters(), 2)["created_at"].to_list() == newest.to_list()


def rewritten(folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame], name: str, part: int) -> None:
    path = folder / file_of(name, part)
    change(pl.read_parquet(path)).write_parquet(path)


def copied(four: Path, folder: Path) -> Path:
    return Path(shutil.copytree(four, folder / "copy"))


def moved(folder: Path, name: str, of: pl.Expr, n: int) -> None:
    """Rows of part 0 go to another part."""
    first, second = (folder / file_of(name, part) for part in (0, n))
    frame = pl.read_parquet(first)
    frame.filter(~of).write_parquet(first)
    pl.concat([pl.read_parquet(second), frame.filter(of)]).write_parquet(second)


def without_customer(folder: Path) -> None:
    """A pipeline that places entries by the lead and rows by the customer: halves of a lead in two parts."""
    places = {lead: part_of([lead], 4)[0] for lead in pl.read_parquet(folder / file_of("entries", 0))["lead_id"]}
    lead = next(lead for lead, place in places.items() if place == 1)
    moved(folder, "entries", pl.col("lead_id") == lead, 1)


def by_lead_only(folder: Path) -> None:
    moved(folder, "lead_rows", pl.col("customer_id").is_not_null(), 1)


def manifest(folder: Path, **changes: Any) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


SPOILED: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "a part that is missing": (lambda f: (f / file_of("entries", 2)).unlink(), "missing_file", "entries-00002.parquet"),
    "a part too many": (
        lambda f: shutil.copy(f / file_of("entries", 0), f / file_of("entries", 4)), "unknown_file", "entries-00004",
    ),
    "rows of a customer elsewhere": (by_lead_only, "wrong_part", "*-00000.parquet"),
    "halves of a lead in two parts": (without_customer, "two_parts", "*-00001.parquet"),
    "a column that is missing": (
        lambda f: rewritten(f, lambda d: d.drop("at"), "entries", 1), "missing_column", "entries-00001.parquet",
    ),
    "a blank id": (
        lambda f: rewritten(f, lambda d: d.with_columns(lead_id=pl.lit(None, pl.String)), "lead_rows", 3),
        "bad_rows", "lead_rows-00003.parquet",
    ),
    "an import that is not listed": (
        lambda f: rewritten(f, lambda d: d.with_columns(batch_no=pl.lit(9, pl.Int32)), "entries", 1),
        "unknown_batch", "entries-00001.parquet",
    ),
    "a file that is cut": (
        lambda f: (f / file_of("entries", 1)).write_bytes((f / file_of("entries", 1)).read_bytes()[:-99]),
        "unreadable", "entries-00001.parquet",
    ),
    "another hash": (
        lambda f: manifest(f, parts={"n": 4, "hash": "xx", "key": "customer, else lead"}), "bad_parts", "xx",
    ),
    "no parts at all": (lambda f: manifest(f, parts=None), "not_in_parts", "copy"),
    "no followed files": (
        lambda f: [(f / file_of("followed", part)).unlink() for part in range(4)], "no_follow_up", "2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILED)
def test_what_does_not_fit_is_named(what: str, four: Path, tmp_path: Path) -> None:
    spoil, code, named = SPOILED[what]
    folder = copied(four, tmp_path)
    spoil(folder)
    with pytest.raises(InputError) as caught:
        in_parts(folder, Here())
    assert caught.value.message.code == f"dataset.{code}"
    assert named in str(dict(caught.value.message.params))


def test_a_referral_into_another_part_is_found(tmp_path: Path) -> None:
    """A pipeline that keeps customers together and forgets who brought whom."""
    facts = replace(MADE.facts, lead_rows=MADE.facts.lead_rows.with_columns(referrer_id=pl.lit(None, pl.String)))
    folder = folder_of(replace(MADE, facts=facts), 4, tmp_path)
    own = pl.read_parquet(folder / file_of("lead_rows", 0)).drop_nulls("customer_id")["customer_id"]
    far = pl.read_parquet(folder / file_of("lead_rows", 1)).drop_nulls("customer_id")["customer_id"]
    later = own.filter(own > far[0])[0]  # where the referrer comes first as text, the part of its key is not this one
    name = pl.when(pl.col("customer_id") == later).then(pl.lit(far[0])).alias("referrer_id")
    rewritten(folder, lambda frame: frame.with_columns(name), "lead_rows", 0)
    with pytest.raises(InputError) as caught:
        in_parts(folder, Here())
    assert caught.value.message.code in ("dataset.split_referral", "dataset.wrong_part")


def test_a_rewritten_file_is_counted_anew(four: Path, tmp_path: Path) -> None:
    folder = copied(four, tmp_path)
    before = in_parts(folder, Here())
    lead = pl.read_parquet(folder / file_of("lead_rows", 0))["lead_id"][0]
    for name in ("lead_rows", "entries", "followed"):
        rewritten(folder, lambda frame: frame.filter(pl.col("lead_id") != lead), name, 0)
    assert in_parts(folder, Here()).n_leads == before.n_leads - 1
    assert overview_report(before, Filters()).n_leads == before.n_leads, "what is looked at stays what it was"


def test_a_file_that_changes_in_between_is_told(four: Path, tmp_path: Path) -> None:
    folder = copied(four, tmp_path)
    parted = open_parted(folder)
    rewritten(folder, lambda frame: frame.head(1), "entries", 0)
    with pytest.raises(InputError, match=r"dataset\.changed"):
        parted.facts_of(0, {})


def test_a_part_that_cannot_be_counted_is_an_error_with_its_name(four: Path, tmp_path: Path) -> None:
    folder = copied(four, tmp_path)
    data = in_parts(folder, Here())
    (kept,) = [one for one in (tmp_path / "kept").iterdir() if one.is_dir()]
    kept_part = kept / "journeys-00002.parquet"
    kept_part.write_bytes(kept_part.read_bytes()[:-50])
    with pytest.raises(StorageError) as caught:
        overview_report(data, Filters())
    assert caught.value.message.params["given"] == "*-00002.parquet"
    kept_part.unlink()
    assert overview_report(data, Filters()).n_leads == 800, "what is no longer kept is built again"


def test_errors_travel_between_processes() -> None:
    import pickle

    error: FunnelError = pickle.loads(pickle.dumps(InputError("dataset.changed", given="x")))
    assert isinstance(error, InputError)
    assert (error.message.code, dict(error.message.params)) == ("dataset.changed", {"given": "x"})
