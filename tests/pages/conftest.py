"""What tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from funnel.storage.store import Store
from pages.shell.workspaces import store_of, workspaces
from tests.opening import sample_to_look_at, use_folder


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The sample with its plan in a folder that all tests of a worker share: what the application has counted for one
    of them serves the next. They only look; one that writes fails here."""
    use_folder(sample_to_look_at(), monkeypatch)
    (info,) = workspaces()
    store = store_of(info)
    before = store.versions()
    yield store
    assert store.versions() == before, "a test that writes needs a workspace of its own"
