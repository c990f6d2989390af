"""The stage editor: rename, reorder, add, merge, remove, bring back; with a preview before anything is applied."""

from __future__ import annotations

import streamlit as st

from funnel.definition.definition import METRICS, ROLES, Text
from funnel.definition.edits import add, edit_stage, gone, merge, move, remove, split_back
from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.metrics.comparison.simplification import possible_changes
from funnel.planning.fields import to_fields
from funnel.planning.process_file import with_entries
from funnel.reports.workspace_data import WorkspaceData
from funnel.storage.definitions import DefinitionVersion
from funnel.storage.records import Edit
from pages.settings_parts import draft as drafts
from pages.settings_parts import said
from pages.settings_parts.draft import Draft
from pages.settings_parts.preview import show_effect
from pages.settings_parts.versions import files, history
from pages.settings_parts.words import metric_name
from pages.shell import Shell
from pages.shell.words import owner_role_name, plain_text
from pages.shell.workspaces import now

_CHOSEN = "settings_stage"
_WON, _AFTER = ":material/handshake:", ":material/autorenew:"


def show(shell: Shell, data: WorkspaceData, name: str, versions: list[DefinitionVersion]) -> None:
    """The stages on the left, the chosen one on the right; below them the effect, the versions and the files."""
    t, newest = shell.t, versions[0]
    draft = drafts.current(str(shell.store.path), newest)
    is_edited = draft.definition != newest.definition or bool(draft.targets or draft.playbook)
    if not is_edited and draft.version != newest.version:
        drafts.drop()
        draft = drafts.current(str(shell.store.path), newest)
    st.caption(
        t(
            "Stages fit the business: four to six, each with a definition and a key action. What was imported is never "
            "rewritten: its labels follow the stages, so every change can be taken back."
        )
    )
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _stages(draft, t)
        _add_and_back(draft, versions, t)
    with right:
        _stage_form(draft, t)
    if draft.error is not None:
        st.error(plain_text(t.message(draft.error)), icon=":material/error:")
    for note in draft.definition.notes():
        st.info(plain_text(t.message(note)), icon=":material/info:")
    if is_edited:
        _apply(shell, data, draft, name, newest)
    st.divider()
    history(draft, versions, t)
    files(draft, shell)


def _stages(draft: Draft, t: Translator) -> None:
    """One line per stage: its name opens it, arrows move it, a menu merges or removes it."""
    stages = draft.definition.stages
    changes = possible_changes(draft.definition)
    chosen = st.session_state.get(_CHOSEN)
    if chosen not in draft.definition.keys:
        chosen = st.session_state[_CHOSEN] = stages[0].key
    for position, stage in enumerate(stages, 1):
        line = st.container(horizontal=True, gap="small", vertical_alignment="center")
        if line.button(
            f"{position}. {plain_text(t.localized(stage.name))}",
            key=f"settings_open_{stage.key}",
            type="primary" if stage.key == chosen else "secondary",
            width="stretch",
            icon=_WON if stage.is_won else _AFTER if stage.is_post_sale else None,
            icon_position="right",
        ):
            st.session_state[_CHOSEN] = stage.key
            st.rerun()
        arrows = (
            ("up", -1, ":material/arrow_upward:", t("Move up"), position == 1),
            ("down", 1, ":material/arrow_downward:", t("Move down"), position == len(stages)),
        )
        for way, by, icon, label, is_end in arrows:
            if line.button(
                icon, key=f"settings_{way}_{stage.key}", disabled=is_end, help=label, type="tertiary", width="content"
            ):
                draft.edit(move, stage.key, position + by)
                st.rerun()
        own = [change for change in changes if change.stage == stage.key]
        with line.popover(
            ":material/merge:",
            disabled=not own,
            help=t("Merge or remove"),
            key=f"settings_menu_{stage.key}",
            type="tertiary",
            width="content",
        ):
            for change in own:
                if change.kind == "merge" and change.into is not None:
                    into = t.localized(draft.definition.stage(change.into).name)
                    if st.button(
                        t("Merge into “%(stage)s”", stage=plain_text(into)),
                        key=f"settings_merge_{stage.key}_{change.into}",
                        icon=":material/merge:",
                    ):
                        draft.edit(merge, stage.key, change.into)
                        st.rerun()
                elif st.button(t("Remove"), key=f"settings_remove_{stage.key}", icon=":material/delete:"):
                    draft.edit(remove, stage.key)
                    st.rerun()
    st.caption(f"{_WON} {t('the customer signs')} · {_AFTER} {t('after the sale')}")


def _add_and_back(draft: Draft, versions: list[DefinitionVersion], t: Translator) -> None:
    earlier = [version.definition for version in versions]
    with st.popover(t("Add a stage"), icon=":material/add:", key="settings_add_menu"):
        english = st.text_input(t("Name in English"), key=f"settings_add_en_{said.revision('add')}", max_chars=60)
        chinese = st.text_input(t("Name in Chinese"), key=f"settings_add_zh_{said.revision('add')}", max_chars=60)
        names = {i: t.localized(stage.name) for i, stage in enumerate(draft.definition.stages, 1)}
        after = st.selectbox(
            t("After"), list(names), format_func=names.__getitem__, key=f"settings_add_after_{said.revision('add')}"
        )
        if st.button(t("Add"), key="settings_add", type="primary", disabled=not (english.strip() or chinese.strip())):
            taken = {key for one in earlier for key in one.keys}
            draft.edit(add, Text(english.strip(), chinese.strip()), after + 1, taken=taken)
            said.next_revision("add")
            st.rerun()
    for key, stage in gone(draft.definition, earlier).items():
        if st.button(
            t("Bring back “%(stage)s”", stage=plain_text(t.localized(stage.name))),
            key=f"settings_back_{key}",
            icon=":material/call_split:",
        ):
            draft.edit(split_back, key, next(one for one in earlier if key in one.keys))
            st.rerun()


def _stage_form(draft: Draft, t: Translator) -> None:
    """Names, definition, key action, role and metrics of the chosen stage."""
    stage = draft.definition.stage(st.session_state[_CHOSEN])
    key = f"settings_form_{stage.key}_{draft.version}_{said.revision('stage')}_{t.language}"
    with st.form(key):
        st.markdown(f"**{plain_text(t.localized(stage.name))}** · `{stage.key}`")
        name = _both(t("Name in English"), t("Name in Chinese"), stage.name, f"{key}_name")
        definition = _both(
            t("Definition in English"), t("Definition in Chinese"), stage.definition, f"{key}_definition", long=True
        )
        action = _both(
            t("Key action in English"), t("Key action in Chinese"), stage.key_action, f"{key}_action", long=True
        )
        role_column, metrics_column = st.columns([1, 2])
        role = role_column.selectbox(
            t("Responsible role"),
            ROLES,
            index=ROLES.index(stage.owner_role),
            format_func=lambda one: owner_role_name(one, t),
            key=f"{key}_role",
        )
        metrics = metrics_column.multiselect(
            t("Metrics"), METRICS, default=list(stage.metrics), format_func=lambda one: metric_name(one, t),
            key=f"{key}_metrics", placeholder="",
        )  # fmt: skip
        if st.form_submit_button(t("Change this stage"), icon=":material/check:", key=f"{key}_submit"):
            draft.edit(
                edit_stage,
                stage.key,
                name=name,
                definition=definition,
                key_action=action,
                owner_role=role,
                metrics=tuple(metrics),
            )
            st.rerun()


def _both(english: str, chinese: str, text: Text, key: str, *, long: bool = False) -> Text:
    left, right = st.columns(2)
    if long:
        en = left.text_area(plain_text(english), value=text.en, key=f"{key}_en", height=100)
        zh = right.text_area(plain_text(chinese), value=text.zh, key=f"{key}_zh", height=100)
    else:
        en = left.text_input(plain_text(english), value=text.en, key=f"{key}_en", max_chars=60)
        zh = right.text_input(plain_text(chinese), value=text.zh, key=f"{key}_zh", max_chars=60)
    return Text((en or "").strip(), (zh or "").strip())


def _apply(shell: Shell, data: WorkspaceData, draft: Draft, name: str, newest: DefinitionVersion) -> None:
    """The effect of the draft, and the buttons that make it the funnel or drop it."""
    t = shell.t
    st.subheader(t("What the change does to today's funnel"))
    for note in dict.fromkeys(draft.notes):
        st.warning(plain_text(t.message(note)), icon=":material/warning:")
    show_effect(draft, data, t)
    if draft.targets:
        st.caption(t("Targets that come with it: %(n)s", n=len(draft.targets)))
    if draft.playbook:
        st.caption(t("Playbook entries that come with it: %(n)s", n=len(draft.playbook)))
    is_new = draft.definition != newest.definition
    reason = ""
    if is_new:
        reason = st.text_input(
            t("Why (kept with the version)"),
            value=draft.reason,
            key=f"settings_why_{draft.version}_{draft.reason}_{said.revision('stage')}",
            max_chars=200,
        )
    apply, discard, _ = st.columns([2, 1, 3])
    label = t("Apply as version %(n)s", n=newest.version + 1) if is_new else t("Add to this workspace")
    if apply.button(label, key="settings_apply", type="primary", icon=":material/check:"):
        done = t("Added: targets and playbook entries stand on the Plan page.")
        if is_new:
            try:
                number = shell.store.save_definition(
                    draft.definition, who=name, now=now(), reason=reason.strip(), expected_version=draft.version
                )
            except FunnelError as error:
                st.error(plain_text(t.message(error)), icon=":material/sync_problem:")
                return
            done = t("Version %(n)s is in use now; every page counts by it.", n=number)
        known = {record.id for record in shell.store.records("target", with_deleted=True)}
        fresh = [
            Edit(target.target_id, to_fields(target), 0) for target in draft.targets if target.target_id not in known
        ]
        if fresh:
            shell.store.save_records("target", fresh, who=name, now=now())
        if draft.playbook:
            standing = shell.store.settings().get("playbook") or []
            shell.store.set_setting("playbook", with_entries(standing, draft.playbook))
        drafts.drop()
        said.next_revision("stage")
        said.say(done)
    if discard.button(t("Discard"), key="settings_discard"):
        drafts.drop()
        said.next_revision("stage")
        st.rerun()
