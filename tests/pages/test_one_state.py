"""What is shown is one state of the workspace, also while somebody else writes: nobody sees old figures afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.filters import Filters
from funnel.storage.store import Store
from pages.shell.data import load, overview_of
from pages.shell.records import load_records
from pages.shell.workspaces import workspaces
from tests import factories
from tests.factories import lead, log
from tests.opening import NOW, new_workspace, plan_rows, use_folder


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    use_folder(tmp_path, monkeypatch)
    opened = new_workspace(tmp_path, "Ours", factories.GUIDE)
    bring_in(opened, "A", 3)
    return opened


def bring_in(store: Store, name: str, n: int) -> None:
    leads = [lead(f"{name}{i}", "2024-01-05 lead, 2024-01-09 intent", source="web") for i in range(n)]
    store.import_batch(log(*leads), who="test", now=NOW)


def shown(data) -> int:
    return overview_of(data, Filters(), basis="lead_cohort", every="month", by="source").n_leads


def test_one_loads_another_imports_the_first_draws(store: Store) -> None:
    (info,) = workspaces()
    loaded = load(info)
    bring_in(store, "B", 2)
    assert shown(loaded) == loaded.journeys.height == 3
    assert shown(load(info)) == load(info).journeys.height == 5, "the old figures are nobody else's"


def test_an_import_while_the_data_are_read_is_in_them_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    spend = Store.spend
    late = iter([True])

    def while_others_import(self: Store):
        if next(late, False):
            bring_in(self, "B", 2)
        return spend(self)

    monkeypatch.setattr(Store, "spend", while_others_import)
    data = load(workspaces()[0])
    assert data.journeys.height == 5
    assert data.key is not None and data.key.data == store.versions().data


def test_the_records_of_a_plan_are_those_of_its_key(store: Store) -> None:
    before = load_records(store)
    plan_rows(store, "2026-W27", ("call",))
    after = load_records(store)
    assert (len(before.rows), len(after.rows)) == (0, 1) and before.key != after.key
