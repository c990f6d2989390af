"""A counts file on its way to the page: the published totals, added up here with the csv module alone."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from funnel.filters import Filters
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.funnel_of_file import suggest_definition
from funnel.intake.proposing.propose import propose_mapping, with_targets
from funnel.intake.reading.reader import read_table
from funnel.metrics.steps.activity import counts_table
from funnel.schema import facts_of
from tests.factories import GUIDE


@pytest.mark.real_data
def test_metrocar_by_platform_and_in_total(real_data: Path) -> None:
    path = real_data / "metrocar_funnel" / "funnel.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = list(dict.fromkeys(row["step_name"] for row in rows))
    expected = [sum(int(r["user_count"]) for r in rows if r["step_name"] == step) for step in steps]
    assert expected == [23608, 17623, 12406, 12278, 6233, 6233, 4348]
    android = [
        sum(int(r["user_count"]) for r in rows if r["step_name"] == s and r["platform"] == "android") for s in steps
    ]

    table = read_table(path, path.name)
    mapping = replace(propose_mapping(table, GUIDE).mapping, measure="user_count")
    definition = suggest_definition(table, mapping).definition("metrocar")
    batch = normalize(table, with_targets(table, mapping, definition), import_day=date(2026, 1, 1))
    facts = facts_of([batch], datetime(2026, 1, 1))
    assert counts_table(facts, definition, Filters())["n"].to_list() == expected
    by = counts_table(facts, definition, Filters(), by="source").filter(pl.col("group") == "android")
    assert by["n"].to_list() == android
