"""The import that a session is working on: from the uploaded bytes to the batch that waits for its confirmation."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from funnel.definition.definition import IGNORE, FunnelDefinition
from funnel.errors import FunnelError
from funnel.intake.beside import NOTHING_BESIDE, Beside
from funnel.intake.mapping import ColumnMapping, RawTable, fits, header_signature
from funnel.intake.meaning import MeaningQuestion, Proposal
from funnel.intake.proposing.funnel_of_file import FunnelSuggestion
from funnel.intake.proposing.propose import propose, with_targets
from funnel.intake.reading.reader import ReadOptions
from funnel.intake.several.opening import OneFile
from funnel.intake.several.parts import USES, Part, Use
from funnel.reports.receipt.difference import Said
from funnel.schema import Covers, Finding, ImportBatch, Shape
from funnel.sources.source import TableReading
from funnel.storage.store import Store
from funnel.storage.workspaces import WorkspaceInfo
from funnel.trial import judge
from pages.shell.spool import spool_folder

HERE = "here"
"""Import into the present workspace, labels mapped to its funnel."""
HERE_FROM_LABELS = "here_from_labels"
"""Import into the present workspace, whose funnel is made from the labels of this file."""
NEW_FROM_LABELS = "new_from_labels"
"""Open a new workspace with a funnel made from the labels of this file."""
NEW_FROM_TEMPLATE = "new_from_template"
"""Open a new workspace with one of the templates."""


@dataclass
class Checked:
    """A normalized batch with everything the Check step shows. ``journeys``: of this file alone.
    ``asks_who``: who is in it decides figures, and the leads alone do not tell.
    """

    batch: ImportBatch
    trust: tuple[Finding, ...]
    journeys: pl.DataFrame
    asks_who: bool = False


@dataclass
class Draft:
    """What the session has done so far with its uploaded files; one file (and sheet) at a time.

    ``answers``: question → answer about the meaning of the file. ``won_label``: the label that the person marked as the
    win against the proposal, kept when stages get names.
    ``replaces``: the live import of the same bytes in the present workspace whose place this one is to take.
    ``checked_in``: the workspace that was looked at when this was checked.
    ``refused``: why the file cannot be read as it is asked for.
    ``said``: what another program counts, as the person typed it.
    ``earlier``: where and when the same bytes were imported before (null: not looked up yet).
    ``revision`` grows whenever the proposal is made anew: it is part of the keys of the editors, whose input must not
    change under one key.
    ``chosen``: what was chosen, by the widget's key. ``tables``: what an editor was shown and what became of it, by
    its key; ``given_back``: those that an editor was drawn with anew, because the page had been left.
    ``beside``: what earlier files of the upload say of the deals in later ones, ``taken``: (file, use, number) of
    these, ``as_deals``: the person said that such a file holds leads.
    ``parts``: name of a spooled file → what it is (null: nobody has looked yet); ``uses``: what the person said against
    that; ``left_out``: files of the upload that are used for nothing; ``closed``: files that hold others and cannot be
    opened, with the reason.
    ``source``: the place on the app's machine that the files are copies of (null: they were uploaded); ``readings``:
    its lists that were confirmed before the deals.
    ``covers``: who is in the file, where somebody has said it (``schema.Covers``).
    ``name``: what its record is called; ``to_answer``: answers about the meaning that a record holds, to be given again
    as soon as the file is read.
    """

    uploads: list[OneFile] = field(default_factory=list)
    at: int = 0
    options: ReadOptions = field(default_factory=ReadOptions)
    table: RawTable | None = None
    proposal: Proposal | None = None
    proposed_for: FunnelDefinition | None = None
    is_remembered: bool = False
    shape: Shape | None = None
    destination: str | None = None
    suggestion: FunnelSuggestion | None = None
    beside: Beside = NOTHING_BESIDE
    parts: dict[str, Part] | None = None
    left_out: list[OneFile] = field(default_factory=list)
    uses: dict[str, Use] = field(default_factory=dict)
    closed: dict[str, FunnelError] = field(default_factory=dict)
    taken: list[tuple[str, str, int]] = field(default_factory=list)
    as_deals: bool = False
    won_label: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    answered: list[MeaningQuestion] = field(default_factory=list)
    refused: FunnelError | None = None
    step: str = "map"
    mapping: ColumnMapping | None = None
    definition: FunnelDefinition | None = None
    workspace_name: str = ""
    into: WorkspaceInfo | None = None
    columns: tuple[str, ...] = ()
    earlier: list[tuple[WorkspaceInfo, pl.DataFrame]] | None = None
    exported_on: date | None = None
    covers: Covers | None = None
    replaces: int | None = None
    checked_in: Path | None = None
    said: Said = field(default_factory=Said)
    revision: int = 0
    done: list[tuple[str, int, bool]] = field(default_factory=list)
    source: str | None = None
    readings: list[TableReading] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)
    chosen: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=dict)
    given_back: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=dict)
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    to_answer: list[tuple[str, str]] | None = None

    @property
    def upload(self) -> OneFile | None:
        return self.uploads[self.at] if self.at < len(self.uploads) else None

    def begin(self, files: list[OneFile]) -> None:
        """Start with the files of an upload."""
        self.uploads, self.at = files, 0
        self.beside, self.parts, self.taken = NOTHING_BESIDE, None, []
        self.uses, self.left_out, self.closed = {}, [], {}
        self.source, self.readings = None, []

    def use_of(self, file: OneFile) -> Use:
        """What a file of the upload is used for: as a person says, else as it looks."""
        part = (self.parts or {}).get(file.path.name)
        return self.uses.get(file.path.name) or (part.use if part is not None else "deals")

    def arrange(self) -> None:
        """Put the files that nobody has begun with in the order of their use; those of no use stand aside."""
        present = self.upload
        open_ = sorted([*self.uploads[self.at :], *self.left_out], key=lambda one: USES.index(self.use_of(one)))
        used = [one for one in open_ if self.use_of(one) != "out"] or open_  # then each is told when its turn comes
        self.uploads[self.at :], self.left_out = used, [one for one in open_ if one not in used]
        if self.upload != present:
            self._start()
            self.options, self.destination = ReadOptions(), None

    def to_check(self, workspace: WorkspaceInfo | None) -> None:
        """Go on to what the file comes to in this workspace."""
        self.step, self.checked_in = "check", workspace.path if workspace is not None else None

    def is_checked_elsewhere(self, workspace: WorkspaceInfo | None) -> bool:
        """Whether it was checked for the workspace that was looked at, and that is another one now: it must not be
        stored in this one unseen, nor take the place of one of its imports."""
        if self.step != "check" or self.destination in (NEW_FROM_LABELS, NEW_FROM_TEMPLATE):
            return False
        return self.checked_in != (workspace.path if workspace is not None else None)

    def edit_table(self, source: pl.DataFrame, key: str, **options: Any) -> pl.DataFrame:
        """An editor of ``source`` under ``key``, with the same columns and types as ``source``. Edits outlive a visit
        to another page or step, as long as ``source`` is the same."""
        if key not in st.session_state and key in self.tables:
            self.given_back[key] = self.tables[key]
        before, left = self.given_back.get(key, (source, source))
        shown = left if before.equals(source) else source
        edited = pl.DataFrame(st.data_editor(shown, key=key, hide_index=True, width="stretch", **options))
        edited = edited.cast(dict(source.schema), strict=False)
        self.tables[key] = (source, edited)
        return edited

    def read_again(self, options: ReadOptions) -> None:
        """Read the present file anew, in another way."""
        self._start()
        self.options = options

    def next_file(self) -> None:
        """Go on with the next uploaded file; the spooled copy of this one is removed."""
        if self.upload is not None:
            self.upload.path.unlink(missing_ok=True)
        self._start()
        self.options = ReadOptions()
        self.destination, self.workspace_name = None, ""
        self.at += 1

    def _start(self) -> None:
        self.table = self.proposal = self.shape = self.suggestion = self.mapping = None
        self.earlier = self.won_label = self.refused = None
        self.memo, self.step, self.exported_on, self.as_deals = {}, "map", None, False
        self.covers = None
        self.replaces = None
        self.said = Said()
        self.answers, self.answered, self.to_answer = {}, [], None
        self.chosen, self.tables, self.given_back = {}, {}, {}
        self.revision += 1

    def propose(self, table: RawTable, definition: FunnelDefinition, store: Store | None, shape: Shape | None) -> None:
        """Propose a mapping for a freshly read table, remembering how this header was mapped before."""
        remembered, self.is_remembered = None, False
        if store is not None:
            remembered = store.remembered_mapping(header_signature(table.columns))
            self.is_remembered = remembered is not None
            if remembered is None and (closest := store.closest_mapping(table.columns)) is not None:
                remembered = closest.mapping
        self.table, self.shape, self.proposed_for = table, shape, definition
        self.proposal = propose(
            table,
            definition,
            judge,
            remembered=remembered,
            shape=shape,
            answers=self.answers,
            beside=self.beside,
        )
        self.suggestion = None
        self.memo = {}
        self.revision += 1

    def answer(self, question: MeaningQuestion, answer: str) -> None:
        """Take an answer about the meaning of the file and propose anew; what was asked after it is asked again."""
        if self.table is None or self.proposed_for is None:
            raise RuntimeError("a question is answered before a file is read")
        keys = [known.key for known in self.answered]
        kept = self.answered[: keys.index(question.key)] if question.key in keys else self.answered
        self.answered = [*kept, question]
        self.answers = {known.key: self.answers[known.key] for known in kept} | {question.key: answer}
        self.won_label = None
        self.propose(self.table, self.proposed_for, None, self.shape)

    def propose_again(self, table: RawTable, definition: FunnelDefinition, store: Store | None) -> None:
        """Propose for a file of an import that was left unfinished: the shape that was chosen, the answers that were
        given, and the names of the widgets that they were given in."""
        answers, revision, won_label = self.to_answer or [], self.revision, self.won_label
        self.to_answer = None
        self.propose(table, definition, None if self.shape else store, self.shape)
        for key, answer in answers:
            asked = self.proposal.asked if self.proposal is not None else ()
            question = next((one for one in asked if one.key == key), None)
            if question is None or answer not in {one.key for one in question.answers}:
                break  # the words that the file is read with have changed since
            self.answer(question, answer)
        self.revision, self.won_label = revision, won_label

    def aimed_at(self, mapping: ColumnMapping, definition: FunnelDefinition) -> ColumnMapping:
        """The mapping with the labels of its present roles, each with its proposed meaning in ``definition``.

        Meanings that were proposed or remembered for the present workspace hold only there: another funnel may use the
        same stage keys for other stages.
        """
        if self.table is None:
            raise RuntimeError("a mapping is aimed before a file is read")
        key = repr(("aim", definition.to_dict(), replace(mapping, labels={}).to_dict()))
        if key not in self.memo:
            said = self.proposal.said if self.proposal is not None else {}
            self.memo[key] = with_targets(self.table, replace(mapping, labels={}), definition, said)
        aimed: ColumnMapping = self.memo[key]
        targets = dict(aimed.labels)
        known = {}
        if definition == self.proposed_for:
            known = {k: v for k, v in mapping.labels.items() if k in targets and definition.resolve(v) != IGNORE}
        return replace(mapping, labels={**targets, **known}, won_stages=aimed.won_stages)

    def fits(self, definition: FunnelDefinition) -> bool:
        """Whether every label of the file has a meaning in ``definition``."""
        if self.proposal is None:
            return True
        return fits(definition, self.aimed_at(self.proposal.mapping, definition)).is_good


def spool(files: list[UploadedFile]) -> list[OneFile]:
    """Write uploads to disk, so that the browser's copies can leave the server's memory."""
    spool_folder().mkdir(parents=True, exist_ok=True)
    found = []
    for file in files:
        with tempfile.NamedTemporaryFile(dir=spool_folder(), prefix="file-", delete=False) as target:
            target.write(file.getbuffer())
        found.append(OneFile(file.name, Path(target.name)))
    return found
