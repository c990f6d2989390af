"""Exports of CRMs in English, with the columns that these programs really write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.corpus.case import Case
from tests.corpus.pipeline import deals
from tests.corpus.sheet import (
    Layout,
    Sheet,
    Words,
    american,
    american_time,
    as_xlsx,
    dress,
    german_time,
    headers,
    iso_zone,
)

SALESFORCE = Words(("Prospecting", "Qualification", "Proposal/Price Quote", "Negotiation/Review"),
                   "Closed Won", "Closed Lost")  # fmt: skip
HUBSPOT = Words(
    ("Appointment Scheduled", "Qualified To Buy", "Presentation Scheduled", "Contract Sent"),
    "Closed Won",
    "Closed Lost",
)
PIPEDRIVE = Words(("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started"), "", "")
ZOHO = Words(
    ("Qualification", "Needs Analysis", "Value Proposition", "Negotiation/Review"), "Closed Won", "Closed Lost"
)
PLAIN = Words(("New", "Qualified", "Proposition", "Negotiation"), "Won", "Lost")


def _thousands(value: int) -> str:
    return f"{value:,}.00"


def salesforce_report() -> Sheet:
    """A report exported with its details: no id, American dates."""
    layout = Layout(
        headers(
            "Opportunity Owner = owner | Account Name = name | Opportunity Name = name | Stage = stage | Fiscal Period |"
            "Amount = amount | Expected Revenue | Probability (%) = probability | Age | Close Date = close_or_plan |"
            "Created Date = created | Next Step | Lead Source = source | Type"
        ),
        SALESFORCE,
        stamp=american,
        day=american,
        newest_first=True,
    )
    return dress(layout, deals(seed=11))


def salesforce_export() -> Sheet:
    """The table Opportunity as the data export writes it: other ids and dates everywhere."""
    layout = Layout(
        headers(
            "Id = id | IsDeleted = no | AccountId = contact_id | RecordTypeId = type_id | Name = name |"
            "StageName = stage | Amount = amount | Probability = probability | ExpectedRevenue = estimate |"
            "CloseDate = close_or_plan | Type | LeadSource = source | IsClosed = is_closed | IsWon = is_won |"
            "ForecastCategory | Pricebook2Id = type_id | OwnerId = owner_id | CreatedDate = created |"
            "CreatedById = owner_id | LastModifiedDate = modified | LastModifiedById = owner_id |"
            "SystemModstamp = modified | ContactId = contact_id"
        ),
        SALESFORCE,
        id_form="006Qy00000{1}IAT",
        stamp=iso_zone,
        extra={"type_id": lambda d: f"012Qy00000{d.no % 2}"},
    )
    return dress(layout, deals(seed=12))


def hubspot() -> Sheet:
    layout = Layout(
        headers(
            "Record ID = id | Deal Name = name | Deal Stage = stage | Close Date = close_or_plan | Deal owner = owner |"
            "Amount = amount | Pipeline = pipeline | Create Date = created | Last Activity Date = modified |"
            "Closed Lost Reason = reason | Original Traffic Source = source | Associated Contact = contact |"
            "Associated Company = name"
        ),
        HUBSPOT,
        id_form="1{1}22",
        stamp=lambda at: at.strftime("%Y-%m-%d %H:%M"),
    )
    return dress(layout, deals(seed=13))


def pipedrive() -> Sheet:
    """Status beside the stage where the deal stands or died."""
    layout = Layout(
        headers(
            "Deal - ID = id | Deal - Title = name | Deal - Value = amount | Deal - Currency of Value = currency |"
            "Deal - Owner = owner | Deal - Organization = name | Deal - Contact person = contact |"
            "Deal - Stage = stage_kept | Deal - Status = status | Deal - Deal created = created |"
            "Deal - Update time = modified | Deal - Last stage change = modified | Deal - Won time = won_at |"
            "Deal - Lost time = lost_at | Deal - Deal closed on = closed | Deal - Lost reason = reason |"
            "Deal - Expected close date = expected_open | Deal - Pipeline = pipeline | Deal - Label"
        ),
        PIPEDRIVE,
    )
    return dress(layout, deals(stages=5, seed=14, currencies=("EUR",)), place=True)


def zoho() -> Sheet:
    layout = Layout(
        headers(
            "Record Id = id | Deal Owner.id = owner_id | Deal Owner = owner | Amount = amount | Deal Name = name |"
            "Closing Date = close_or_plan | Account Name.id = contact_id | Account Name = contact | Stage = stage |"
            "Probability (%) = probability | Expected Revenue = estimate | Lead Source = source | Created Time = created |"
            "Modified Time = modified | Reason For Loss = reason"
        ),
        ZOHO,
        id_form="zcrm_55{1}",
    )
    return dress(layout, deals(seed=15))


def dynamics() -> Sheet:
    """Status beside a pipeline phase; estimated and actual close and revenue."""
    layout = Layout(
        headers(
            "(Do Not Modify) Opportunity = id | (Do Not Modify) Row Checksum = checksum |"
            "(Do Not Modify) Modified On = modified | Topic = name | Potential Customer = contact | Status = status |"
            "Status Reason | Pipeline Phase = stage_kept | Est. Close Date = expected | Actual Close Date = closed |"
            "Est. Revenue = estimate | Actual Revenue = actual | Created On = created | Owner = owner"
        ),
        Words(("1-Qualify", "2-Develop", "3-Propose", "4-Close"), "", "", ("Won", "Lost", "Open")),
        id_form="7f{1}-aa-11ee",
        extra={"checksum": lambda d: f"q{d.no * 7919 % 100000}=="},
        money=_thousands,
    )
    return dress(layout, deals(seed=16), place=True)


def odoo() -> Sheet:
    """Lost deals are archived: Active FALSE, in the stage where they died."""
    layout = Layout(
        headers(
            "External ID = id | Opportunity = name | Created on = created | Salesperson = owner | Sales Team = pipeline |"
            "Expected Revenue = amount | Stage = stage_kept_or_won | Probability = probability | Active = active |"
            "Lost Reason = reason | Expected Closing = expected_open | Closed Date = closed | Source = source |"
            "Customer = contact"
        ),
        PLAIN,
        id_form="__export__.crm_lead_{0}_ab",
        extra={"active": lambda d: "FALSE" if d.outcome == "lost" else "TRUE"},
    )
    return dress(layout, deals(seed=17), place=True)


def erpnext() -> Sheet:
    layout = Layout(
        headers(
            "ID = id | Opportunity From | Party = contact | Status = status | Opportunity Type | Sales Stage = stage_kept |"
            "Expected Closing Date = expected | Probability (%) = probability | Currency = usd |"
            "Opportunity Amount = amount | Opportunity Owner = owner | Opportunity Date = created_day |"
            "Lost Reasons = reason | Source = source | Last Updated On = modified | Created On = created"
        ),
        Words(("Prospecting", "Qualification", "Proposal/Price Quote", "Negotiation/Review"), "", "",
              ("Converted", "Lost", "Open")),
        id_form="CRM-OPP-2024-{0:05}",
    )  # fmt: skip
    return _in("USD", dress(layout, deals(seed=18), place=True))


def frappe() -> Sheet:
    layout = Layout(
        headers(
            "ID = id | Organization = name | Status = stage | Annual Revenue | Deal Value = amount | Currency = usd |"
            "Probability = probability | Expected Closure Date = expected | Closed Date = closed | Deal Owner = owner |"
            "Source = source | Lost Reason = reason | Created On = created | Last Updated On = modified"
        ),
        Words(("Qualification", "Demo/Making", "Proposal/Quotation", "Ready to Close"), "Won", "Lost"),
        id_form="CRM-DEAL-2024-{0:05}",
    )
    return _in("USD", dress(layout, deals(seed=19)))


def monday() -> Sheet:
    layout = Layout(
        headers(
            "Name = name | Owner = owner | Stage = stage | Deal Value = amount | Contacts = contact |"
            "Deal creation date = created_day | Expected Close Date = expected | Close Date = close_day |"
            "Close Probability = probability | Item ID (auto generated) = id"
        ),
        Words(("New", "Discovery", "Proposal", "Negotiation"), "Won", "Lost"),
        id_form="58{1}0012",
        extra={"close_day": lambda d: d.closed.strftime("%Y-%m-%d") if d.closed else ""},
    )
    return dress(layout, deals(seed=20), created=True, closed=True)


def monday_board() -> Sheet:
    """The board as Monday writes it: a title, and a group with its own header per stage of life."""
    sheet = monday()
    at = sheet.at("Stage")
    groups = {
        "Active Deals": [r for r in sheet.rows if r[at] not in ("Won", "Lost")],
        "Closed Won": [r for r in sheet.rows if r[at] == "Won"],
        "Closed Lost": [r for r in sheet.rows if r[at] == "Lost"],
    }
    lines: list[tuple[str, ...]] = []
    for name, rows in groups.items():
        lines += [(), (name,), sheet.columns, *rows] if lines else [*rows]
    return replace(sheet, above=(("Deals",), ("Active Deals",)), rows=tuple(lines), fixed_rows=True)


def close() -> Sheet:
    """Value in cents beside the same value as money."""
    layout = Layout(
        headers(
            "id = id | lead_id = contact_id | lead_name = contact | status_id = status_id | status_label = stage |"
            "status_type = status | value = cents | value_formatted = amount | value_currency = usd | value_period |"
            "confidence = probability | date_created = created | date_updated = modified | date_won = won_at |"
            "date_lost = lost_at | user_name = owner | note"
        ),
        Words(("Discovery", "Demo", "Proposal", "Contract Sent"), "Won", "Lost", ("won", "lost", "active")),
        id_form="oppo_{1}",
        stamp=lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00"),
        money=lambda v: f"${v:,}",
        extra={"cents": lambda d: str(100 * d.amount), "status_id": lambda d: f"stat_{d.stage}{d.outcome}"},
    )
    return _in("USD", dress(layout, deals(seed=21)))


def copper() -> Sheet:
    layout = Layout(
        headers(
            "Id = id | Name = name | Primary Contact = contact | Company = name | Owner = owner | Pipeline = pipeline |"
            "Stage = stage_kept | Status = status | Priority | Win Probability = probability | Loss Reason = reason |"
            "Close Date = close_or_plan | Value = amount | Source = source | Tags | Created At = created |"
            "Updated At = modified | Last Stage At = modified"
        ),
        Words(("Qualified", "Follow-up", "Presentation", "Contract Sent"), "", "", ("Won", "Lost", "Open")),
        id_form="29{1}4",
        stamp=american_time,
        day=american,
    )
    return dress(layout, deals(seed=22), place=True)


def freshsales() -> Sheet:
    layout = Layout(
        headers(
            "Id = id | Name = name | Deal value = amount | Currency = usd | Deal stage = stage | Deal pipeline = pipeline |"
            "Expected close date = expected | Closed date = closed | Sales owner = owner | Account name = contact |"
            "Lost reason = reason | Source = source | Probability (%) = probability | Created at = created |"
            "Updated at = modified | Deal stage updated at = modified"
        ),
        Words(("New", "Qualification", "Demo", "Negotiation"), "Won", "Lost"),
        id_form="700{1}",
        stamp=german_time,
        day=lambda at: at.strftime("%d.%m.%Y"),
    )
    return _in("USD", dress(layout, deals(seed=23)))


def _in(currency: str, sheet: Sheet) -> Sheet:
    """The sheet whose every amount is in one currency, named in a column."""
    total = sum((sheet.truth.revenue or {}).values())
    return replace(sheet, truth=replace(sheet.truth, revenue={currency: total}))


def cases() -> Iterator[Case]:
    """Each program's export once, as it comes."""
    made = (
        salesforce_report, salesforce_export, hubspot, pipedrive, zoho, dynamics, erpnext, frappe, monday, copper,
        freshsales,
    )  # fmt: skip
    for layout in made:
        yield Case(layout.__name__.replace("_", "-"), "CRM export", layout(), can_scramble=True)
    yield Case("odoo", "CRM export", odoo(), "may", can_scramble=True)
    yield Case("close", "CRM export", close(), "may", can_scramble=True)
    yield Case("monday-board", "stacked tables", monday_board(), why="groups with their own header, titles between")
    book = dynamics()
    yield Case(
        "dynamics-xlsx",
        "workbook",
        book,
        write=lambda s: as_xlsx(s, dates=("Est. Close Date",)),
        file_name="opportunities.xlsx",
    )
