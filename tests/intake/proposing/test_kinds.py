"""What a row is, what its dates are, what its labels mean: one rule at a time, on files small enough to read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funnel.definition.definition import load_templates
from funnel.intake.flags import flag_kind
from funnel.intake.meaning import Proposal
from funnel.intake.proposing.funnel_of_file import FunnelSuggestion, merged_by_name, suggest_definition
from funnel.intake.proposing.headers import SAMPLE_ROWS
from funnel.intake.proposing.propose import propose
from funnel.intake.questions import readings_of
from funnel.intake.reading.reader import read_table
from funnel.intake.words import concept_of
from tests.conftest import ROOT

GENERAL = load_templates(ROOT / "data" / "templates")["general_b2b"]


def proposed(*lines: str) -> Proposal:
    return propose(read_table("\n".join(lines).encode(), "t.csv"), GENERAL)


def roles(*lines: str) -> dict[str, str]:
    return {column: role for column, role in proposed(*lines).mapping.roles.items() if role != "ignore"}


def deals(header: str, *cells: str, won: str = "Won", lost: str = "Lost") -> tuple[str, ...]:
    """Eight deals: id, stage, amount, creation, closing, then ``cells`` cut for each row by ``|``."""
    stages = (won, lost, "Proposal", "Lead", won, lost, "Proposal", "Lead")
    rows = []
    for i, stage in enumerate(stages, 1):
        closed = f"2024-0{i % 3 + 4}-1{i}" if stage in (won, lost) else ""
        more = "".join("," + cell.split("|")[(i - 1) % len(cell.split("|"))] for cell in cells)
        rows.append(f"D-{i},{stage},{i}00,2024-01-0{i},{closed}{more}")
    return (f"Deal ID,Stage,Amount,Created,Closed{header}", *rows)


# --- what a row is --------------------------------------------------------------------------------------------------


def test_the_code_of_an_item_is_no_lead_beside_an_id_of_many_values() -> None:
    rows = [f"OPP-{i},Converted,2024-01-0{i},ITM-{n},{i * n}00" for i in range(1, 7) for n in (1, 2)]
    found = proposed("ID,Status,Opportunity Date,Item Code,Amount", *rows).mapping
    assert (found.shape, found.column("lead_id")) == ("snapshot", "ID")


def test_a_noun_with_another_word_is_no_id() -> None:
    """ "Lead bron" says where leads come from; only a noun alone names the lead."""
    assert roles(*deals(",Lead bron", "Web|Fair"))["Deal ID"] == "lead_id"
    assert roles(*deals(",项目预算", "10|20|30"))["Deal ID"] == "lead_id"


def test_records_with_a_code_are_no_totals() -> None:
    rows = [f"OPP{i},1/{i}/2024,{stage},{i}00.00" for i, stage in enumerate(("Won", "Lost", "Proposal") * 4, 1)]
    assert proposed("Document Number,Date,Entity Status,Projected Total", *rows).mapping.shape != "counts"


def test_whole_exports_with_the_day_of_the_load_are_one_list() -> None:
    rows = [f"{i},Lead,100,2024-01-0{i},,2024-0{load}-28" for load in range(2, 7) for i in range(1, 6)]
    found = proposed("id,stage,amount,created_date,closed_date,dt", *rows).mapping
    assert (found.shape, found.column("changed_at")) == ("snapshot", "dt")


# --- dates ----------------------------------------------------------------------------------------------------------


def test_when_a_deal_was_changed_is_no_stage() -> None:
    assert "Changed On" not in roles(*deals(",Changed On", "2024-06-01|2024-06-02"))


def test_a_blank_reason_of_loss_is_no_date_of_loss() -> None:
    assert roles(*deals(",Reden van verlies", "")).get("Reden van verlies") in (None, "lost_reason")


@pytest.mark.parametrize(
    "header", ["Geschatte sluitingsdatum", "Предполагаемая дата закрытия", "Oczekiwana data zamknięcia"]
)
def test_a_planned_closing_date_is_a_plan_in_any_language(header: str) -> None:
    assert roles(*deals(f",{header}", "2024-09-01|2024-09-02|2024-09-03"))[header] == "expected_close"


# --- results and labels -----------------------------------------------------------------------------------------------


def test_a_column_that_says_won_and_lost_is_the_result_whatever_it_is_called() -> None:
    lines = deals(",是否成交/结束", "赢单|输单|进行中|进行中", won="Negotiation", lost="Proposal")
    assert roles(*lines)["是否成交/结束"] == "status"


@pytest.mark.parametrize(
    ("won", "lost"), [("Wygrana", "Przegrana"), ("受注", "失注"), ("Kazanıldı", "Kaybedildi"), ("贏單", "輸單")]
)
def test_won_and_lost_are_known_in_other_languages(won: str, lost: str) -> None:
    found = proposed(*deals("", won=won, lost=lost))
    assert found.asked == ()
    assert found.mapping.labels["stage", lost] == "@lost"
    assert found.mapping.labels["stage", won] == GENERAL.won_key


def test_a_name_with_a_number_is_no_slip_of_a_stage() -> None:
    assert roles(*deals(",Buyer", "Contact 1|Contact 2|Contact 3")).get("Buyer") != "stage"


def test_converted_beside_lost_with_money_is_the_win() -> None:
    found = proposed(*deals("", won="Converted"))
    assert found.said.get(("stage", "Converted")) == "won"


# --- money ------------------------------------------------------------------------------------------------------------


def test_prorated_money_is_not_the_money_of_the_deal() -> None:
    lines = [line.replace("Amount", "Expected Revenue") for line in deals(",Prorated Revenue", "10|20|30|40")]
    assert roles(*lines)["Expected Revenue"] == "amount"
    assert roles(*lines).get("Prorated Revenue") != "amount"


def test_labels_of_one_name_are_one_stage_and_take_their_spellings_with_them() -> None:
    """Merging by hand: two labels get one name; what was another spelling of the second follows it."""
    names = {"New": "New", "Demo": "Talks", "Demo 2": "talks", "Won": "Won"}
    labels, same = merged_by_name(names, {"DEMO 2": "Demo 2", "won!": "Won"})
    assert labels == ("New", "Demo", "Won")
    assert same == {"DEMO 2": "Demo", "won!": "Won", "Demo 2": "Demo"}
    made = FunnelSuggestion(labels, "Won", (), names, same).definition("x")
    assert len({made.labels["stage", label] for label in ("Demo", "Demo 2", "DEMO 2")}) == 1


def test_where_no_header_is_known_the_reading_and_the_money_are_one_question() -> None:
    rows = [
        f"Q{i},{('Won', 'Lost', 'Proposal')[i % 3]},2024-01-{i:02},{i * 130},{i * 7 % 11 + 20}" for i in range(1, 25)
    ]
    table = read_table("\n".join(["Aru,Bix,Cok,Dul,Efa", *rows]).encode(), "t.csv")
    asked = propose(table, GENERAL).asked
    assert [question.key for question in asked] == ["headers"]
    assert [answer.key for answer in asked[0].answers] == ["money:Dul", "money:Efa", "money:"]
    for answer, money in (("money:Dul", "Dul"), ("money:", None)):
        found = propose(table, GENERAL, answers={"headers": answer})
        assert (found.mapping.column("amount"), found.asked) == (money, ())


def test_a_person_is_no_slip_of_a_label() -> None:
    """ "Ann Lee" is one letter from "annulée"."""
    assert concept_of("Ann Lee") is None
    assert concept_of("Annulee") == "lost"


def test_a_loss_that_is_ticked_off_is_a_loss_and_no_stage() -> None:
    rows = [f"{i},√,{'√' if i < 8 else ''},{'√' if i < 4 else ''},{'√' if 7 < i < 11 else ''}" for i in range(12)]
    found = roles("编号,初次接触,报价,签约,丢单", *rows)
    assert (found["报价"], found["签约"], found["丢单"]) == ("tick", "tick", "status")


def test_an_id_that_only_a_program_writes_identifies_the_row_whatever_its_header_says() -> None:
    rows = [f"{i:08x}-5c83-2a51-a22b-a4d70746a9ba,Deal {i % 3},{'Won' if i % 2 else 'Offen'}" for i in range(12)]
    assert roles("(Nicht ändern) Datensatz,Thema,Status", *rows)["(Nicht ändern) Datensatz"] == "lead_id"


def test_the_sign_of_degrees_stands_for_a_number() -> None:
    rows = [f"A24-{i:03},{'Gagné' if i % 2 else 'Perdu'}" for i in range(12)]
    assert roles("Affaire N°,Statut", *rows)["Affaire N°"] == "lead_id"


def test_money_beside_counts_is_no_stage_and_weeks_are_periods_whatever_their_header() -> None:
    rows = [f"2024-W{i:02},42,19,4,{1000 * i}" for i in range(1, 11)]
    found = roles("주차,신규 리드,견적,계약,계약금액(원)", *rows)
    assert found == {"주차": "period", "신규 리드": "count", "견적": "count", "계약": "count"}


def test_which_year_days_are_of_is_asked_once_and_said_of_all() -> None:
    rows = [f"K{i},3月{1 + i}日,4月{1 + i}日,{'成交' if i % 2 else '未成交'}" for i in range(12)]
    table = read_table("\n".join(["客户编号,登记日期,成交日期,结果", *rows]).encode(), "a.csv")
    mapping = propose(table, load_templates(ROOT / "data" / "templates")["general_b2b"]).mapping
    (question,) = readings_of(table, mapping).questions
    assert question.kind == "day_year"
    said = readings_of(table, replace(mapping, date_readings={question.key: "year:2023"}))
    assert said.questions == () and set(said.dates.values()) == {"year:2023"} and len(said.dates) == 2


def test_a_heading_over_all_dates_is_no_part_of_the_names_of_stages() -> None:
    header = "N°,Étapes (date) Contact,Étapes (date) Rendez-vous,Étapes (date) Devis,Étapes (date) Signé"
    rows = [
        f"{i},2024-01-{1 + i:02},2024-02-{1 + i:02},{f'2024-03-{1 + i:02}' if i < 8 else ''},"
        f"{f'2024-04-{1 + i:02}' if i < 4 else ''}"
        for i in range(12)
    ]
    table = read_table("\n".join([header, *rows]).encode(), "a.csv")
    template = load_templates(ROOT / "data" / "templates")["general_b2b"]
    found = suggest_definition(table, propose(table, template).mapping)
    assert [found.names.get(label, label) for label in found.labels][-2:] == ["Devis", "Signé"]


def test_a_stage_that_no_label_names_is_read_by_each_in_their_own_language() -> None:
    rows = [f"{i},2024-01-{1 + i:02},2024-02-{1 + i:02},{f'2024-03-{1 + i:02}' if i < 4 else ''}" for i in range(12)]
    table = read_table("\n".join(["Deal ID,Created,Demo date,Won date", *rows]).encode(), "a.csv")
    template = load_templates(ROOT / "data" / "templates")["general_b2b"]
    first, demo, won = suggest_definition(table, propose(table, template).mapping).definition("Mine").stages
    assert (first.name.en, first.name.zh) == ("Lead acquisition", "线索获取")
    assert (demo.name.en, demo.name.zh) == ("Demo", "Demo")
    assert (won.name.en, won.name.zh) == ("Won", "赢单")  # of a header, "Won date": no label of the file


# --- nothing is left out without a word -----------------------------------------------------------------------------


def test_a_date_that_nobody_can_read_is_asked_about() -> None:
    """A column called closing date whose cells are no dates we know keeps its role: the import stops and says so."""
    rows = [f"{i},{stage},2024-01-0{i},day {i}/88/7" for i, stage in enumerate(("Won", "Lost", "Proposal", "Won"), 1)]
    found = proposed("Deal ID,Stage,Created,Close Date", *rows)
    assert found.mapping.column("closed_at") == "Close Date"
    assert "intake.not_a_date" in {finding.message.code for finding in found.questions}


def test_a_word_under_a_date_header_is_no_date() -> None:
    assert "Close Date" not in roles("Deal ID,Stage,Created,Close Date", *[
        f"{i},{stage},2024-01-0{i},soon" for i, stage in enumerate(("Won", "Lost", "Proposal", "Won"), 1)
    ])  # fmt: skip


def test_the_day_of_the_event_is_no_stage_of_its_sale() -> None:
    """Filled for every deal and yet after the contract, which only some have."""
    rows = [f"{i},2024-01-0{i},{'2024-02-1' + str(i) if i % 2 else ''},2024-08-1{i}" for i in range(1, 9)]
    found = roles("Deal ID,Requested on,Contract signed,Arrival", *rows)
    assert found.get("Contract signed") == "entry" and "Arrival" not in found


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Signed? (Y/N)", "won"),
        ("Dead?", "lost"),
        ("是否丢单", "lost"),
        ("Sold?", "won"),
        ("Contract signed", None),
        ("Demo?", None),
    ],
)
def test_a_question_in_a_header_says_how_a_deal_ended(header: str, kind: str | None) -> None:
    assert flag_kind(header) == kind


def test_a_header_that_begins_with_what_it_says() -> None:
    found = roles(*deals(",Responsável pela venda,Źródło kontaktu", "Ana,Targi|Rui,Telefon|Eva,Web"))
    assert (found.get("Responsável pela venda"), found.get("Źródło kontaktu")) == ("owner", "source")


def test_money_under_a_heading_that_speaks_of_signing_is_no_day() -> None:
    """36,000 is a day of 1998 to a spreadsheet; under 签约 合同金额 it is money."""
    rows = [
        f"{i},2024-01-0{i},{f'2024-02-0{i},{36000 + 100 * i}' if i % 2 else ','},{'已签约' if i % 2 else '已流失'}"
        for i in range(1, 9)
    ]
    found = roles("客户信息 序号,客户信息 登记日期,签约 签约日期,签约 合同金额,结果 状态", *rows)
    assert found.get("签约 合同金额") == "amount"


def test_what_is_a_part_of_another_task_is_no_deal() -> None:
    rows = [f"{i},Firm {i},{'Won' if i % 2 else 'Lost'},," for i in range(1, 7)]
    rows += [f"{10 + i},Call back,,Firm {i},2024-01-0{i}" for i in range(1, 4)]
    table = read_table("\n".join(("Task ID,Name,Section/Column,Parent task,Due Date", *rows)).encode(), "board.csv")
    assert table.frame.height == 6 and table.left_out["code"].to_list() == ["reading.left_out.task"] * 3
    # a parent that stands nowhere in the table says nothing of a row
    rows[-1] = "13,Call back,,Somebody else,2024-01-03"
    elsewhere = read_table(
        "\n".join(("Id,Name,Status,Parent account", *[r.rsplit(",", 1)[0] for r in rows])).encode(), "a.csv"
    )
    assert elsewhere.frame.height == 9


def test_days_over_the_end_of_the_year_above_are_asked_about() -> None:
    """28 Dec and 5 Jan are not of one year because the title names one."""
    over = ("28 Dec", "29 Dec", "30 Dec", "3 Jan", "4 Jan", "5 Jan")
    within = ("3 Jan", "4 Jan", "5 Jan", "13 Feb", "14 Feb", "20 Mar")
    for days, asked in ((over, ["day_year"]), (within, [])):
        rows = [f"{i},{day},{'Won' if i % 2 else 'Lost'}" for i, day in enumerate(days)]
        table = read_table("\n".join(("Leads 2024,,", "Deal ID,Created,Status", *rows)).encode(), "a.csv")
        questions = readings_of(table, propose(table, GENERAL).mapping).questions
        assert [question.kind for question in questions] == asked, days


def test_a_test_record_beyond_the_sample_is_asked_about_and_left_out() -> None:
    rows = [f"{i},Firm {i},{'Won' if i % 2 else 'Lost'},2024-01-{i % 28 + 1:02}" for i in range(3 * SAMPLE_ROWS)]
    rows[-7] = rows[-7].replace(f"Firm {len(rows) - 7}", "ＴＥＳＴ 2")
    table = read_table("\n".join(("Deal ID,Company,Stage,Created", *rows)).encode(), "a.csv")
    (question,) = [one for one in propose(table, GENERAL).asked if one.key == "tests"]
    assert (question.n, question.message.params["names"]) == (1, ["ＴＥＳＴ 2"])
    assert propose(table, GENERAL, answers={"tests": "out"}).mapping.left_out == {"Company": ("ＴＥＳＴ 2",)}
