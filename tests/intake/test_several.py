"""Several tables at once: the same figures however they come, each named as what it is, joined as they belong."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from funnel.dataset.reading import is_dataset
from funnel.errors import InputError
from funnel.intake.several.opening import OneFile, opened
from funnel.intake.several.parts import joins, part_of
from funnel.metrics.journeys.build import build_journeys, default_as_of
from funnel.storage.store import Store
from tests.intake.by_tables import ANY, stored

NOW = datetime(2024, 6, 1)
TABLES = {
    "deals": """id,stage_id,status,value,add_time,won_time,lost_time
1,8,won,400,2024-01-03,2024-03-01,
2,9,lost,500,2024-01-05,,2024-03-12
3,7,open,300,2024-01-08,,
4,9,won,200.5,2024-02-01,2024-04-01,
5,8,won,150,2024-02-03,2024-04-09,
""",
    "stages": "id,order_nr,name,pipeline_id\n7,1,Qualified,1\n9,2,Proposal Made,1\n8,3,Talks,1\n",
    "deal_merges": "deal_id,merged_deal_id\n1,4\n",
    "users": """id,email,first_name,last_name,_fivetran_synced
1,a@b.example,Ann,Ode,2024-06-01
2,c@d.example,Bo,Ek,2024-06-01
""",
    "_dlt_loads": "load_id,schema_name,status,inserted_at\n1,crm,0,2024-06-01\n",
}
FIGURES = {"won": (2, 550.0), "lost": (1, 500.0), "open": (1, 300.0)}
"""By hand: deal 4 went into deal 1 and counts no more."""


def frame(text: str) -> pl.DataFrame:
    return pl.read_csv(io.StringIO(text), try_parse_dates=True)


def as_csv(folder: Path) -> list[Path]:
    paths = []
    for name, text in TABLES.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def as_zip(folder: Path) -> list[Path]:
    with zipfile.ZipFile(folder / "crm.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in TABLES.items():
            archive.writestr(f"export/{name}.csv", text)
    return [folder / "crm.zip"]


def as_parquet(folder: Path) -> list[Path]:
    for name, text in TABLES.items():
        frame(text).write_parquet(folder / f"{name}.parquet")
    return [folder / f"{name}.parquet" for name in TABLES]


def as_parquet_zip(folder: Path) -> list[Path]:
    with zipfile.ZipFile(folder / "crm.zip", "w") as archive:
        for path in as_parquet(folder):
            archive.write(path, path.name)
    return [folder / "crm.zip"]


def as_duckdb(folder: Path) -> list[Path]:
    with duckdb.connect(str(folder / "crm.duckdb")) as connection:
        for name, text in TABLES.items():
            connection.register("incoming", frame(text))
            connection.execute(f'CREATE TABLE "{name}" AS FROM incoming')
        connection.execute("CREATE VIEW won AS SELECT * FROM deals WHERE status = 'won'")
    return [folder / "crm.duckdb"]


def as_sqlite(folder: Path) -> list[Path]:
    connection = sqlite3.connect(folder / "crm.sqlite")
    for name, text in TABLES.items():
        rows = [[cell or None for cell in line.split(",")] for line in text.splitlines()]
        columns = ", ".join(f'"{column}"' for column in rows[0])
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        connection.executemany(f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(rows[0]))})', rows[1:])
    connection.commit()
    connection.close()
    return [folder / "crm.sqlite"]


def figures(store: Store) -> dict[str, tuple[int, float]]:
    facts, definition = store.facts(), store.definition()
    journeys = build_journeys(facts, definition, default_as_of(facts, definition) or NOW.date()).collect()
    summed = journeys.group_by("outcome").agg(pl.len().alias("n"), pl.col("amount").sum())
    return {outcome: (n, amount) for outcome, n, amount in summed.iter_rows()}


@pytest.mark.parametrize("made", [as_csv, as_zip, as_parquet, as_parquet_zip, as_duckdb, as_sqlite])
def test_the_same_tables_give_the_same_figures_in_every_form(
    made: Callable[[Path], list[Path]], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    files = [OneFile(path.name, path) for path in made(tmp_path / "in")]
    store = stored(files, tmp_path, "Company", NOW)
    assert figures(store) == FIGURES
    assert [stage.name.en for stage in store.definition().stages][:3] == ["Qualified", "Proposal Made", "Talks"]
    days = store.facts().lead_rows.sort("lead_id")["created_at"].dt.date().to_list()
    assert days[0] == datetime(2024, 1, 3).date()


def test_each_table_is_named_and_joined(tmp_path: Path) -> None:
    (path,) = as_duckdb(tmp_path)
    files = opened(OneFile("crm.duckdb", path), is_dataset)
    files.sort(key=lambda one: list(TABLES).index(one.name.removeprefix("crm.duckdb › ")))
    assert {one.of for one in files} == {"crm.duckdb"}
    parts = [part_of(one, ANY) for one in files]
    seen = dict(zip(TABLES, (part.seen for part in parts), strict=True))
    assert seen == {
        "deals": "deals",
        "stages": "lookup",
        "deal_merges": "merged",
        "users": "people",
        "_dlt_loads": "load",
    }
    assert [part.use for part in parts] == ["deals", "lookup", "merged", "out", "out"]
    found = dict(zip(TABLES, joins(parts), strict=True))
    (names,), (merged,) = found["stages"], found["deal_merges"]
    assert (names.kind, names.other, names.n, names.of) == ("names", 0, 3, 3)
    assert (merged.kind, merged.other, merged.n, merged.of) == ("ids", 0, 1, 1)
    assert found["users"] == found["_dlt_loads"] == ()


def test_lead_and_opportunity_are_one_journey(tmp_path: Path) -> None:
    leads = """Id,Name,CreatedDate,Status,IsConverted,ConvertedOpportunityId,ConvertedDate
L1,Ann,2024-01-02,Qualified,true,O1,2024-01-20
L2,Bo,2024-01-05,Open,false,,
L3,Cy,2024-01-06,Qualified,true,O2,2024-02-01
"""
    deals = """Id,StageName,Amount,CreatedDate,CloseDate,IsWon,IsClosed
O1,Closed Won,100,2024-01-20,2024-03-01,true,true
O2,Proposal,200,2024-02-01,2024-09-01,false,false
"""
    for name, text in (("leads", leads), ("opportunities", deals)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    files = [OneFile(f"{name}.csv", tmp_path / f"{name}.csv") for name in ("opportunities", "leads")]
    parts = [part_of(one, ANY) for one in files]
    assert [part.use for part in parts] == ["deals", "deals"]
    assert any(join.kind == "ids" and (join.n, join.of) == (2, 2) for join in joins(parts)[1])
    facts = stored(files, tmp_path, "Company", NOW).facts()
    assert sorted(facts.lead_ids) == ["L2", "O1", "O2"]


def test_an_archive_inside_which_a_database_lies_is_opened_whole(tmp_path: Path) -> None:
    (path,) = as_duckdb(tmp_path)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "warehouse.duckdb")
    files = opened(OneFile("a.zip", tmp_path / "a.zip"), is_dataset)
    assert len(files) == len(TABLES) and {one.of for one in files} == {"a.zip"}
    assert sorted(one.path for one in files) == sorted(tmp_path.glob("file-*")), "nothing else is left behind"
    assert not list(tmp_path.glob("inside-*")) and not (tmp_path / "a.zip").exists()


def test_a_database_without_tables_is_told(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "a.duckdb")).close()
    with pytest.raises(InputError) as caught:
        opened(OneFile("a.duckdb", tmp_path / "a.duckdb"), is_dataset)
    assert caught.value.message.code == "reading.no_tables"


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        # from the public sample tables of one connector's package, shortened and made up anew
        ("merged_deal", "deal_id,merged_deal_id,_fivetran_synced\n9089908390,9014070905,2023-06-22\n", "merged"),
        ("role", "id,name,requires_billing_write\n1,Sales,false\n2,Support,true\n", "other"),
        ("email_event_delivered", "id,response,smtp_id,_fivetran_synced\na1,250 OK,x,2023-06-22\n", "other"),
        ("ticket", "id,property_hs_pipeline_stage,_fivetran_synced\n1,Open,2023-06-22\n2,Won,2023-06-22\n", "other"),
        ("tickets of us", "id,stage,created\n1,Open,2023-06-22\n2,Won,2023-06-23\n3,Open,2023-06-24\n", "deals"),
        ("contacts", "contact_id,deal_stage,created\n1,New,2023-06-22\n2,Closed Won,2023-06-23\n", "deals"),
        (
            "deal_pipeline_stage",
            "stage_id,label,display_order,probability,closed_won,pipeline_id\n"
            + "".join(f"s{i},{'AB'[i % 2]}{i},{i % 5},0.{i % 5},false,p{i // 5}\n" for i in range(60)),
            "lookup",
        ),
    ],
)
def test_what_is_no_table_of_deals_is_not_offered_as_one(name: str, text: str, seen: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    part = part_of(OneFile(f"zip › {name}.csv", tmp_path / "t.csv"), ANY)
    assert part.seen == seen
    assert (part.use == "out") == (seen == "other")
