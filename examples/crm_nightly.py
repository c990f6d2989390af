"""Every night: what a CRM says of its deals today, kept beside what it said in the nights before.

An example to copy and change, not a part of the app; docs/connect.md tells the way from an API token to a funnel.

    CRM=pipedrive CRM_URL=https://acme.pipedrive.com CRM_TOKEN=… python examples/crm_nightly.py sources/crm.duckdb

A deal whose fields changed since last night gets a new row with its start; its old row gets an end; a deal that the CRM
no longer has gets an end only (dlt calls this scd2). The app reads such a table as stages with their days.

By cron, an hour before the app looks (shortly before midnight, so that a change is dated with its day):
    30 23 * * * cd /path/to/app && . ./crm.env && .venv-connect/bin/python examples/crm_nightly.py sources/crm.duckdb
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source

VERSIONS: dict[str, Any] = {"disposition": "merge", "strategy": "scd2"}
Fields = dict[str, str]
"""Column in the table ← where it stands in the API's record (a dot goes one level down)."""


@dataclass(frozen=True)
class Crm:
    """How to ask one CRM. ``client``: of dlt's rest_api source; ``deals`` and ``stages``: endpoints that are asked."""

    client: dict[str, Any]
    deals: list[dict[str, Any]]
    deal_fields: Fields
    stages: dict[str, Any] | None = None
    stage_fields: Fields = field(default_factory=dict)


# Take only what the funnel needs. A field that changes every night (last activity) would make a version every night,
# and what is not fetched cannot leak: no people, no mail addresses.


def pipedrive(url: str, token: str) -> Crm:
    """CRM_URL: https://COMPANY.pipedrive.com; CRM_TOKEN: Personal preferences, API."""
    paging = {"type": "cursor", "cursor_path": "additional_data.next_cursor", "cursor_param": "cursor"}
    pages = {"data_selector": "data", "params": {"limit": 500}}
    return Crm(
        {"base_url": f"{url}/api/v2/", "headers": {"x-api-token": token}, "paginator": paging},
        # Archived deals have a place of their own; without them an archived deal would look like a deleted one.
        [{"path": "deals", **pages}, {"path": "deals/archived", **pages}],
        {"id": "id", "title": "title", "pipeline_id": "pipeline_id", "stage_id": "stage_id", "status": "status",
         "value": "value", "currency": "currency", "add_time": "add_time", "won_time": "won_time",
         "lost_time": "lost_time", "lost_reason": "lost_reason", "expected_close_date": "expected_close_date",
         "owner_id": "owner_id", "org_id": "org_id"},
        {"path": "stages", **pages},
        {"id": "id", "order_nr": "order_nr", "name": "name", "pipeline_id": "pipeline_id"},
    )  # fmt: skip


def hubspot(url: str, token: str) -> Crm:
    """CRM_TOKEN: access token of a private app that may read deals (crm.objects.deals.read)."""
    properties = (
        "dealname", "pipeline", "dealstage", "amount", "deal_currency_code", "createdate", "closedate",
        "hs_is_closed", "hs_is_closed_won", "closed_lost_reason", "hs_analytics_source", "hubspot_owner_id",
    )  # fmt: skip
    return Crm(
        {
            "base_url": f"{url or 'https://api.hubapi.com'}/crm/v3/",
            "auth": {"type": "bearer", "token": token},
            "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
        },
        [{"path": "objects/deals", "data_selector": "results",
          "params": {"limit": 100, "properties": ",".join(properties)}}],
        {"id": "id", **{name: f"properties.{name}" for name in properties}},
        {"path": "pipelines/deals", "data_selector": "results[*].stages[*]"},
        {"stage_id": "id", "label": "label", "display_order": "displayOrder",
         "probability": "metadata.probability", "is_closed": "metadata.isClosed"},
    )  # fmt: skip


def salesforce(url: str, token: str) -> Crm:
    """CRM_URL: https://COMPANY.my.salesforce.com; CRM_TOKEN: KEY:SECRET of a connected app with the client credentials
    flow, run by a user who sees all opportunities.
    """
    key, _, secret = token.partition(":")
    columns = (
        "Id", "Name", "StageName", "Amount", "CreatedDate", "CloseDate", "IsClosed", "IsWon", "LeadSource", "OwnerId",
        "AccountId",
    )  # fmt: skip
    stages = ("ApiName", "MasterLabel", "SortOrder", "DefaultProbability", "IsClosed", "IsWon")

    def query(names: tuple[str, ...], table: str) -> dict[str, Any]:
        return {
            "path": "query",
            "data_selector": "records",
            "params": {"q": f"SELECT {', '.join(names)} FROM {table}"},
        }

    return Crm(
        {
            "base_url": f"{url}/services/data/v62.0/",
            "auth": {
                "type": "oauth2_client_credentials",
                "access_token_url": f"{url}/services/oauth2/token",
                "client_id": key,
                "client_secret": secret,
            },
            "paginator": {"type": "json_link", "next_url_path": "nextRecordsUrl"},
        },
        [query(columns, "Opportunity")],
        {name: name for name in columns},
        query(stages, "OpportunityStage"),
        {name: name for name in stages},
    )


def other(url: str, token: str) -> Crm:
    """Any REST API that gives its deals as JSON: put its paths and fields here. How its pages are turned is found by
    dlt for the usual ways (https://dlthub.com/docs/dlt-ecosystem/verified-sources/rest_api).
    """
    return Crm(
        {"base_url": url, "auth": {"type": "bearer", "token": token}},
        [{"path": "deals", "data_selector": "data"}],
        {"id": "id", "stage": "stage", "amount": "amount", "created_at": "created_at", "closed_at": "closed_at"},
    )


CRMS: dict[str, Callable[[str, str], Crm]] = {
    "pipedrive": pipedrive, "hubspot": hubspot, "salesforce": salesforce, "other": other,
}  # fmt: skip


def load(crm: Crm, home: Path) -> Path:
    """Ask the CRM once. Returns the DuckDB file with the history, which dlt keeps in ``home``."""
    deals = [_resource(f"deals_{i}", "deals", at, crm.deal_fields, VERSIONS) for i, at in enumerate(crm.deals)]
    # Several lists (open, archived) go into one table, all in one load: else each would end the versions of the other.
    resources = deals
    if crm.stages is not None:
        resources = [*deals, _resource("stages", "stages", crm.stages, crm.stage_fields, "replace")]
    kept = home / "history.duckdb"
    pipeline = dlt.pipeline(
        "crm_nightly",
        destination=dlt.destinations.duckdb(str(kept)),
        dataset_name="crm",  # not the name of the file: dlt could not tell the two apart
        pipelines_dir=str(home / "pipelines"),
    )
    pipeline.run(rest_api_source({"client": crm.client, "resources": resources}))
    return kept


def _resource(name: str, table: str, endpoint: dict[str, Any], fields: Fields, write: Any) -> dict[str, Any]:
    return {
        "name": name,
        "table_name": table,
        "endpoint": endpoint,
        "write_disposition": write,
        "processing_steps": [{"map": lambda record: {to: _at(record, path) for to, path in fields.items()}}],
        # All as text: so each column is there from the first night on, even where it has no value yet, and a number
        # that is once "n/a" does not turn it into two columns. The app reads texts anyway.
        "columns": {column: {"data_type": "text"} for column in fields},
    }


def _at(record: Any, path: str) -> Any:
    for part in path.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def main(arguments: list[str]) -> int:
    """``arguments``: the file for the app, and optionally the folder in which dlt keeps its own (crm_history)."""
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    # dlt tells its maker of each run (docs/connect.md says what) unless this is set.
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    target, home = Path(arguments[0]), Path(arguments[1] if len(arguments) > 1 else "crm_history")
    home.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    crm = CRMS[os.environ["CRM"]](os.environ.get("CRM_URL", "").rstrip("/"), os.environ["CRM_TOKEN"])
    kept = load(crm, home)
    # The app never sees a file that is being written: a copy under a hidden name takes the old one's place at once.
    half = target.with_name(f".{target.name}")
    shutil.copyfile(kept, half)
    half.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
