"""Short files, read the way a person's file is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from funnel.reports.workspace_data import WorkspaceData, load_workspace
from funnel.schema import Spend, empty, facts_of
from tests.claims.loading import IMPORTED_AT, batch_of, general

Read = Callable[..., WorkspaceData]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Files by name and text, in the order of their import → the workspace; ``settings`` as a person has set them."""

    def made(files: dict[str, str], covers: dict[str, str] | None = None, **settings: Any) -> WorkspaceData:
        definition, batches = general(), []
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            batch = batch_of(tmp_path / name, definition)
            batches.append(replace(batch, covers=(covers or {}).get(name)))
        facts = facts_of(batches, IMPORTED_AT)
        if "settings_covers" in settings:
            settings["covers"] = settings.pop("settings_covers")
        return load_workspace(
            name="story", is_sample=False, facts=facts, definition=definition, spend=empty(Spend), settings=settings
        )

    return made
