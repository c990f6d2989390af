"""The source of a workspace on the Import page: chosen once, looked into again, and what it asks."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from funnel.intake.reading.reader import ReadOptions
from funnel.intake.several.opening import OneFile, fingerprint
from funnel.schema import ImportBatch
from funnel.sources.outcomes import in_words
from funnel.sources.places import copied, places
from funnel.sources.refreshing import refresh, says_all_again
from funnel.sources.source import Source, TableReading, keep_source, short_name, source_of
from funnel.storage.store import Store
from pages.import_steps.draft import Draft
from pages.shell import Shell
from pages.shell.config import source_folder
from pages.shell.session import who
from pages.shell.spool import spool_folder
from pages.shell.words import plain_text
from pages.shell.workspaces import now

_SAID = "_source_said"


def choose(draft: Draft, shell: Shell) -> None:
    """Instead of an upload: a file or folder on the app's machine, to be looked into again later."""
    t = shell.t
    here = places(source_folder())
    with st.expander(t("Data that update themselves: a file or folder on the app's machine")):
        if not here:
            st.caption(
                plain_text(
                    t(
                        "Put a file or folder into %(folder)s (FUNNEL_SOURCE_DIR names another place), for example a "
                        "DuckDB file that a nightly job writes. It is read here once, and can then be looked into "
                        "again with one click, or every night: docs/connect.md.",
                        folder=source_folder(),
                    )
                )
            )
            return
        place = st.selectbox(t("File or folder"), here, key="source_place", format_func=plain_text)
        if st.button(t("Read it"), key="source_read", icon=":material/folder_open:") and place is not None:
            start(draft, place)


def start(draft: Draft, place: str) -> None:
    """Begin an import of what lies at a place now."""
    draft.begin(copied(source_folder(), place, spool_folder()))
    draft.source = place
    st.rerun()


def show(draft: Draft, shell: Shell) -> None:
    """The source of the present workspace: when it was looked into, what it asks, and the button to look again."""
    t = shell.t
    source = source_of(shell.store)
    if source is None:
        return
    said = st.session_state.pop(_SAID, None)
    if said is not None:
        st.info(plain_text(said), icon=":material/sync:")
    looked = t("looked into %(at)s", at=t.moment(source.looked_at)) if source.looked_at else t("not looked into yet")
    line, look, drop = st.columns([4, 2, 1], vertical_alignment="center")
    line.markdown(plain_text(t("Source: %(place)s, %(looked)s", place=source.place, looked=looked)))
    if look.button(t("Look for newer data"), key="source_look", icon=":material/sync:"):
        with st.spinner(t("Looking for newer data …")):
            outcome = refresh(shell.store, source_folder(), who=who(), now=now())
        st.session_state[_SAID] = in_words(outcome, t)
        st.rerun()
    if drop.button(t("Forget it"), key="source_drop", type="tertiary"):
        keep_source(shell.store, None)
        st.rerun()
    if source.asks is not None:
        st.warning(plain_text(t("Newer data wait: %(reason)s", reason=t.value(source.asks))), icon=":material/help:")
        if draft.upload is None and st.button(t("Look at it and import"), key="source_asks", type="primary"):
            start(draft, source.place)


def note(draft: Draft, file: OneFile, use: str, columns: tuple[str, ...], names: dict[str, str]) -> None:
    """A list of stages or of merged deals of the source was confirmed: remembered with the deals that follow."""
    if draft.source is not None:
        options = options_said(draft.options)
        reading = TableReading(short_name(file.name), use, columns, options, {}, names, fingerprint(file.path))
        draft.readings.append(reading)


def remember(
    draft: Draft, store: Store, file: OneFile, mapping: dict[str, object], batch: ImportBatch, no: int
) -> None:
    """A table of deals of the source is in: its reading, and those of the lists before it, are the workspace's."""
    if draft.source is None:
        return
    known = source_of(store)
    source = known if known is not None and known.place == draft.source else Source(draft.source)
    reading = TableReading(
        short_name(file.name), "deals", draft.columns, options_said(draft.options), mapping,
        content=fingerprint(file.path),
    )  # fmt: skip
    for one in (*draft.readings, reading.taken_in(batch, no)):
        source = source.with_table(one)
    keep_source(store, replace(source, looked_at=now()))
    draft.readings.clear()


def replaced(draft: Draft, store: Store, file: OneFile, batch: ImportBatch) -> int | None:
    """The import whose place this one takes: the last one of the same history in the source, read by hand again."""
    known = source_of(store)
    if known is None or known.place != draft.source:
        return None
    earlier = [one for one in known.tables if one.name == short_name(file.name)]
    return earlier[0].batch_no if earlier and says_all_again(earlier[0], batch) else None


def options_said(options: ReadOptions) -> dict[str, object]:
    """What a person has set about the reading of a file."""
    names = ("encoding", "delimiter", "header_row", "sheet", "table", "only")
    return {name: value for name in names if (value := getattr(options, name)) is not None}
