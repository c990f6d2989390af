"""The versions of the funnel, the templates, and the funnel as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition, Text
from funnel.definition.edits import adopt
from funnel.definition.file import definition_to_toml
from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.planning.fields import from_fields
from funnel.planning.process_file import process_from_toml, process_to_toml, template_of
from funnel.planning.targets import Target
from funnel.storage.definitions import DefinitionVersion
from pages.settings_parts import said
from pages.settings_parts.draft import Draft
from pages.settings_parts.words import ROW_HEIGHT, metric_name, stage_line
from pages.shell import Shell
from pages.shell.config import DATA
from pages.shell.words import owner_role_name, plain_text
from pages.shell.workspaces import templates


def history(draft: Draft, versions: list[DefinitionVersion], t: Translator) -> None:
    """Every version with date, author and reason; a chosen one is shown and can be brought back."""
    st.subheader(t("Versions"), help=t.help("version"))
    event = st.dataframe(
        pl.DataFrame(
            {
                "version": [one.version for one in versions],
                "at": [t.moment(one.at) for one in versions],
                "who": [one.who or "–" for one in versions],
                "why": [one.reason or "–" for one in versions],
                "stages": [stage_line(one.definition, t) for one in versions],
            }
        ),
        hide_index=True,
        width="stretch",
        height="content" if len(versions) <= 8 else 9 * ROW_HEIGHT,
        row_height=ROW_HEIGHT,
        key="settings_versions",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "version": st.column_config.NumberColumn(t.term("version"), width=62),
            "at": st.column_config.TextColumn(t("Saved"), width=92),
            "who": st.column_config.TextColumn(t("Who"), width=80),
            "why": st.column_config.TextColumn(t("Why"), width=170),
            "stages": st.column_config.TextColumn(t("Stages"), width=250),
        },
    )
    rows = event["selection"]["rows"]
    if not rows or rows[0] >= len(versions):
        st.caption(t("Choose a version to see its stages and to bring it back."))
        return
    chosen = versions[rows[0]]
    _stages_table(chosen.definition, t)
    if st.button(
        t("Bring version %(n)s back …", n=chosen.version),
        key="settings_restore_version",
        icon=":material/history:",
        disabled=chosen.version == versions[0].version,
        help=t("It is shown with its effect first; nothing changes before you apply it."),
    ):
        adopted = adopt(versions[0].definition, chosen.definition)
        draft.put(adopted, t("Back to version %(n)s", n=chosen.version))
        said.next_revision("stage")
        st.rerun()


def _stages_table(definition: FunnelDefinition, t: Translator) -> None:
    st.table(
        pl.DataFrame(
            {
                t.term("stage"): [plain_text(t.localized(stage.name)) for stage in definition.stages],
                t("Definition"): [plain_text(t.localized(stage.definition)) or "–" for stage in definition.stages],
                t.term("key_action"): [plain_text(t.localized(stage.key_action)) or "–" for stage in definition.stages],
                t("Responsible role"): [owner_role_name(stage.owner_role, t) for stage in definition.stages],
                t("Metrics"): [
                    plain_text(t.joined(metric_name(one, t) for one in stage.metrics)) for stage in definition.stages
                ],
            }
        ),
        border="horizontal",
    )


def files(draft: Draft, shell: Shell) -> None:
    """Start from a template, save the funnel as one, read one in."""
    t = shell.t
    st.subheader(t("Templates and files"), help=t.help("template"))
    template, save, read = st.columns(3, gap="medium")
    with template:
        kinds = templates()
        key = st.selectbox(
            t.term("template"),
            list(kinds),
            format_func=lambda one: t.localized(kinds[one].name),
            key="settings_template",
        )
        st.caption(plain_text(stage_line(kinds[key], t)))
        if st.button(t("Look at it here …"), key="settings_use_template", icon=":material/dashboard_customize:"):
            name = t.localized(kinds[key].name)
            draft.put(adopt(shell.store.definition(), kinds[key]), t("Template %(name)s", name=name))
            said.next_revision("stage")
            st.rerun()
    with save:
        _save(draft, shell, t)
    with read:
        _read(draft, shell, t)


def _save(draft: Draft, shell: Shell, t: Translator) -> None:
    name = st.text_input(
        t("Name of the template"),
        value=t.localized(draft.definition.name),
        key=f"settings_template_name_{said.revision('stage')}",
        max_chars=60,
    ).strip()
    template = template_of(draft.definition, Text(name, name))
    st.caption(
        t(
            "For a new team: stages, measures, benchmarks, time limits, the targets of roles and the company's own "
            "playbook entries, but no data."
        )
    )
    st.download_button(
        t("Save as template"),
        lambda: process_to_toml(template, _targets(shell), _own_playbook(shell)),
        file_name="funnel_template.toml",
        mime="application/toml",
        key="settings_save_template",
        icon=":material/download:",
        disabled=not name,
        on_click="ignore",
    )
    st.download_button(
        t("Download the definition"),
        definition_to_toml(draft.definition),
        file_name="funnel_definition.toml",
        mime="application/toml",
        key="settings_save_definition",
        icon=":material/download:",
        type="tertiary",
        help=t("With what the labels of this workspace's files mean."),
        on_click="ignore",
    )


def _own_playbook(shell: Shell) -> list[Mapping[str, Any]]:
    return shell.store.settings().get("playbook") or []


def _targets(shell: Shell) -> list[Target]:
    return [from_fields(Target, record.fields) for record in shell.store.records("target")]


def _read(draft: Draft, shell: Shell, t: Translator) -> None:
    upload = st.file_uploader(
        t("Read a template or definition (TOML)"), type=["toml"], key=f"settings_toml_{said.revision('toml')}"
    )
    if upload is None:
        _playbook(shell, t)
        return
    try:
        process = process_from_toml(upload.getvalue().decode("utf-8-sig", errors="replace"))
    except FunnelError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        return
    st.caption(plain_text(stage_line(process.definition, t)))
    if process.playbook:
        st.caption(t("Playbook entries that come with it: %(n)s", n=len(process.playbook)))
    if st.button(t("Look at it here …"), key="settings_use_toml", type="primary"):
        definition = adopt(shell.store.definition(), process.definition)
        draft.put(definition, t("File %(file)s", file=upload.name), process.targets, process.playbook)
        said.next_revision("toml")
        said.next_revision("stage")
        st.rerun()


def _playbook(shell: Shell, t: Translator) -> None:
    """Own entries of the playbook: a pattern to write them by, how many there are, and the way to be rid of them."""
    st.download_button(
        t("Playbook entries as a pattern"),
        (DATA / "playbook.toml").read_text(encoding="utf-8").replace("[[entries]]", "[[playbook]]"),
        file_name="playbook_entries.toml",
        mime="application/toml",
        key="settings_playbook_pattern",
        icon=":material/download:",
        type="tertiary",
        help=t("Put entries like these at the end of a template: a new team then finds them on its Plan page."),
        on_click="ignore",
    )
    if own := _own_playbook(shell):
        st.caption(t("This workspace's own playbook entries: %(n)s, on the Plan page.", n=len(own)))
        if st.button(t("Remove them"), key="settings_playbook_remove", icon=":material/delete:", type="tertiary"):
            shell.store.set_setting("playbook", None)
            said.say(t("The own playbook entries are removed; the shipped ones stay."))
