"""A server on this machine that plays the APIs of three CRMs, two records a page, and the example that asks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

from tests.conftest import ROOT

PAGE = 2
_NIGHTS = """
import os, sys
sys.path.insert(0, "examples")
import crm_nightly
for line in sys.stdin:
    crm, night, target, home = line.rstrip().split("\\t")
    os.environ["CRM"] = crm
    crm_nightly.VERSIONS["boundary_timestamp"] = night
    print("status", crm_nightly.main([target, home]), flush=True)
"""


class Playing:
    """``deals``, ``archived``, ``stages``: what the CRM says now; ``asked``: paths that were asked for."""

    def __init__(self) -> None:
        self.deals: list[dict[str, Any]] = []
        self.archived: list[dict[str, Any]] = []
        self.stages: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, query: dict[str, list[str]], headers: Any) -> tuple[int, Any]:
        """Status and body. Each API turns its pages in its own way and wants its own key."""
        at = int(query.get("cursor", query.get("after", ["0"]))[0])
        if path.startswith("/api/v2/") and headers["x-api-token"] == "key:secret":
            rows = {"deals": self.deals, "deals/archived": self.archived, "stages": self.stages}[path[8:]]
            following = str(at + PAGE) if at + PAGE < len(rows) else None
            return 200, {"data": rows[at : at + PAGE], "additional_data": {"next_cursor": following}}
        if path.startswith("/crm/v3/") and headers["Authorization"] == "Bearer key:secret":
            if path == "/crm/v3/pipelines/deals":
                return 200, {"results": [{"id": "default", "label": "Sales", "stages": self.stages}]}
            following = {"paging": {"next": {"after": str(at + PAGE)}}} if at + PAGE < len(self.deals) else {}
            wanted = query["properties"][0].split(",")
            page = [
                {"id": d["id"], "archived": False, "properties": {k: d["properties"].get(k) for k in wanted}}
                for d in self.deals[at : at + PAGE]
            ]
            return 200, {"results": page, **following}
        if path.startswith("/services/data/v62.0/query") and headers["Authorization"] == "Bearer ticket":
            at = int(path.rpartition("-")[2]) if "-" in path else 0
            rows = self.stages if "OpportunityStage" in query.get("q", [""])[0] else self.deals
            more = {"nextRecordsUrl": f"/services/data/v62.0/query/0r8-{at + PAGE}"} if at + PAGE < len(rows) else {}
            if rows is self.stages:
                return 200, {"records": rows}
            return 200, {"records": rows[at : at + PAGE], **more}
        return 401, {"error": path}


def _handler(crm: Playing) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            crm.asked.append(self.path)
            url = urlsplit(self.path)
            self._send(*crm.answer(url.path, parse_qs(url.query), self.headers))

        def do_POST(self) -> None:
            crm.asked.append(self.path)
            said = self.rfile.read(int(self.headers["Content-Length"])).decode()
            is_right = self.path == "/services/oauth2/token" and "client_id=key" in said
            self._send(200 if is_right else 404, {"access_token": "ticket", "token_type": "Bearer"})

        def _send(self, status: int, body: Any) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    return Handler


class Nights:
    """The example in a process of its own, which dlt is loaded into once; each call is one night."""

    def __init__(self, crm: Playing, home: Path) -> None:
        told = {
            "CRM_URL": crm.url, "CRM_TOKEN": "key:secret", "HOME": str(home), "DLT_DATA_DIR": str(home),
            "RUNTIME__DLTHUB_TELEMETRY_ENDPOINT": f"{crm.url}/telemetry", "RUNTIME__LOG_LEVEL": "CRITICAL",
        }  # fmt: skip
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNTIME__")} | told
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-c", _NIGHTS], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(home / "stderr").open("w"),
        )  # fmt: skip

    def run(self, crm: str, night: str, target: Path) -> None:
        """The night at which dlt dates what it sees. Raises AssertionError where the example fails."""
        asks, tells = self.process.stdin, self.process.stdout
        assert asks is not None and tells is not None
        asks.write(f"{crm}\t{night}\t{target}\t{self.home / crm}\n")
        asks.flush()
        said = _status(tells)
        assert said == "status 0\n", said + (self.home / "stderr").read_text("utf-8")[-2000:]

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def _status(lines: IO[str]) -> str:
    """The line with the status; what dlt prints besides is passed over."""
    for line in lines:
        if line.startswith("status"):
            return line
    return ""
