"""The workspace itself: another name, or away with it."""

from __future__ import annotations

import streamlit as st

from funnel.errors import FunnelError
from funnel.storage.workspaces import MAX_NAME, rename_workspace
from pages.settings_parts import draft, said
from pages.shell import Shell
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, remove_workspace


def show(shell: Shell, name: str) -> None:
    """Rename on the left; delete on the right, with the name typed to confirm."""
    left, right = st.columns(2, gap="medium")
    with left:
        _rename(shell)
    with right:
        _delete(shell, name)


def _rename(shell: Shell) -> None:
    t, store = shell.t, shell.store
    st.subheader(t("Name of this workspace"))
    new = st.text_input(
        t("Name"), value=store.name, key=f"settings_rename_{store.name}_{said.revision('rename')}", max_chars=MAX_NAME
    )
    if st.button(t("Rename"), key="settings_rename", icon=":material/edit:", disabled=new.strip() in ("", store.name)):
        try:
            rename_workspace(store, new)
        except FunnelError as error:
            st.error(plain_text(t.message(error)), icon=":material/error:")
            return
        choose(store.name, keep_filters=True)
        said.say(t("The workspace is called “%(name)s” now.", name=plain_text(store.name)))


def _delete(shell: Shell, name: str) -> None:
    t, store = shell.t, shell.store
    st.subheader(t("Delete this workspace"))
    st.caption(
        t(
            "All that it holds goes: leads, plan, funnel, settings and history. One automatic backup stays on this "
            "machine; download a backup above if you want to keep one yourself."
        )
    )
    typed = st.text_input(
        t("Type “%(name)s” to confirm", name=plain_text(store.name)), key=f"settings_delete_name_{store.name}",
        max_chars=MAX_NAME,
    )  # fmt: skip
    if st.button(
        t("Delete for good"), key="settings_delete", icon=":material/delete_forever:",
        disabled=typed.strip() != store.name,
    ):  # fmt: skip
        gone = store.name
        kept = remove_workspace(store, who=name)
        draft.drop()
        said.start_anew()
        said.say(
            t("“%(name)s” is deleted. Its automatic backup is the file %(file)s.", name=plain_text(gone),
              file=plain_text(kept.name))
        )  # fmt: skip
