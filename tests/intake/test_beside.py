"""Tables beside the deals: names of stages, which of them are won and lost, merged deals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funnel.definition.definition import definition_from_labels
from funnel.intake.beside import Beside, beside_of, kind_of, renamed
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.propose import propose
from funnel.intake.reading.reader import read_table

FUNNEL = definition_from_labels("f", ("1", "2", "3"), "3")
PIPELINE = """stage_id,label,display_order,probability,closed_won,pipeline_id
13,Offer,3,0.6,false,1
11,New,1,0.1,false,1
14,Signed by both,4,1.0,true,1
12,Demo,2,0.3,false,1
15,No deal,5,0.0,false,1
"""
DEALS = """deal_id,stage_id,amount,created_at,closed_at
1,11,10,2024-01-02,
2,14,20,2024-01-03,2024-02-03
3,15,30,2024-01-04,2024-02-04
4,13,40,2024-01-05,
5,14,50,2024-01-06,2024-02-06
"""


def table(text: str, name: str = "t.csv") -> RawTable:
    return read_table(text.encode(), name)


def beside(text: str) -> Beside | None:
    read = table(text)
    return beside_of(read, kind_of(read, FUNNEL))


def test_names_come_in_the_order_of_the_list_and_say_which_one_is_won() -> None:
    found = beside(PIPELINE)
    assert found is not None
    assert list(found.names.items()) == [
        ("11", "New"), ("12", "Demo"), ("13", "Offer"), ("14", "Signed by both"), ("15", "No deal"),
    ]  # fmt: skip
    assert found.ends == {"14": "won", "15": "lost"}


def test_a_chance_of_100_everywhere_says_nothing() -> None:
    found = beside("id,order_nr,name,deal_probability\n1,1,New,100\n2,2,Demo,100\n3,3,Offer,100\n")
    assert found is not None and found.ends == {}


def test_deals_whose_stages_are_numbers_take_names_order_and_win() -> None:
    found = beside(PIPELINE)
    assert found is not None
    proposal = propose(table(DEALS), FUNNEL, beside=found)
    assert [question.key for question in proposal.asked] == []
    assert proposal.mapping.label_names == {"11": "New", "13": "Offer", "14": "Signed by both", "15": "No deal"}
    assert proposal.said["stage", "14"] == "won"


def test_a_list_of_other_numbers_names_nothing() -> None:
    other = Beside({"91": "A", "92": "B", "11": "C"})
    assert propose(table(DEALS), FUNNEL, beside=other).mapping.label_names == {}


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("deal_id,merged_deal_id,_fivetran_synced\n1,2,x\n1,3,x\n4,5,x\n", {"2": "1", "3": "1", "5": "4"}),
        ("deal_id,merged_into_deal_id\n2,1\n3,1\n", {"2": "1", "3": "1"}),
        ("商机ID,被合并商机ID\n1,2\n4,5\n", {"2": "1", "5": "4"}),
        ("deal_id,contact_id\n1,2\n4,5\n", None),
    ],
)
def test_merged_pairs_say_which_one_is_gone(text: str, merged: dict[str, str] | None) -> None:
    found = beside(text)
    assert (found.merged if found else None) == merged


def test_merged_deals_are_left_out_and_only_those_of_the_file() -> None:
    proposal = propose(table(DEALS), FUNNEL, beside=Beside(merged={"3": "1", "77": "1"}))
    assert proposal.mapping.left_out == {"deal_id": ("3",)}


def test_a_funnel_of_numbers_takes_the_names_and_keeps_those_that_somebody_gave() -> None:
    found = renamed(FUNNEL, Beside({"1": "New", "2": "Demo", "3": "Won"}))
    assert [stage.name.en for stage in found.stages] == ["New", "Demo", "Won"]
    assert renamed(found, Beside({"1": "Other"})) == found
    assert replace(FUNNEL, stages=found.stages) == found


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("Month,Source,Spend", "web,100", "spend"),
        ("月份,来源,费用", "展会,100", "spend"),
        ("Month,Spend", "100", "spend"),
        ("Created,Customer,Cost", "Acme,100", None),  # a customer's cost is a deal's, not an advertisement's
        ("Month,Source,Leads,Cost", "web,9,100", None),  # totals that also say what they cost
    ],
)
def test_spend_says_when_and_where_and_nothing_else(header: str, cells: str, kind: str | None) -> None:
    read = table(f"{header}\n2024-01-01,{cells}\n2024-02-01,{cells}5\n")
    assert kind_of(read, FUNNEL) == kind
