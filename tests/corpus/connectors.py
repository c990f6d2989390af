"""Tables that Fivetran, Airbyte, Singer and dlt write into warehouses, each kind in three products' clothes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tests.corpus.case import Case
from tests.corpus.logs import changes
from tests.corpus.pipeline import Deal, deals, truth_of
from tests.corpus.sheet import Layout, Sheet, Words, dress, headers, iso_time

HUBSPOT = Words(
    ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent"), "closedwon", "closedlost"
)
SALESFORCE = Words(("Prospecting", "Qualification", "Proposal", "Negotiation"), "Closed Won", "Closed Lost")
PIPEDRIVE = Words(("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made"), "", "", ("won", "lost", "open"))
FIVETRAN = "_fivetran_synced = loaded"
AIRBYTE = "_airbyte_raw_id = raw | _airbyte_extracted_at = loaded | _airbyte_meta"
STITCH = "_sdc_batched_at = loaded | _sdc_extracted_at = loaded | _sdc_sequence = raw"
DLT = "_dlt_load_id = load_id | _dlt_id = raw"


def zulu(at: object) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.147Z")  # type: ignore[attr-defined, no-any-return]


def table(columns: str, words: Words, seed: int, *, stamp: Callable[..., str] = iso_time, n: int = 24,
          place: bool = False, **extra: Callable[[Deal], str]) -> Sheet:  # fmt: skip
    """The deals in a connector's columns."""
    known: dict[str, Callable[[Deal], str]] = {
        "raw": lambda d: f"05{d.no:02}-9c1e-{d.no * 7919}",
        "load_id": lambda d: "1717384200.11",
        **extra,
    }
    layout = Layout(headers(columns), words, id_form="{1}", stamp=stamp, extra=known)
    return dress(layout, deals(n=n, seed=seed), place=place)


# --- deals with the dress of a connector ----------------------------------------------------------------------------


def dressed() -> Iterator[Case]:
    """Prefixes, suffixes and columns of the load."""
    yield Case("fivetran-hubspot", "connector", table(
        "deal_id = id | deal_pipeline_id | deal_pipeline_stage_id = stage | property_dealname = name |"
        "property_amount = amount | property_createdate = created | property_closedate = closed |"
        f"owner_id = owner_id | {FIVETRAN}", HUBSPOT, 201), can_scramble=True)  # fmt: skip
    yield Case("airbyte-hubspot", "connector", table(
        f"{AIRBYTE} | id = id | archived = no | createdAt = created | updatedAt = modified | properties_dealname = name |"
        "properties_dealstage = stage | properties_amount = amount | properties_createdate = created |"
        "properties_closedate = closed | properties_hs_lastmodifieddate = modified", HUBSPOT, 202, stamp=zulu),
        roles={})  # fmt: skip
    yield Case("stitch-hubspot", "connector", table(
        "dealId = id | isDeleted = no | portalId | property_dealstage__value = stage |"
        "property_dealstage__timestamp = modified | property_dealstage__source | property_dealname__value = name |"
        "property_amount__value = amount | property_createdate__value = created | property_createdate__timestamp = created |"
        "property_closedate__value = closed | property_closedate__timestamp = closed |"
        f"property_hubspot_owner_id__value = owner_id | {STITCH}", HUBSPOT, 203, stamp=zulu), "may", roles={})  # fmt: skip
    yield Case("dlt-hubspot", "connector", table(
        f"{DLT} | hs_object_id = id | dealname = name | dealstage = stage | amount = amount | createdate = created |"
        "closedate = closed | hubspot_owner_id = owner_id | pipeline", HUBSPOT, 204, stamp=zulu))  # fmt: skip
    yield Case("fivetran-salesforce", "connector", table(
        "id = id | is_deleted = no | account_id = contact_id | name = name | stage_name = stage | amount = amount |"
        "probability = probability | close_date = close_or_plan | is_closed = is_closed | is_won = is_won |"
        "owner_id = owner_id | created_date = created | created_by_id = owner_id | last_modified_date = modified |"
        f"system_modstamp = modified | mql_date_c | {FIVETRAN}", SALESFORCE, 205), can_scramble=True)  # fmt: skip
    yield Case("airbyte-salesforce", "connector", table(
        f"{AIRBYTE} | Id = id | IsDeleted = no | Name = name | StageName = stage | Amount = amount |"
        "CloseDate = close_or_plan | IsClosed = is_closed | IsWon = is_won | OwnerId = owner_id | CreatedDate = created |"
        "LastModifiedById = owner_id | SystemModstamp = modified | Renewal_Date__c", SALESFORCE, 206, stamp=zulu))  # fmt: skip
    pipedrive = (
        "id = id | title = name | value = amount | currency | stage_id = stage_kept | pipeline_id | status = status |"
        "active = is_open | deleted = no | add_time = created | update_time = modified | stage_change_time = modified |"
        "won_time = won_at | lost_time = lost_at | close_time = closed | lost_reason = reason |"
        "expected_close_date = expected_open | user_id = owner_id | org_id = contact_id | probability"
    )
    numbers = replace(PIPEDRIVE, stages=("1", "2", "3", "4"))
    is_open = {"is_open": lambda d: "true" if d.outcome == "open" else "false"}
    for name, load in (("fivetran", FIVETRAN), ("airbyte", AIRBYTE), ("stitch", STITCH)):
        yield Case(f"{name}-pipedrive", "connector",
                   table(f"{pipedrive} | {load}", numbers, 207, place=True, **is_open), can_scramble=True)  # fmt: skip


def deleted() -> Iterator[Case]:
    """Rows that a source has deleted; the tables keep them."""
    forms = (
        ("fivetran", f"id = id | stage_name = stage | created_date = created | close_date = closed | amount = amount | _fivetran_deleted = gone | {FIVETRAN}", SALESFORCE),
        ("airbyte", f"{AIRBYTE} | Id = id | IsDeleted = gone | StageName = stage | CreatedDate = created | CloseDate = closed | Amount = amount", SALESFORCE),
        ("hubspot", f"id = id | archived = gone | properties_dealstage = stage | properties_amount = amount | properties_createdate = created | properties_closedate = closed | {AIRBYTE}", HUBSPOT),
    )  # fmt: skip
    for i, (name, columns, words) in enumerate(forms):
        sheet = table(columns, words, 210 + i, n=28, gone=lambda d: "true" if d.no % 7 == 0 else "false")
        kept = [d for d in deals(n=28, seed=210 + i) if d.no % 7]
        yield Case(f"deleted-{name}", "deleted", replace(sheet, truth=truth_of(kept)))


# --- several rows per deal ------------------------------------------------------------------------------------------

OPEN_END = {"fivetran": "9999-12-31 23:59:59.999", "dbt": "", "dlt": ""}


def versions(tool: str, start: str, end: str, active: str, seed: int) -> Sheet:
    """Each change of a deal is a version from … to; the last one is the deal as it is."""
    rows, sales = [], deals(seed=seed)
    for d in sales:
        steps = changes(d, SALESFORCE)
        for i, (label, at) in enumerate(steps):
            is_last = i + 1 == len(steps)
            until = OPEN_END[tool] if is_last else iso_time(steps[i + 1][1] - timedelta(seconds=1)) + ".999"
            amount = str(d.amount if is_last else d.estimate)
            marks = ("true" if is_last else "false",) if active else ()
            rows.append(
                (f"O{d.no}", iso_time(at), until, *marks, f"Deal {d.no}", label, amount, iso_time(d.created), "005a")
            )
    rows.sort(key=lambda row: row[1], reverse=True)
    marks = (active,) if active else ()
    columns = ("id", start, end, *marks, "name", "stage_name", "amount", "created_date", "owner_id")
    holds = ("id", "", "", *("" for _ in marks), "name", "stage", "amount", "created", "")
    return Sheet(columns, tuple(rows), truth_of(sales), holds)


def appended(
    load: str, words: Words, id_name: str, stage: str, created: str, closed: str, amount: str, seed: int
) -> Sheet:
    """Two loads of the same deals a month apart, in any order: the newest load is the deal."""
    rows, sales = [], deals(seed=seed)
    first, second = datetime(2024, 4, 1, 3), datetime(2024, 9, 1, 3)
    for d in sales:
        for at in (second, first):
            if d.created > at:
                continue
            known = [(label, when) for label, when in changes(d, words) if when <= at]
            is_over = d.closed is not None and d.closed <= at
            money = str(d.amount if at == second else d.estimate)
            end = zulu(d.closed) if is_over and d.closed else ""
            rows.append((f"{d.no}-{at:%m}", zulu(at), str(d.no), d.name, known[-1][0], money, zulu(d.created), end))
    columns = ("_row", load, id_name, "name", stage, amount, created, closed)
    return Sheet(
        columns, tuple(rows), truth_of(sales), ("", "loaded", "id", "name", "stage", "amount", "created", "closed")
    )


def field_log(columns: Sequence[str], row: Callable[[int, Deal, str, str, str, datetime], tuple[str, ...]], words: Words,
              fields: tuple[str, str, str], seed: int, *, created: bool = False) -> Sheet:  # fmt: skip
    """One row per change of any field. ``fields``: the names of stage, amount and another one of no use."""
    events: list[tuple[datetime, Deal, str, str, str]] = []
    sales = deals(seed=seed)
    for d in sales:
        if created:
            events.append((d.created, d, "created", "", ""))
        events.append((d.created, d, fields[1], "", str(d.estimate)))
        events.append((d.entries[-1][1], d, fields[1], str(d.estimate), str(d.amount)))
        events.append((d.entries[-1][1], d, fields[2], "", f"note {d.no}"))
        steps = changes(d, words)
        if not created:
            events.append((d.created, d, fields[0], "", steps[0][0]))
        events += [(at, d, fields[0], old, new) for (old, _), (new, at) in itertools.pairwise(steps)]
    events.sort(key=lambda event: event[0])
    rows = tuple(row(n, d, field, old, new, at) for n, (at, d, field, old, new) in enumerate(events, 1))
    return Sheet(tuple(columns), rows, truth_of(sales, place=True), ("",) * len(columns))


def several_rows() -> Iterator[Case]:
    """Versions, loads appended, field logs."""
    for i, (tool, start, end, active) in enumerate((
        ("fivetran", "_fivetran_start", "_fivetran_end", "_fivetran_active"),
        ("dbt", "dbt_valid_from", "dbt_valid_to", ""), ("dlt", "_dlt_valid_from", "_dlt_valid_to", ""),
    )):  # fmt: skip
        yield Case(f"versions-{tool}", "versions", versions(tool, start, end, active, 220 + i), "may", roles={})
    forms = (
        ("_airbyte_extracted_at", HUBSPOT, "id", "properties_dealstage", "properties_createdate", "properties_closedate", "properties_amount"),
        ("_sdc_batched_at", SALESFORCE, "Id", "StageName", "CreatedDate", "CloseDate", "Amount"),
        ("_fivetran_synced", SALESFORCE, "id", "stage_name", "created_date", "close_date", "amount"),
    )  # fmt: skip
    for i, form in enumerate(forms):
        yield Case(f"loads{form[0].replace('_', '-')}", "loads appended", appended(*form, 230 + i), "may", roles={})
    yield Case("fields-hubspot", "field log", field_log(
        ("deal_id", "name", "timestamp", "value", "source", "source_id", "_fivetran_synced"),
        lambda n, d, field, old, new, at: (f"{900 + d.no}", field, iso_time(at), new, "CRM_UI", "userId:41", "2024-09-01 04:15:36.499"),
        HUBSPOT, ("dealstage", "amount", "notes_last_contacted"), 240), "may")  # fmt: skip
    yield Case("fields-salesforce", "field log", field_log(
        ("Id", "IsDeleted", "OpportunityId", "CreatedById", "CreatedDate", "Field", "DataType", "OldValue", "NewValue"),
        lambda n, d, field, old, new, at: (f"017Qy{n:05}", "false", f"006Qy{d.no:03}", "005a", zulu(at), field, "Text", old, new),
        SALESFORCE, ("StageName", "Amount", "NextStep"), 241, created=True), "may")  # fmt: skip
    yield Case("fields-pipedrive", "field log", field_log(
        ("id", "item_id", "user_id", "field_key", "old_value", "new_value", "log_time", "change_source"),
        lambda n, d, field, old, new, at: (str(n), str(300 + d.no), "11", field, old, new, iso_time(at), "app"),
        replace(SALESFORCE, won="Won", lost="Lost"), ("stage_id", "value", "label"), 242), "may")  # fmt: skip


# --- stages as numbers, families of dates, JSON ---------------------------------------------------------------------


def flags_beside_numbers(columns: str, seed: int) -> Sheet:
    """Numbers of stages whose flags say which ones are won and lost."""
    numbers = Words(("1148816", "1148817", "1148818", "1148819"), "1148820", "1148821")
    return table(columns, numbers, seed, state=lambda d: {"open": "0", "won": "1", "lost": "2"}[d.outcome])


def dates_entered(prefix: str, words: Words, seed: int) -> Sheet:
    """A date per stage in a family of columns, when it was left, and for how long it stood there."""
    keys = (*words.stages, words.won, words.lost)
    entered = {
        f"in{i}": lambda d, key=key: next((zulu(at) for label, at in changes(d, words) if label == key), "")
        for i, key in enumerate(keys)
    }
    left = {
        f"out{i}": lambda d, key=key: next(
            (zulu(at) for (label, _), (_, at) in itertools.pairwise(changes(d, words)) if label == key), ""
        )
        for i, key in enumerate(keys[:-2])
    }
    columns = "id = id | archived = no | properties_dealname = name | properties_amount = amount |"
    columns += "properties_dealstage = stage | properties_createdate = created | properties_closedate = close_or_plan |"
    columns += "|".join(f"{prefix}date_entered_{key} = in{i}" for i, key in enumerate(keys)) + "|"
    columns += "|".join(f"{prefix}date_exited_{key} = out{i}" for i, key in enumerate(keys[:-2]))
    columns += " | properties_hs_lastmodifieddate = modified | _airbyte_extracted_at = loaded"
    return table(columns, words, seed, stamp=zulu, place=True, **entered, **left)


def as_json() -> Sheet:
    """A raw table: the whole record in one cell."""
    sales = deals(seed=250)
    rows = tuple(
        (
            f"5f0c{d.no:04}", "2024-09-01 04:15:00.512+00", "2024-09-01 04:20:00.100+00",
            json.dumps({"id": str(7000 + d.no), "archived": False, "createdAt": zulu(d.created), "properties": {
                "dealname": d.name, "dealstage": {"won": "closedwon", "lost": "closedlost"}.get(d.outcome, HUBSPOT.stages[d.stage]),
                "amount": str(d.amount), "closedate": zulu(d.closed) if d.closed else None}}),
        )
        for d in sales
    )  # fmt: skip
    columns = ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_loaded_at", "_airbyte_data")
    return Sheet(columns, rows, truth_of(sales), ("",) * 4)


def numbers_and_dates() -> Iterator[Case]:
    """Numbers of stages with flags or a lookup, dates entered, JSON, home currency."""
    flags = (
        ("hubspot", "deal_id = id | deal_pipeline_stage_id = stage | property_amount = amount | property_hs_is_closed = is_closed | property_hs_is_closed_won = is_won | property_createdate = created | property_closedate = closed"),
        ("salesforce", "Id = id | Stage_Number__c = stage | Amount = amount | IsClosed = is_closed | IsWon = is_won | CreatedDate = created | CloseDate = closed"),
        ("dynamics", "opportunityid = id | stepid = stage | actualvalue = amount | statecode = state | createdon = created | actualclosedate = closed"),
    )  # fmt: skip
    for i, (name, columns) in enumerate(flags):
        yield Case(
            f"numbers-flags-{name}", "stages as numbers", flags_beside_numbers(columns, 260 + i), "may", roles={}
        )
    for name, prefix in (("airbyte", "properties_hs_v2_"), ("plain", "hs_"), ("fivetran", "property_hs_v2_")):
        yield Case(f"entered-{name}", "dates entered", dates_entered(prefix, HUBSPOT, 270), roles={})
    yield Case("raw-json", "connector", as_json(), "may")
    numbers = replace(PIPEDRIVE, stages=("1", "2", "3", "4"))
    first = table("id = id | title = name | value = amount | stage_id = stage_kept | status = status | add_time = created |"
                  "won_time = won_at | lost_time = lost_at | user_id = owner_id", numbers, 271, place=True)  # fmt: skip
    names = Sheet(
        ("id", "order_nr", "name", "pipeline_name"),
        tuple((str(i), str(i), name, "Sales") for i, name in enumerate(PIPEDRIVE.stages, 1)),
        first.truth,
        ("",) * 4,
    )
    yield Case(
        "numbers-lookup",
        "two files",
        replace(first, truth=replace(first.truth, order=PIPEDRIVE.stages)),
        more=(("stages.csv", names),),
    )
    home = table("deal_id = id | dealstage = stage | property_amount = foreign | property_amount_in_home_currency = amount |"
                 "property_deal_currency_code = code | property_createdate = created | property_closedate = closed", HUBSPOT, 272,
                 foreign=lambda d: str(d.amount * (1, 160, 7)[d.no % 3]), code=lambda d: ("EUR", "JPY", "CNY")[d.no % 3])  # fmt: skip
    yield Case("home-currency", "currencies", home, "may")


def cases() -> Iterator[Case]:
    """All kinds of section "tables that connectors bring"."""
    yield from dressed()
    yield from deleted()
    yield from several_rows()
    yield from numbers_and_dates()
