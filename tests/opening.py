"""Opening the application in a test: its own data folder, the sample or an empty workspace, either language."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from funnel.definition.definition import load_templates
from funnel.intake.batches.normalizing import normalize
from funnel.intake.proposing.propose import propose_mapping
from funnel.intake.reading.reader import read_table
from funnel.intake.spend import read_spend
from funnel.planning.fields import to_fields
from funnel.planning.plan_file import load_plan
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.workspace_data import DataKey, WorkspaceData
from funnel.storage.records import Edit
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo, create_workspace, open_workspace
from pages.shell import data
from pages.shell.config import app_settings
from pages.shell.workspaces import store_of
from tests.conftest import ROOT
from tests.store_samples import new_workspace

NOW = datetime(2026, 7, 1, 9)


def use_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application keep its workspaces in ``folder``.

    AppTest starts each run like the first one of a fresh server, in which a page file is run without app.py and sent
    through it by a rerun that loses the click. A server that has run once goes through app.py at once: so do the tests
    (the first run of a fresh server has its browser test).
    """
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(folder))
    monkeypatch.setenv("FUNNEL_BACKUPS_DAILY", "0")  # a copy in the background is no part of what a page's test asks
    app_settings.cache_clear()
    original = PagesManager.__init__

    def after_first_run(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", after_first_run)
    monkeypatch.setattr(data._load, "_make", _load_once)
    # every AppTest would look through all installed packages for components; the application has none
    monkeypatch.setattr(BidiComponentManager, "discover_and_register_components", lambda *_, **__: None)


_load = data._load._make
_sample_states: set[str] = set()
"""What ``Store.state`` says of a copy of the sample whose data, funnel and settings nobody has changed yet."""
_loaded: dict[tuple[str, date | None], WorkspaceData] = {}


def _load_once(asked: DataKey, info: WorkspaceInfo) -> WorkspaceData:
    """What the application loads, and the reports that it makes of it: of unchanged copies of the sample once for all
    tests of a worker. Whoever has written into one, whatever it was, loads what is stored."""
    state = store_of(info).state()
    if state not in _sample_states:
        return _load(asked, info)
    if (state, asked.day) not in _loaded:
        _loaded[state, asked.day] = _load(asked, info)
    found = copy(_loaded[state, asked.day])
    assert found.key is not None
    here = {"name": info.name, "is_sample": info.is_sample, "key": replace(found.key, file="any copy of the sample")}
    found.__dict__.update(here)
    return found


@cache
def _sample_file() -> Path:
    """The sample's workspace file, made once per test run."""
    folder = Path(tempfile.mkdtemp(prefix="funnel-sample-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    definition = load_templates(ROOT / "data" / "templates")["general_b2b"]
    store = create_workspace(folder, "Sample", definition, is_sample=True)
    store.set_setting("currency", "CNY")
    store.save_spend(read_spend(ROOT / "data" / "sample" / "spend_en.csv", "spend_en.csv").spend, who="", now=NOW)
    table = read_table(ROOT / "data" / "sample" / "leads_en.csv", "leads_en.csv")
    batch = normalize(table, propose_mapping(table, definition).mapping, import_day=NOW.date())
    store.import_batch(batch, who="test", now=NOW)
    _sample_states.add(store.state())
    store.close()
    return next(folder.glob("*.duckdb"))


@cache
def sample_with_plan() -> Path:
    """The sample's workspace file with its plan in English, as *Try the sample* leaves it; to be copied."""
    folder = _sample_file().parent / "planned"
    sample_workspace(folder)
    path = next(folder.glob("*.duckdb"))
    store = open_workspace(path)
    for kind, planned in load_plan(ROOT / "data" / "sample" / "plan_en.toml").items():
        store.save_records(kind, [Edit(key, fields, 0) for key, fields in planned.items()], who="Sample", now=NOW)
    store.close()
    return path


@cache
def sample_to_look_at() -> Path:
    """A folder with the sample and its plan for tests that write nothing."""
    folder = _sample_file().parent / "looked at"
    folder.mkdir()
    shutil.copy(sample_with_plan(), folder)
    return folder


def sample_workspace(folder: Path) -> None:
    """A workspace "Sample" with the English sample, as *Try the sample* makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(_sample_file(), folder)


def empty_workspace(folder: Path, name: str = "Empty") -> None:
    """A workspace of the guide's funnel without any data."""
    new_workspace(folder, name, load_templates(ROOT / "data" / "templates")["general_b2b"]).close()


def open_page(stem: str, language: str = "en", **params: str) -> AppTest:
    """Run the application on one page; ``params`` are the link's (``window="3m"`` …). No exception may be shown."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = language
    for key, value in params.items():
        at.query_params[key] = value
    if stem != "overview":  # the page at the bare address
        at.switch_page(f"pages/{stem}.py")
    at.run()
    assert_sound(at)
    return at


def assert_sound(at: AppTest) -> None:
    """Neither a traceback nor the boundary's sentence about the unforeseen."""
    assert not at.exception
    assert not [error.value for error in at.error]


def texts(at: AppTest) -> str:
    """All words of a page in one string."""
    kinds = ("title", "header", "subheader", "caption", "markdown", "info", "warning", "success", "error")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(at, kind))


def plan_rows(store: Store, sheet: str, actions: Sequence[str], stage: str = "intent") -> list[str]:
    """Rows of the tracking form in a store, one per action; returns their ids."""
    rows = [TrackingRow(f"r{i}", sheet, stage, action, "Li Na", position=i) for i, action in enumerate(actions)]
    store.save_records("tracking", [Edit(row.row_id, to_fields(row), 0) for row in rows], who="test", now=NOW)
    return [row.row_id for row in rows]
