"""The money of whole files: which column counts, in which currency, and the rows of one deal."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from funnel.definition.definition import FunnelDefinition
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import RawTable, from_dict
from funnel.intake.proposing.money import settle_money
from funnel.intake.proposing.propose import propose, propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.schema import ImportBatch
from tests.factories import GUIDE

DAY = date(2024, 12, 31)


def table(text: str) -> RawTable:
    return read_table("\n".join(line.strip() for line in text.strip().splitlines()).encode(), "deals.csv")


def batch(text: str, definition: FunnelDefinition = GUIDE) -> ImportBatch:
    read = table(text)
    proposal = propose_mapping(read, definition)
    assert proposal.questions == ()
    return normalize(read, proposal.mapping, import_day=DAY)


def money(found: ImportBatch) -> list[tuple[str, float | None, str | None]]:
    return found.lead_rows.select("lead_id", "amount", "currency").rows()


def codes(found: ImportBatch) -> set[str]:
    return {finding.message.code for finding in found.findings}


def test_an_actual_amount_beats_the_estimate_of_a_closed_deal() -> None:
    found = batch(
        """Deal ID,Stage,Created,Est. Revenue,Actual Revenue
        1,Closed Won,2024-01-02,1000,900
        2,Closed Won,2024-01-02,500,
        3,Proposal,2024-01-03,3000,
        4,Closed Lost,2024-01-04,2000,0"""
    )
    # the second was won for an unknown sum: what was hoped for is not what was paid
    assert [amount for _, amount, _ in money(found)] == [900, None, 3000, 2000]


def test_the_amount_in_the_companys_currency_counts() -> None:
    found = batch(
        """Deal ID,Stage,Created,Amount,Amount in home currency,Currency
        1,Closed Won,2024-01-02,1000,1000,EUR
        2,Closed Won,2024-01-02,150000,930,JPY
        3,Proposal,2024-01-03,500,460,USD"""
    )
    assert money(found) == [("1", 1000, None), ("2", 930, None), ("3", 460, None)]


def test_cents_beside_money_are_not_counted() -> None:
    found = batch(
        """Deal ID,Stage,Created,Value,Value formatted
        1,Closed Won,2024-01-02,120000,"$1,200"
        2,Closed Won,2024-01-02,50000,$500
        3,Proposal,2024-01-03,80000,$800"""
    )
    assert money(found) == [("1", 1200, "$"), ("2", 500, "$"), ("3", 800, "$")]


def test_a_chance_ratio_of_two_rows_is_no_proof_of_cents() -> None:
    read = table("Deal ID,Amount,Price\n1,100,1\n2,200,2")
    assert settle_money(read, {"Deal ID": "lead_id", "Amount": "amount", "Price": "ignore"})["Amount"] == "amount"


def test_the_currency_of_a_row_comes_from_its_column_its_cell_or_the_header() -> None:
    column = batch("Deal ID,Stage,Created,Amount,Currency\n1,Closed Won,2024-01-02,5,USD\n2,Proposal,2024-01-03,6,Euro")
    assert money(column) == [("1", 5, "USD"), ("2", 6, "EUR")]
    assert "intake.several_currencies" in codes(column)
    cell = batch("Deal ID,Stage,Created,Amount\n1,Closed Won,2024-01-02,5 CHF\n2,Proposal,2024-01-03,6")
    assert money(cell) == [("1", 5, "CHF"), ("2", 6, None)]
    header = batch("Deal ID,Stage,Created,Amount (k€)\n1,Closed Won,2024-01-02,5\n2,Proposal,2024-01-03,6 USD")
    assert money(header) == [("1", 5000, "EUR"), ("2", 6000, "USD")]
    assert "intake.unit_of_header" in codes(header)


def test_an_unknown_currency_is_told() -> None:
    found = batch("Deal ID,Stage,Created,Amount,Currency\n1,Closed Won,2024-01-02,5,USD\n2,Proposal,2024-01-03,6,pts")
    assert money(found) == [("1", 5, "USD"), ("2", 6, None)] and "intake.unknown_currency" in codes(found)


LINES = """Opportunity ID,Stage,Created Date,Product Name,Amount
O-1,Closed Won,2024-01-02,Widget,100
O-1,Closed Won,2024-01-02,Gadget,200
O-2,Closed Won,2024-01-03,Widget,50
O-3,Proposal,2024-01-04,Widget,100
O-3,Proposal,2024-01-04,Widget,100
O-3,Proposal,2024-01-04,Cable,20"""


def test_lines_with_different_products_add_up_and_a_doubled_row_counts_once() -> None:
    found = batch(LINES)
    assert [amount for _, amount, _ in money(found)] == [300, 300, 50, 120, 120, 120]
    assert "intake.lines_added" in codes(found)


def test_a_repeated_total_counts_once() -> None:
    found = batch(
        """Opportunity ID,Stage,Created Date,Product Name,Amount
        O-1,Closed Won,2024-01-02,Widget,300
        O-1,Closed Won,2024-01-02,Gadget,300
        O-2,Closed Won,2024-01-03,Widget,50
        O-2,Closed Won,2024-01-03,Cable,50
        O-3,Proposal,2024-01-04,Widget,120
        O-3,Proposal,2024-01-04,Cable,120"""
    )
    assert [amount for _, amount, _ in money(found)] == [300, 300, 50, 50, 120, 120]
    assert "intake.lines_once" in codes(found)


@pytest.mark.parametrize(
    "rows",
    [
        "O-1,Closed Won,2024-01-02,a,100\nO-1,Closed Won,2024-01-02,b,200",  # nothing says what the rows are
        "O-1,Closed Won,2024-01-02,a,100\nO-1,Closed Won,2024-01-02,a,200",
    ],
)
def test_rows_that_may_be_either_are_asked_and_the_answer_decides(rows: str) -> None:
    read = table("Opportunity ID,Stage,Created Date,Note,Amount\n" + rows)
    proposal = propose_mapping(read, GUIDE)
    assert [q.message.code for q in proposal.questions] == ["intake.lines_unclear"]
    for way, amounts in (("sum", [300, 300]), ("once", [100, 200])):
        mapping = from_dict({**proposal.mapping.to_dict(), "line_amounts": way})
        assert normalize(read, mapping, import_day=DAY).lead_rows["amount"].to_list() == amounts


def test_rows_of_a_history_are_no_lines() -> None:
    read = table(
        """Opportunity ID,Stage,Created Date,Product Name,Amount
        O-1,Proposal,2024-01-02,Widget,100
        O-1,Closed Won,2024-01-02,Gadget,200
        O-2,Closed Won,2024-01-03,Widget,50"""
    )
    assert "intake.lines_unclear" not in {q.message.code for q in propose_mapping(read, GUIDE).questions}


# --- times ----------------------------------------------------------------------------------------------------------


def test_open_ends_are_blanks() -> None:
    ends = "\n".join(f"{i},Proposal,2024-01-0{i},{'9999-12-31' if i < 4 else '2100-01-01'}" for i in range(1, 8))
    found = batch("Deal ID,Stage,Created,Expected Close Date\n" + ends)
    assert found.lead_rows["expected_close_at"].null_count() == 7
    told = [f.message.params["n"] for f in found.findings if f.message.code == "intake.open_ends"]
    assert sorted(told) == [3, 4]


def test_first_days_of_calendars_are_blanks_and_old_dates_are_not() -> None:
    head = "Deal ID,Stage,Created\n"
    found = batch(head + "1,Proposal,1900-01-01\n2,Proposal,2024-01-02\n3,Proposal,2024-02-02\n4,Proposal,2023-01-02")
    assert found.lead_rows["created_at"].null_count() == 1
    old = batch(head + "1,Proposal,1970-01-01\n2,Proposal,1970-02-02\n3,Proposal,1971-02-02")
    assert old.lead_rows["created_at"].null_count() == 0


def test_times_with_a_zone_are_converted_and_it_is_said() -> None:
    text = "Deal ID,Stage,Created\n1,Proposal,2024-01-02T20:00:00Z\n2,Proposal,2024-01-03T10:00:00Z"
    read = table(text)
    mapping = propose_mapping(read, GUIDE).mapping
    here = normalize(read, mapping, import_day=DAY, time_zone="Asia/Shanghai")
    assert here.lead_rows["created_at"].dt.to_string("%F %H:%M").to_list() == ["2024-01-03 04:00", "2024-01-03 18:00"]
    assert here.time_zone == "Asia/Shanghai" and "intake.zoned_times" in codes(here)
    written = normalize(read, mapping, import_day=DAY)
    assert written.time_zone is None and "intake.zones_as_written" in codes(written)
    assert here.mapping != written.mapping  # the zone belongs to the identity of the import


def test_several_zones_without_a_zone_of_the_workspace_become_utc() -> None:
    found = batch("Deal ID,Stage,Created\n1,Proposal,2024-01-02T20:00:00+08:00\n2,Proposal,2024-01-02T13:00:00Z")
    assert found.lead_rows["created_at"].dt.hour().to_list() == [12, 13]
    assert found.time_zone == "UTC" and "intake.zones_in_utc" in codes(found)


def test_a_zone_changes_nothing_where_no_time_names_one() -> None:
    read = table("Deal ID,Stage,Created\n1,Proposal,2024-01-02 20:00\n2,Proposal,2024-01-03 10:00")
    mapping = propose_mapping(read, GUIDE).mapping
    zoned, plain = (normalize(read, mapping, import_day=DAY, time_zone=zone) for zone in ("Asia/Shanghai", None))
    assert zoned.mapping == plain.mapping and zoned.lead_rows.equals(plain.lead_rows, null_equal=True)


def test_one_mistyped_year_does_not_say_up_to_when_the_file_reaches() -> None:
    rows = "\n".join(f"{i},Closed Won,2024-0{1 + i // 10}-{1 + i % 10:02},2024-06-{1 + i % 20:02}" for i in range(40))
    found = batch("Deal ID,Stage,Created,Close Date\n" + rows + "\n99,Closed Won,2024-01-05,2023-06-05")
    assert found.exported_on == date(2024, 6, 20)
    read = table("Deal ID,Stage,Created,Close Date\n" + rows + "\n99,Closed Won,2024-01-05,2025-06-05")
    late = normalize(read, propose_mapping(read, GUIDE).mapping, import_day=date(2026, 1, 1))
    assert late.exported_on == date(2024, 6, 20)
    assert late.lead_rows.filter(pl.col("lead_id") == "99")["closed_at"].dt.year().to_list() == [2025]


def test_an_amount_per_month_is_said_to_be_one() -> None:
    lines = """Deal ID,Stage,Created,Value,Duration Basis,Duration
        1,Won,2024-01-02,1500,FIXED,
        2,Won,2024-01-08,100,{},12"""
    told = [f.message for f in batch(lines.format("MONTH")).findings if f.message.code == "intake.amount_per_period"]
    assert [(m.params["column"], m.params["examples"], m.params["n"]) for m in told] == [("Value", ["MONTH"], 1)]
    assert "intake.amount_per_period" not in codes(batch(lines.format("FIXED")))


def test_of_a_price_for_one_and_a_total_of_the_line_the_total_is_the_money() -> None:
    """Counted by hand: 2 × 10 + 3 × 5 = 35, 1 × 7 = 7, 4 × 2.5 less a discount = 9."""
    read = table(
        """Quote No,Line,Quote Date,Status,Product,Qty,Unit Price,Line Total
        Q-1,1,2024-01-05,Won,Saw,2,10.00,20.00
        Q-1,2,2024-01-05,Won,Drill,3,5.00,15.00
        Q-2,1,2024-01-09,Won,Rope,1,7.00,7.00
        Q-3,1,2024-02-01,Lost,Nails,4,2.50,9.00
        Q-4,1,2024-02-03,Open,Glue,5,3.00,15.00
        Q-5,1,2024-02-04,Open,Glue,6,3.00,18.00"""
    )
    roles = {"Quote No": "lead_id", "Unit Price": "amount", "Line Total": "ignore", "Qty": "ignore"}
    assert settle_money(read, roles) == {**roles, "Unit Price": "ignore", "Line Total": "amount"}
    mapping = propose_mapping(read, GUIDE).mapping
    found = normalize(read, mapping, import_day=DAY)
    assert {name: amount for name, amount, _ in money(found)} == {"Q-1": 35, "Q-2": 7, "Q-3": 9, "Q-4": 15, "Q-5": 18}


def test_an_amount_beside_a_weighted_one_or_a_rate_stays_the_amount() -> None:
    read = table(
        """Id,Amount,Probability,Weighted,Rate,In Euro
        1,100,10,10,1.1,110
        2,200,50,100,1.1,220
        3,300,90,270,1.2,360
        4,400,20,80,1.1,440"""
    )
    roles = {"Id": "lead_id", "Amount": "amount"}
    assert settle_money(read, roles)["Amount"] == "amount"


ONE = """{id},Customer,Product,{n},{price},Status,Created
    D1,Ada,Saw,2,10,Won,2024-01-02
    D2,Ben,Drill,3,5,Lost,2024-01-05
    D3,Cy,Saw,4,10,Open,2024-01-06
    D4,Dan,Drill,1,5,Won,2024-01-07"""


@pytest.mark.parametrize(
    ("n", "price"),
    [("Qty", "Unit Price"), ("数量", "单价（元）"), ("Menge", "Einzelpreis"), ("Units", "Price per unit")],
)
def test_a_price_of_one_piece_is_multiplied_and_said(n: str, price: str) -> None:
    """By hand: 2 × 10, 3 × 5, 4 × 10, 1 × 5."""
    found = batch(ONE.format(id="Deal ID", n=n, price=price))
    assert [amount for _, amount, _ in money(found)] == [20, 15, 40, 5]
    told = next(f.message.params for f in found.findings if f.message.code == "intake.price_times_pieces")
    assert (told["n_pieces"], told["price"], told["amount"], told["n"]) == (2, 10, 20, 4)


def test_a_plain_price_is_that_of_one_piece_where_it_stays_the_same_whatever_is_bought() -> None:
    text = ONE.format(id="Deal ID", n="Menge", price="Preis")
    assert [amount for _, amount, _ in money(batch(text))] == [20, 15, 40, 5]
    whole = text.replace("2,10", "2,20").replace("3,5", "3,15").replace("4,10", "4,40")
    assert [amount for _, amount, _ in money(batch(whole))] == [20, 15, 40, 5]


@pytest.mark.parametrize(
    ("text", "answers", "amounts"),
    [
        (ONE.replace("Product", "Note"), ("times", "whole", "none"), [20, 15, 40, 5]),  # nothing says which
        (
            ONE.replace("Product", "Discount").replace("Saw", "1").replace("Drill", "0"),
            ("times", "whole", "none"),
            None,
        ),
        (ONE.replace("{n}", "Note"), ("whole", "none"), None),  # how many is nowhere
    ],
)
def test_a_price_of_which_nobody_knows_is_asked(
    text: str, answers: tuple[str, ...], amounts: list[float] | None
) -> None:
    is_alone = "{n}" not in text
    read = table(text.format(id="Deal ID", n="Menge", price="Unit price" if is_alone or amounts is None else "Preis"))
    asked = propose_mapping(read, GUIDE).asked
    assert [(q.key, tuple(a.key for a in q.answers)) for q in asked] == [("pieces", answers)]
    for answer in answers:
        mapping = propose(read, GUIDE, answers={"pieces": answer}).mapping
        found = normalize(read, mapping, import_day=DAY).lead_rows["amount"].to_list()
        assert found == {"times": amounts or [20, 15, 40, 5], "whole": [10, 5, 10, 5], "none": [None] * 4}[answer]


def test_lines_of_pieces_add_up_and_a_line_without_a_number_of_pieces_is_told() -> None:
    found = batch(
        """Deal ID,Stage,Created Date,Product Name,Qty,Unit price
        O-1,Closed Won,2024-01-02,Widget,2,100
        O-1,Closed Won,2024-01-02,Gadget,2,100
        O-2,Closed Won,2024-01-03,Widget,3,50
        O-3,Proposal,2024-01-04,Widget,,100"""
    )
    assert [amount for _, amount, _ in money(found)] == [400, 400, 150, None]
    assert {"intake.lines_added", "intake.pieces_missing"} <= codes(found)
