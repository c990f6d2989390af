"""What columns and labels mean, proposed from small files whose meaning is plain to a reader."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.definition.definition import IGNORE, LOST, OPEN, FunnelDefinition, definition_from_labels, load_templates
from funnel.errors import InputError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.cells.periods import parse_period
from funnel.intake.cells.spelling import plain
from funnel.intake.mapping import ROLES, ColumnMapping, RawTable, fits, from_dict, header_changes, header_signature
from funnel.intake.proposing.funnel_of_file import FunnelSuggestion, in_order, suggest_definition, won_and_after
from funnel.intake.proposing.headers import header_guesses
from funnel.intake.proposing.labels import label_names_from_lookup, target_of
from funnel.intake.proposing.propose import propose_mapping, with_targets
from funnel.intake.questions import open_questions, readings_of
from funnel.intake.reading.reader import read_table
from funnel.intake.words import EXIT_CONCEPTS, STAGE_CONCEPTS, concept_of, order_hint, without_date_words
from tests.conftest import ROOT
from tests.examples import examples

GENERAL = load_templates(ROOT / "data" / "templates")["general_b2b"]
LONG = load_templates(ROOT / "data" / "templates")["long_cycle"]


def table_of(text: str, name: str = "file.csv") -> RawTable:
    return read_table(text.strip().encode(), name)


def roles_of(text: str, definition: FunnelDefinition = GENERAL) -> dict[str, str]:
    mapping = propose_mapping(table_of(text), definition).mapping
    return {column: role for column, role in mapping.roles.items() if role != "ignore"}


PIPEDRIVE = "\n".join(
    [
        "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Value,Deal - Owner,Deal - Deal created,"
        "Deal - Won time,Deal - Lost time,Deal - Expected close date,Deal - Lost reason",
        "1,Acme,Contact Made,open,100,Ann,2024-01-05 10:00:00,,,2024-05-01,",
        "2,Beta,Proposal Made,won,200,Ann,2024-01-06 10:00:00,2024-02-06 10:00:00,,2024-03-01,",
        "3,Ceta,Contact Made,lost,300,Bob,2024-01-07 10:00:00,,2024-01-27 10:00:00,2024-03-05,Price",
    ]
)
HUBSPOT = "\n".join(
    [
        "Record ID,Deal Name,Deal Stage,Amount,Deal owner,Create Date,Close Date,Pipeline,"
        '"Date entered ""Appointment Scheduled (Sales Pipeline)""",'
        '"Date entered ""Closed Won (Sales Pipeline)""",Last Activity Date',
        "1,Acme,Closed Won,100,Ann,2024-01-05,2024-02-05,Sales,2024-01-08,2024-02-05,2024-02-06",
        "2,Beta,Appointment Scheduled,200,Bob,2024-01-06,2024-03-31,Sales,2024-01-09,,2024-02-07",
    ]
)
CHINESE = """
线索编号,客户名称,线索来源,负责人,创建时间,意向确认时间,转商机时间,签约时间,流失时间,丢单原因,成交金额,预计成交日期
X1,甲公司,抖音,张三,2024/1/5,2024/1/8,2024/1/20,2024/2/3,,,50000,2024/2/1
X2,乙公司,展会,李四,2024/1/6,2024/1/9,,,2024/2/1,价格太高,,2024/3/1
X3,丙公司,抖音,张三,2024/1/7,,,,,,,
"""


# --- roles and shapes ------------------------------------------------------------------------------------------------


def test_pipedrive_deals_are_a_snapshot_with_stage_and_status() -> None:
    assert roles_of(PIPEDRIVE) == {
        "Deal - ID": "lead_id",
        "Deal - Title": "lead_name",
        "Deal - Stage": "stage",
        "Deal - Status": "status",
        "Deal - Value": "amount",
        "Deal - Owner": "owner",
        "Deal - Deal created": "created_at",
        "Deal - Won time": "entry",
        "Deal - Lost time": "lost_at",
        "Deal - Expected close date": "expected_close",
        "Deal - Lost reason": "lost_reason",
    }
    mapping = propose_mapping(table_of(PIPEDRIVE), GENERAL).mapping
    assert mapping.shape == "snapshot"
    assert mapping.labels["status", "open"] == "@open"
    assert mapping.labels["status", "won"] == "won"
    assert mapping.labels["status", "lost"] == LOST
    assert mapping.labels["milestone", "Deal - Won time"] == "won"


def test_hubspot_deals_carry_entries_and_a_close_date() -> None:
    roles = roles_of(HUBSPOT)
    assert roles["Close Date"] == "closed_at"
    assert roles["Create Date"] == "created_at"
    entered = 'Date entered "Closed Won (Sales Pipeline)"'
    assert roles[entered] == "entry"
    assert "Last Activity Date" not in roles
    mapping = propose_mapping(table_of(HUBSPOT), GENERAL).mapping
    assert mapping.labels["milestone", entered] == "won"
    assert mapping.labels["stage", "Appointment Scheduled"] == "intent"


def test_chinese_milestones() -> None:
    mapping = propose_mapping(table_of(CHINESE), GENERAL).mapping
    assert mapping.shape == "milestones"
    roles = {column: role for column, role in mapping.roles.items() if role != "ignore"}
    assert roles.pop("客户名称") in ("lead_name", "customer_id")
    assert roles == {
        "线索编号": "lead_id",
        "线索来源": "source",
        "负责人": "owner",
        "创建时间": "created_at",
        "意向确认时间": "entry",
        "转商机时间": "entry",
        "签约时间": "entry",
        "流失时间": "lost_at",
        "丢单原因": "lost_reason",
        "成交金额": "amount",
        "预计成交日期": "expected_close",
    }
    assert [mapping.labels["milestone", c] for c in ("意向确认时间", "转商机时间", "签约时间")] == [
        "intent",
        "opportunity",
        "won",
    ]


def test_headers_named_after_the_funnel_are_its_stages() -> None:
    text = (
        "id,Created,Solution evaluation,Opportunity nurturing date,won_at\n"
        "1,2024-01-01,2024-01-05,2024-01-03,2024-02-01"
    )
    mapping = propose_mapping(table_of(text), LONG).mapping
    assert {c: t for (_, c), t in mapping.labels.items()} == {
        "Solution evaluation": "evaluation",
        "Opportunity nurturing date": "opportunity",
        "won_at": "won",
    }


@pytest.mark.parametrize(
    "header",
    [
        "scheduled_inspection_time",
        "Planned demo date",
        "预计演示日期",
        "计划签约时间",
        "Next contract date",
        "Target quote date",
        "Planned Won Date",
        "Last Created Date",
    ],
)
def test_what_is_planned_is_never_an_entry(header: str) -> None:
    text = f"lead_id,created_at,quote_time,payment_time,{header}\n1,2024-01-01,2024-01-02,2024-01-03,2024-01-04"
    assert roles_of(text).get(header) not in ("entry", "created_at", "closed_at")


def test_an_estimate_is_still_an_amount() -> None:
    assert roles_of("Lead ID,Stage,Estimated deal value\n1,Lead,500\n2,Won,700")["Estimated deal value"] == "amount"


def test_values_overrule_a_header() -> None:
    text = "Lead ID,Created Date,Amount,Stage\nA1,yes,big,Lead\nA2,no,small,Won\nA3,yes,big,Lost"
    proposal = propose_mapping(table_of(text), GENERAL)
    assert proposal.mapping.roles["Created Date"] == "ignore"
    assert proposal.mapping.roles["Stage"] == "stage"
    # a header that says amount is never left out without a word
    assert [q.message.code for q in proposal.questions] == ["intake.not_a_number"]


def test_a_status_column_of_outcomes_is_no_stage() -> None:
    text = "Id,Created,Won Date,Qualified Date,Status\n1,2024-01-01,,2024-01-02,Open\n2,2024-01-01,2024-01-09,,Won"
    assert roles_of(text)["Status"] == "status"
    assert roles_of("Id,Created,Status\n1,2024-01-01,New\n2,2024-01-01,Proposal")["Status"] == "stage"


def test_the_revenue_of_a_company_is_no_deal_amount() -> None:
    assert "AnnualRevenue" not in roles_of("Id,Status,AnnualRevenue\n1,New,500000\n2,Qualified,70000")


def test_a_misspelled_header_is_a_guess_with_a_low_score() -> None:
    proposal = propose_mapping(table_of("Lead ID,Creatd Date,Stage\n1,2024-01-01,Won\n2,2024-01-02,Lost"), GENERAL)
    assert proposal.mapping.roles["Creatd Date"] == "created_at"
    assert proposal.scores["Creatd Date"] < 0.7 < proposal.scores["Lead ID"]


def test_a_log_is_recognised_by_ids_that_change_their_stage() -> None:
    text = """
Id,Opportunity ID,Stage,Created Date
h1,1,Qualification,2024-01-01
h2,1,Proposal,2024-01-05
h3,2,Qualification,2024-01-02
h4,2,Closed Won,2024-01-09
"""
    assert propose_mapping(table_of(text), GENERAL).mapping.shape == "stage_log"
    assert roles_of(text) == {"Opportunity ID": "lead_id", "Stage": "stage", "Created Date": "changed_at"}


def test_a_snapshot_with_a_doubled_id_is_no_log() -> None:
    text = "Lead ID,Stage,Created Date\n1,Won,2024-01-01\n1,Won,2024-01-01\n2,Lost,2024-01-02\n3,Lead,2024-01-04"
    assert propose_mapping(table_of(text), GENERAL).mapping.shape == "snapshot"


def test_a_field_log_gives_each_field_its_role() -> None:
    text = """
deal_id,change_time,changed_field_key,new_value
1,2024-01-01 10:00:00,add_time,2024-01-01T10:00:00
1,2024-01-02 10:00:00,stage_id,1
1,2024-01-03 10:00:00,user_id,77
1,2024-01-04 10:00:00,label,hot
1,2024-01-05 10:00:00,lost_reason,3
"""
    mapping = propose_mapping(table_of(text), GENERAL).mapping
    assert mapping.is_field_log
    assert mapping.field_roles == {
        "add_time": "created",
        "label": "ignore",
        "lost_reason": "lost_reason",
        "stage_id": "stage",
        "user_id": "owner",
    }
    assert mapping.labels == {("stage", "1"): IGNORE}
    assert mapping.date_readings["new_value[add_time]"] == "ymd"


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("Month,Stage,Count\n2024-01,Lead,100\n2024-01,Won,10\n2024-02,Lead,90", ["Count"]),
        ("Month,Leads,Opportunities,Won\n2024-01,100,50,10\n2024-02,90,40,9", ["Leads", "Opportunities", "Won"]),
        ("阶段,2024年1月,2024年2月\n线索获取,100,90\n成交转化,10,9", ["2024年1月", "2024年2月"]),
    ],
)
def test_counts_are_recognised_long_and_wide(text: str, counted: list[str]) -> None:
    proposal = propose_mapping(table_of(text), GENERAL)
    assert proposal.mapping.shape == "counts"
    assert proposal.mapping.columns("count") == counted
    assert proposal.questions == ()
    assert {target for _, target in proposal.mapping.labels.items()} <= {"lead", "opportunity", "won"}


def test_a_flag_beside_a_stage_column_is_only_used_where_the_stages_name_no_outcome() -> None:
    with_outcome = "Id,StageName,IsWon\n1,Closed Won,TRUE\n2,Closed Lost,FALSE\n3,Qualification,FALSE"
    assert "IsWon" not in roles_of(with_outcome)
    without = "Id,StageName,IsWon\n1,Proposal,TRUE\n2,Proposal,FALSE\n3,Qualification,FALSE"
    mapping = propose_mapping(table_of(without), GENERAL).mapping
    assert mapping.roles["IsWon"] == "status"
    assert (mapping.labels["status", "TRUE"], mapping.labels["status", "FALSE"]) == ("won", IGNORE)


TWO_FLAGS = """
Id,StageName,Amount,CreatedDate,CloseDate,IsClosed,IsWon
1,Trial,100,2024-01-02,2024-02-01,TRUE,TRUE
2,Trial,200,2024-01-03,2024-02-02,TRUE,FALSE
3,Contact,300,2024-01-04,2024-09-30,FALSE,FALSE
4,Contact,400,2024-01-05,2024-02-04,TRUE,FALSE
5,Contact,400,2024-01-05,,,
"""


def test_two_flags_make_one_status() -> None:
    """Closed and won: won. Closed and not won: lost. Not closed: open. Neither stated: nothing is stated."""
    table = table_of(TWO_FLAGS)
    mapping = propose_mapping(table, GENERAL).mapping
    assert (mapping.roles["IsWon"], mapping.roles["IsClosed"]) == ("status", "closed_flag")
    assert {label: target for (scope, label), target in mapping.labels.items() if scope == "status"} == {
        "IsClosed = TRUE, IsWon = TRUE": "won",
        "IsClosed = TRUE, IsWon = FALSE": LOST,
        "IsClosed = FALSE, IsWon = FALSE": OPEN,
    }
    batch = normalize(table, mapping, import_day=date(2024, 12, 31))
    assert batch.lead_rows["status_label"].to_list() == [
        "IsClosed = TRUE, IsWon = TRUE",
        "IsClosed = TRUE, IsWon = FALSE",
        "IsClosed = FALSE, IsWon = FALSE",
        "IsClosed = TRUE, IsWon = FALSE",
        None,
    ]
    suggestion = suggest_definition(table, mapping)
    assert suggestion.names[suggestion.won_label] == "Won"
    assert suggestion.won_is_known


@pytest.mark.parametrize(
    ("headers", "cells", "meant"),
    [
        ("IsClosed,IsWon", ["1,1", "1,0", "0,0", "0,1"], ["won", "lost", "open", None]),  # won but not closed: ask
        ("Is Closed Won,Is closed lost", ["yes,no", "no,yes", "no,no", "yes,yes"], ["won", "lost", "open", None]),
        ("是否关闭,是否赢单", ["是,是", "是,否", "否,否"], ["won", "lost", "open"]),
        ("Closed,Lost", ["true,false", "true,true", "false,false"], ["won", "lost", "open"]),
    ],
)
def test_pairs_of_flags(headers: str, cells: list[str], meant: list[str | None]) -> None:
    lines = [f"Deal ID,Deal Stage,{headers}", *(f"{i},Demo {i % 2},{cell}" for i, cell in enumerate(cells * 2))]
    mapping = propose_mapping(table_of("\n".join(lines)), GENERAL).mapping
    targets = {label: target for (scope, label), target in mapping.labels.items() if scope == "status"}
    name = {"won": "won", "lost": LOST, "open": OPEN, None: IGNORE}
    first, second = headers.split(",")
    for cell, meaning in zip(cells, meant, strict=True):
        a, b = cell.split(",")
        label = next(label for label in targets if f"{first} = {a}" in label and f"{second} = {b}" in label)
        assert targets[label] == name[meaning], label


LOCALISED = {
    "HubSpot de": (
        """
Datensatz-ID;Deal-Name;Deal-Phase;Betrag;Zuständiger Mitarbeiter;Erstellungsdatum;Abschlussdatum;Letzte Aktivität
1;Acme;Abgeschlossen und gewonnen;1.200,50;Ann;05. März 2024;12. Mai 2024;12. Mai 2024
2;Beta;Präsentation vereinbart;300,00;Bob;06. März 2024;31. Mai 2024;1. April 2024
3;Ceta;Abgeschlossen und verloren;90,00;Bob;07. März 2024;30. April 2024;
4;Delta;Termin geplant;90,00;Bob;15. März 2024;30. Juni 2024;
""",
        {
            "Datensatz-ID": "lead_id", "Deal-Name": "lead_name", "Deal-Phase": "stage", "Betrag": "amount",
            "Zuständiger Mitarbeiter": "owner", "Erstellungsdatum": "created_at", "Abschlussdatum": "closed_at",
        },
        {"Abgeschlossen und gewonnen": "won", "Abgeschlossen und verloren": LOST, "Termin geplant": "intent",
         "Präsentation vereinbart": "opportunity"},
    ),
    "a French CRM": (
        """
Identifiant,Nom du compte,Étape,Statut,Montant,Propriétaire,Origine,Date de création,Clôture prévue,Raison de la perte
1,Acme,Négociation,Gagnée,100,Ann,Salon,15 févr. 2024,1 avr. 2024,
2,Beta,Qualification,Perdue,200,Bob,Site web,16 févr. 2024,2 avr. 2024,Prix
3,Ceta,Prospection,Ouverte,300,Bob,Salon,1er mars 2024,3 mai 2024,
""",
        {
            "Identifiant": "lead_id", "Nom du compte": "customer_id", "Étape": "stage", "Statut": "status",
            "Montant": "amount", "Propriétaire": "owner", "Origine": "source", "Date de création": "created_at",
            "Clôture prévue": "expected_close", "Raison de la perte": "lost_reason",
        },
        {"Gagnée": "won", "Perdue": LOST, "Ouverte": OPEN, "Prospection": "lead", "Qualification": "intent"},
    ),
    "Pipedrive es, accents lost": (
        """
ID;Titulo;Etapa;Estado;Valor;Propietario;Fecha de creacion;Fecha de calificacion;Cierre previsto;Motivo de perdida
1;Acme;Propuesta enviada;Ganado;100;Ann;15/ene/2024;20/ene/2024;1/feb/2024;
2;Beta;Nuevo;Perdido;200;Bob;16/ene/2024;;2/feb/2024;Precio
3;Ceta;Calificado;Abierto;300;Bob;17/ene/2024;21/ene/2024;3/mar/2024;
""",
        {
            "ID": "lead_id", "Titulo": "lead_name", "Etapa": "stage", "Estado": "status", "Valor": "amount",
            "Propietario": "owner", "Fecha de creacion": "created_at", "Fecha de calificacion": "entry",
            "Cierre previsto": "expected_close", "Motivo de perdida": "lost_reason",
        },
        {"Ganado": "won", "Perdido": LOST, "Abierto": OPEN, "Nuevo": "lead", "Calificado": "intent"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOCALISED)
def test_german_french_and_spanish_exports(name: str) -> None:
    text, roles, targets = LOCALISED[name]
    table = table_of(text)
    proposal = propose_mapping(table, GENERAL)
    assert {c: r for c, r in proposal.mapping.roles.items() if r != "ignore"} == roles
    found = {label: target for (_, label), target in proposal.mapping.labels.items()}
    assert {label: found[label] for label in targets} == targets
    assert proposal.questions == ()
    suggestion = suggest_definition(table, proposal.mapping)
    assert suggestion.won_is_known


def test_an_ambiguous_date_asks_in_every_language() -> None:
    text = "Kennung;Phase;Erstellt am\n1;Gewonnen;03/04/2024\n2;Verloren;05/06/2024\n"
    (question,) = propose_mapping(table_of(text), GENERAL).questions
    assert question.message.code == "intake.date_ambiguous"


@pytest.mark.parametrize(
    ("label", "concept"),
    [
        ("Auftrag endgültig verloren", "lost"),
        ("Réassigné", None),  # ends in "signé"
        ("Affaire gagnée 2024", "won"),
        ("Gagnee", "won"),
        ("Nicht qualifiziert", "junk"),
        ("Oferta en revisión", "proposal"),
        ("04 - Verhandlung", "negotiation"),
    ],
)
def test_words_of_labels_in_other_languages(label: str, concept: str | None) -> None:
    assert concept_of(label) == concept


def test_the_word_lists_are_in_order() -> None:
    """Known roles and concepts, no line twice, and a label means one exit at most."""
    folder = ROOT / "data" / "words"
    headers = [line.split("\t") for line in (folder / "headers.tsv").read_text("utf-8").splitlines()]
    assert all(len(row) == 5 for row in headers)
    assert {row[0] for row in headers[1:]} <= set(ROLES)
    assert len({(row[0], row[1]) for row in headers}) == len(headers)
    stages = [tuple(line.split("\t")) for line in (folder / "stages.tsv").read_text("utf-8").splitlines()]
    assert {concept for _, concept in stages[1:]} <= {*STAGE_CONCEPTS, *EXIT_CONCEPTS}
    assert len(set(stages)) == len(stages)
    meant: dict[str, set[str]] = {}
    for label, concept in stages[1:]:
        meant.setdefault(plain(label), set()).add(concept)
    assert all(len(concepts & {"won", "lost", "junk", "duplicate"}) <= 1 for concepts in meant.values())


def test_a_readable_status_is_preferred_to_flags() -> None:
    text = "Id,Stage,Status,IsWon,IsClosed\n1,Demo,Won,TRUE,TRUE\n2,Trial,Lost,FALSE,TRUE\n3,Trial,Open,FALSE,FALSE"
    roles = roles_of(text)
    assert (roles["Status"], "IsWon" in roles, "IsClosed" in roles) == ("status", False, False)


@given(st.integers(0, 10_000))
@examples(8)
def test_the_order_of_columns_does_not_matter(seed: int) -> None:
    text = random.Random(seed).choice([PIPEDRIVE, CHINESE]).strip()
    rows = [line.split(",") for line in text.splitlines()]
    order = list(range(len(rows[0])))
    random.Random(seed).shuffle(order)
    shuffled = "\n".join(",".join(row[i] for i in order) for row in rows)
    first, second = (
        propose_mapping(table_of(text), GENERAL).mapping,
        propose_mapping(table_of(shuffled), GENERAL).mapping,
    )
    assert first.to_dict() == second.to_dict()


def test_a_shape_chosen_by_the_person_is_kept() -> None:
    proposal = propose_mapping(table_of(PIPEDRIVE), GENERAL, shape="counts")
    assert proposal.mapping.shape == "counts"
    assert proposal.questions


def test_a_file_in_which_nothing_is_a_lead_asks() -> None:
    proposal = propose_mapping(table_of("colour,weight\nred,1.5\nblue,2.5\ngreen,3.5"), GENERAL)
    assert [q.message.code for q in proposal.questions] == ["intake.no_lead_columns"]
    with pytest.raises(InputError, match=r"intake\.no_stage"):
        suggest_definition(table_of("colour,weight\nred,1.5\nblue,2.5"), proposal.mapping)


def test_id_creation_and_attributes_are_enough() -> None:
    proposal = propose_mapping(table_of("lead_id,created_at,source\n1,2024-01-01,Web\n2,2024-01-02,Ads"), GENERAL)
    assert proposal.questions == ()
    assert proposal.mapping.shape == "milestones"


# --- labels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "target"),
    [
        ("Lead acquisition", "lead"),
        ("意向筛选", "intent"),
        ("A. Lead", "lead"),
        ("01-Demo", "opportunity"),
        ("3 - Proposal", "opportunity"),  # no proposal stage: part of the stage before
        ("Negotiation/Review", "opportunity"),
        ("closed WON", "won"),
        ("赢单 (100%)", "won"),
        ("Closed Won - Upsell", "won"),
        ("报价未成", "@lost"),
        ("未成交", "@lost"),
        ("Junk Lead", "@junk"),
        ("Duplicate", "@duplicate"),
        ("On Hold", "@on_hold"),
        ("复购", "repeat"),
        ("转介绍", "repeat"),
        ("Purple", None),
        ("E-commerce", None),
    ],
)
def test_a_label_finds_its_stage(label: str, target: str | None) -> None:
    assert target_of(label, "stage", GENERAL) == target


def test_the_funnel_decides_before_the_words_do() -> None:
    funnel = definition_from_labels("x", ["Neu", "Lost in space", "Gewonnen"], "Gewonnen")
    assert target_of("Lost in space", "stage", funnel) == "stage_2"
    assert target_of("gewonnen ", "stage", funnel) == "stage_3"
    assert target_of("Lost", "stage", funnel) == LOST


def test_a_status_says_open_where_a_stage_would_say_lead() -> None:
    assert target_of("Open", "status", GENERAL) == "@open"
    assert target_of("进行中", "status", GENERAL) == "@open"
    assert target_of("New", "status", GENERAL) == "@open"
    assert target_of("New", "stage", GENERAL) == "lead"


def test_the_engagement_date_belongs_to_the_engaging_stage() -> None:
    funnel = definition_from_labels("x", ["Prospecting", "Engaging", "Won"], "Won")
    text = (
        "opportunity_id,deal_stage,engage_date,close_date\n"
        "1,Engaging,2024-01-01,\n2,Won,2024-01-01,2024-02-01\n3,Prospecting,,"
    )
    mapping = propose_mapping(table_of(text), funnel).mapping
    assert mapping.labels["milestone", "engage_date"] == mapping.labels["stage", "Engaging"] == "stage_2"


def test_labels_are_trimmed() -> None:
    mapping = propose_mapping(table_of("id,Stage\n1,Won \n2,Won\n3,\u3000Lost"), GENERAL).mapping
    assert set(mapping.labels) == {("stage", "Won"), ("stage", "Lost")}


def test_fits_counts_what_is_matched() -> None:
    mapping = propose_mapping(table_of("id,Stage\n1,Won\n2,Purple\n3,Lost\n4,Lead"), GENERAL).mapping
    fit = fits(GENERAL, mapping)
    assert fit.unmatched == (("stage", "Purple"),)
    assert (len(fit.matched), len(fit.unmatched), fit.n_stages, fit.is_good) == (3, 1, 2, False)
    other = definition_from_labels("x", ["Purple", "Green", "Blue"], "Blue")
    assert fits(other, with_targets(table_of("id,Stage\n1,Purple\n2,Blue"), mapping, other)).is_good


@pytest.mark.parametrize(
    ("label", "rank", "name"),
    [
        ("A. Lead", 1, "Lead"),
        ("c) Demo", 3, "Demo"),
        ("01-Lead", 1, "Lead"),
        ("3 - Proposal", 3, "Proposal"),
        ("Stage 6. Closed(Won)", 6, "Closed(Won)"),
        ("0新建客户", 0, "新建客户"),
        ("B需求确认", 2, "需求确认"),
        ("7", 7, "7"),
        ("Demo", None, "Demo"),
        ("2nd call", None, "2nd call"),
        ("E-commerce", None, "E-commerce"),
    ],
)
def test_order_hints(label: str, rank: float | None, name: str) -> None:
    assert order_hint(label) == (rank, name)


def test_words_about_dates_are_taken_off_a_header() -> None:
    assert without_date_words("contract_signed_time") == "contract signed"
    assert without_date_words("意向筛选日期") == "意向筛选"
    assert without_date_words('Date entered "Demo (Sales Pipeline)"') == "demo"
    assert without_date_words("Date") == ""
    assert concept_of("Closing") == "won"


# --- a funnel from the file -----------------------------------------------------------------------------------------


def test_hints_decide_the_order() -> None:
    assert in_order(["C. Won", "A. Lead", "B. Demo"], {}, {}) == ["A. Lead", "B. Demo", "C. Won"]
    assert in_order(["10", "9", "1"], {}, {}) == ["1", "9", "10"]


def test_what_was_seen_decides_before_the_words_do() -> None:
    seen = {("Besuch", "Angebot"): 9, ("Angebot", "Besuch"): 1, ("Anfrage", "Besuch"): 8, ("Anfrage", "Angebot"): 7}
    assert in_order(["Angebot", "Anfrage", "Besuch"], {}, seen) == ["Anfrage", "Besuch", "Angebot"]


def test_a_lookup_decides_the_order() -> None:
    assert in_order(["x", "y", "z"], {}, {}, ["z", "x", "y"]) == ["z", "x", "y"]


def test_the_probability_of_a_crm_orders_stages_that_no_word_list_knows() -> None:
    text = "id,Stage,Probability\n1,Zebra,10\n2,Apple,60\n3,Mango,30\n4,Zebra,15\n5,Won,100\n6,Lost,0"
    table = table_of(text)
    suggestion = suggest_definition(table, propose_mapping(table, GENERAL).mapping)
    assert suggestion.labels == ("Zebra", "Mango", "Apple", "Won")
    assert suggestion.won_label == "Won"


def test_the_last_label_that_means_a_win_is_the_win() -> None:
    assert won_and_after(["Lead", "Contract signed", "Paid", "Renewal"], {}) == ("Paid", ("Renewal",))
    assert won_and_after(["a", "b", "c"], {}) == ("c", ())
    assert won_and_after(["Lead", "x", "Repurchase"], {}) == ("x", ("Repurchase",))


@pytest.mark.parametrize(
    ("labels", "names", "code", "params"),
    [
        (("1", "2", "3"), {}, "unknown", {}),  # a number never says "won" by its size
        (("Lead", "Demo", "Closed Won"), {}, "name", {"stage": "Closed Won"}),
        (("Lead", "Demo", "x"), {}, "unknown", {}),
        (
            ("1", "2", "3", "4"),
            {"1": "Lead", "2": "Contract signed", "3": "Paid", "4": "Renewal"},
            "last_of",
            {"stage": "3 · Paid", "stages": ["2 · Contract signed", "3 · Paid"]},
        ),
    ],
)
def test_the_proposed_win_says_why(labels: tuple[str, ...], names: dict[str, str], code: str, params: dict) -> None:
    won, after = won_and_after(labels, names)
    because = FunnelSuggestion(labels, won, after, names).won_because()
    assert (because.code, because.params) == (f"intake.won_because.{code}", params)


def test_a_funnel_from_milestones_starts_with_the_creation() -> None:
    table = table_of(CHINESE)
    suggestion = suggest_definition(table, propose_mapping(table, GENERAL).mapping)
    assert suggestion.labels == ("创建时间", "意向确认时间", "转商机时间", "签约时间")
    assert suggestion.won_label == "签约时间"
    funnel = suggestion.definition("新市场")
    assert [stage.name.zh for stage in funnel.stages] == ["线索获取", "意向确认", "转商机", "签约"]
    mapping = with_targets(table, propose_mapping(table, GENERAL).mapping, funnel)
    assert mapping.labels["milestone", "签约时间"] == "stage_4"
    assert fits(funnel, mapping).is_good


def test_the_won_status_becomes_the_last_stage_where_no_stage_is_the_win() -> None:
    table = table_of("id,Stage,Status\n1,Contact Made,open\n2,Proposal Made,won\n3,Demo Scheduled,lost")
    suggestion = suggest_definition(table, propose_mapping(table, GENERAL).mapping)
    assert suggestion.labels == ("Contact Made", "Demo Scheduled", "Proposal Made", "won")
    assert suggestion.won_label == "won"


def test_a_step_number_beside_the_stage_gives_the_order_of_counts() -> None:
    text = "step,step_name,users\n2,payment,5\n0,visit,9\n1,basket,12"
    table = table_of(text)
    assert suggest_definition(table, propose_mapping(table, GENERAL).mapping).labels == ("visit", "basket", "payment")


def test_names_of_numeric_labels_come_from_a_lookup_file() -> None:
    assert label_names_from_lookup(table_of("stage_id,stage_name\n2,Demo\n1,Lead")) == {"2": "Demo", "1": "Lead"}
    assert label_names_from_lookup(table_of("name,id,sort\nLead,10,1\nDemo,20,2")) == {"10": "Lead", "20": "Demo"}
    with pytest.raises(InputError, match=r"intake\.not_a_lookup"):
        label_names_from_lookup(table_of("a,b\n1,2\n1,3"))


# --- questions -------------------------------------------------------------------------------------------------------

AMBIGUOUS = (
    "lead_id,created_at,close_date,Stage\n"
    "1,05/02/2024,03/04/2024,Won\n2,01/02/2024,01/03/2024,Won\n3,02/03/2024,01/05/2024,Lost"
)


def test_an_ambiguous_date_is_asked_with_its_contradictions() -> None:
    table = table_of(AMBIGUOUS)
    proposal = propose_mapping(table, GENERAL)
    assert [(q.message.code, q.severity) for q in proposal.questions] == [("intake.date_ambiguous", "question")] * 2
    found = {q.key: q for q in readings_of(table, proposal.mapping).questions}
    # day first: 5 Feb → 3 Apr, 1 Feb → 1 Mar, 2 Mar → 1 May; month first: 2 May → 4 Mar, 2 Jan → 3 Jan, 3 Feb → 5 Jan
    for key in ("created_at", "close_date"):
        assert {c.reading: c.n_contradictions for c in found[key].choices} == {"dmy": 0, "mdy": 2}
        assert found[key].choices[0].reading == "dmy"


def test_an_answer_closes_the_question() -> None:
    table = table_of(AMBIGUOUS)
    mapping = propose_mapping(table, GENERAL).mapping
    answered = replace(mapping, date_readings={"created_at": "dmy", "close_date": "dmy"})
    assert open_questions(table, answered) == ()
    assert len(open_questions(table, replace(mapping, date_readings={"created_at": "dmy"}))) == 1


def test_dates_that_read_the_same_either_way_are_no_question() -> None:
    table = table_of("lead_id,created_at\n1,05/05/2024\n2,06/06/2024")
    assert propose_mapping(table, GENERAL).questions == ()


def test_an_ambiguous_number_is_asked() -> None:
    table = table_of("lead_id;Stage;Amount\n1;Won;1.234\n2;Won;5.678\n3;Lost;9.100")
    assert [q.message.code for q in propose_mapping(table, GENERAL).questions] == ["intake.number_ambiguous"]


def test_structural_problems_block() -> None:
    table = table_of("lead_id,a,b,Stage\n1,2024-01-01,x,Won\n2,2024-01-02,y,Lost")
    twice = ColumnMapping("snapshot", {"lead_id": "lead_id", "a": "stage", "Stage": "stage"})
    assert [q.message.code for q in open_questions(table, twice)] == ["intake.role_twice"]
    gone = ColumnMapping("snapshot", {"lead_id": "lead_id", "was here": "stage"})
    assert [q.message.code for q in open_questions(table, gone)] == ["intake.column_gone"]
    no_date = ColumnMapping("snapshot", {"lead_id": "lead_id", "b": "created_at", "Stage": "stage"})
    assert [q.message.code for q in open_questions(table, no_date)] == ["intake.not_a_date"]
    no_log = ColumnMapping("stage_log", {"b": "segment"})
    assert [q.message.code for q in open_questions(table, no_log)] == [
        "intake.log_without_id",
        "intake.log_without_time",
        "intake.log_without_stage",
    ]


# --- remembering -----------------------------------------------------------------------------------------------------


def test_a_mapping_survives_json() -> None:
    mapping = ColumnMapping(
        shape="stage_log",
        roles={"b": "stage", "a": "lead_id"},
        labels={("stage", "赢单"): "won", ("status", "x"): LOST},
        date_readings={"t": "dmy"},
        number_readings={"n": "comma_decimal"},
        field_roles={"f": "owner"},
        measure="n",
        exported_on=date(2024, 3, 5),
        status_rule="stage",
        label_names={"2": "Demo", "1": "Lead"},
        won_stages=("won", "repeat"),
    )
    again = from_dict(json.loads(json.dumps(mapping.to_dict(), ensure_ascii=False)))
    assert again == mapping
    assert list(again.label_names) == ["2", "1"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"shape": "round", "roles": {}},
        {"shape": "counts", "roles": 3},
        {"shape": "counts", "roles": {}, "labels": [{}]},
    ],
)
def test_damaged_settings_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"intake\.bad_mapping"):
        from_dict(data)


def test_the_signature_knows_columns_not_their_order() -> None:
    assert header_signature(["a", "b"]) == header_signature(["b ", "a"])
    assert header_signature(["a", "b"]) != header_signature(["a", "c"])
    assert header_signature(["ab", "c"]) != header_signature(["a", "bc"])


def test_a_changed_header_says_what_changed() -> None:
    changes = header_changes(["a", "b", "c"], ["c", "a", "d"])
    assert (changes.added, changes.removed) == (("d",), ("b",))
    assert not header_changes(["a", "b"], ["b", "a"])


def test_remembered_answers_are_used_again() -> None:
    first = table_of("lead_id,created_at,Stage,Extra\n1,05/02/2024,Won,x\n2,01/02/2024,Purple,y")
    mapping = propose_mapping(first, GENERAL).mapping
    mapping = replace(
        mapping,
        roles={**mapping.roles, "Extra": "segment"},
        labels={**mapping.labels, ("stage", "Purple"): "intent"},
        date_readings={"created_at": "dmy"},
    )
    later = table_of("lead_id,created_at,Stage,Extra,New\n3,07/02/2024,Purple,x,1\n4,08/02/2024,Green,y,2")
    proposal = propose_mapping(later, GENERAL, remembered=mapping.to_dict())
    assert proposal.questions == ()
    assert proposal.mapping.roles["Extra"] == "segment"
    assert proposal.mapping.labels == {("stage", "Purple"): "intent", ("stage", "Green"): IGNORE}
    assert proposal.mapping.date_readings == {"created_at": "dmy"}
    assert (proposal.changes.added, proposal.changes.removed) == (("New",), ())
    assert [note.message.params["labels"] for note in proposal.notes] == [["Green"]]


def test_a_new_column_does_not_take_a_remembered_role() -> None:
    mapping = propose_mapping(table_of("Lead ID,Stage,Origin\n1,Lead,a\n2,Won,b"), GENERAL).mapping
    mapping = replace(mapping, roles={**mapping.roles, "Origin": "source"})
    later = table_of("Lead ID,Stage,Origin,Lead Source\n1,Lead,a,x\n2,Won,b,y")
    proposal = propose_mapping(later, GENERAL, remembered=mapping.to_dict())
    assert proposal.questions == ()
    assert (proposal.mapping.column("source"), proposal.mapping.roles["Lead Source"]) == ("Origin", "ignore")


def test_a_remembered_reading_that_no_longer_fits_is_dropped() -> None:
    mapping = propose_mapping(
        table_of("lead_id,created_at,Stage\n1,25/02/2024,Won\n2,01/02/2024,Lost"), GENERAL
    ).mapping
    assert mapping.date_readings == {"created_at": "dmy"}
    later = table_of("lead_id,created_at,Stage\n3,02/25/2024,Won\n4,02/01/2024,Lost")
    assert propose_mapping(later, GENERAL, remembered=mapping.to_dict()).mapping.date_readings == {"created_at": "mdy"}


def test_guesses_do_not_depend_on_case_or_punctuation() -> None:
    roles = [
        {g.role for g in header_guesses(h, GENERAL)} for h in ("Close Date", "close_date", "CLOSEDATE", "CloseDate")
    ]
    assert all(found == roles[0] for found in roles)
    assert "closed_at" in roles[0]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-03", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024年2月", date(2024, 2, 1), date(2024, 2, 29)),
        ("Mar 2024", date(2024, 3, 1), date(2024, 3, 31)),
        ("März 2024", date(2024, 3, 1), date(2024, 3, 31)),
        ("févr. 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("marzo de 2024", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024 Okt.", date(2024, 10, 1), date(2024, 10, 31)),
        ("03/2024", date(2024, 3, 1), date(2024, 3, 31)),
        ("202403", date(2024, 3, 1), date(2024, 3, 31)),
        ("2024Q2", date(2024, 4, 1), date(2024, 6, 30)),
        ("Q4 2023", date(2023, 10, 1), date(2023, 12, 31)),
        ("2024年第一季度", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-W01", date(2024, 1, 1), date(2024, 1, 7)),
        ("2024年第5周", date(2024, 1, 29), date(2024, 2, 4)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-03-05", date(2024, 3, 5), date(2024, 3, 5)),
    ],
)
def test_periods(text: str, first: date, last: date) -> None:
    assert parse_period(text) == (first, last)


@pytest.mark.parametrize("text", ["13/2024", "2024-13", "2024-02-30", "2023-W53", "Lead", "", "9,5", "Martin 2024"])
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None
