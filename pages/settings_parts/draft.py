"""The funnel under edit: a definition that is not saved yet, kept in the session until it is applied or discarded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.definition.edits import Edited
from funnel.errors import InputError, Message
from funnel.planning.targets import Target
from funnel.reports.settings import DefinitionPreview, definition_preview
from funnel.reports.workspace_data import WorkspaceData
from funnel.storage.definitions import DefinitionVersion

_KEY = "settings_draft"


@dataclass
class Draft:
    """``notes``: what the edits had to drop. ``reason``: proposed for the version. ``targets``, ``playbook`` (plain
    tables): what a process file brings beside its funnel. ``error``: of the last edit.
    """

    path: str
    version: int
    definition: FunnelDefinition
    notes: tuple[Message, ...] = ()
    reason: str = ""
    targets: tuple[Target, ...] = ()
    playbook: tuple[Mapping[str, Any], ...] = ()
    error: InputError | None = None
    preview: tuple[WorkspaceData, FunnelDefinition, DefinitionPreview] | None = None

    def edit(self, change: Callable[..., Edited], *args: object, **kwargs: object) -> None:
        """Apply an edit of ``funnel.definition.edits``; a refused one is told and changes nothing."""
        try:
            edited = change(self.definition, *args, **kwargs)
        except InputError as error:
            self.error = error
            return
        self.error = None
        self.definition, self.notes = edited.definition, (*self.notes, *edited.notes)

    def put(
        self,
        definition: FunnelDefinition,
        reason: str,
        targets: tuple[Target, ...] = (),
        playbook: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        """Edit another definition from here on: a template, a file, an earlier version."""
        self.definition, self.reason, self.targets, self.playbook = definition, reason, targets, playbook
        self.notes, self.error = (), None

    def effect(self, data: WorkspaceData) -> DefinitionPreview:
        """The preview, made once per draft."""
        known = self.preview
        if known is None or known[0] is not data or known[1] != self.definition:
            known = self.preview = (data, self.definition, definition_preview(data, self.definition))
        return known[2]


def current(path: str, newest: DefinitionVersion) -> Draft:
    """The session's draft; a new one where there is none, or an untouched one of an older version."""
    draft: Draft | None = st.session_state.get(_KEY)
    if draft is None or draft.path != path:
        draft = st.session_state[_KEY] = Draft(path, newest.version, newest.definition)
    return draft


def drop() -> None:
    st.session_state.pop(_KEY, None)
