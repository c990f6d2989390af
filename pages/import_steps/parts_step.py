"""A dataset on the app's machine as the history of a workspace: chosen once, counted in one of three ways."""

from __future__ import annotations

import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.scale.history import SETTING, History, datasets, history_of, use
from funnel.scale.ways import WayName
from pages.shell import Shell
from pages.shell.boundary import sentence
from pages.shell.config import app_settings, source_folder
from pages.shell.session import who
from pages.shell.words import plain_text
from pages.shell.workspaces import choose, now


def _ways(t: Translator) -> dict[WayName, tuple[str, str]]:
    """Name and explanation of each way that this machine has."""
    found: dict[WayName, tuple[str, str]] = {
        "memory": (t("All in one memory"), t("Every page. For up to some million leads.")),
        "here": (
            t("Part by part on this machine"),
            t("Overview and Bottleneck only. For any size; takes as long as one machine needs."),
        ),
    }
    if app_settings().cluster is not None:
        found["cluster"] = (
            t("On the cluster"),
            t("Overview and Bottleneck only. The machines at FUNNEL_CLUSTER share the parts: docs/scale.md."),
        )
    return found


def show(shell: Shell) -> bool:
    """The dataset that is the history of this workspace, or the choice of one. Whether it has one: then nothing is
    imported here."""
    t, store = shell.t, shell.store
    settings = store.settings()
    history, here = history_of(settings), datasets(source_folder())
    if history is None and shell.data is not None and not shell.data.facts.is_empty:
        return False
    if history is None:
        with st.expander(t("History in parts: a dataset on the app's machine")):
            if not here:
                st.caption(
                    plain_text(
                        t(
                            "For a history that is larger than one memory. Export a history in parts, or let a "
                            "pipeline write one, and put its folder into %(folder)s: docs/history.md, docs/scale.md.",
                            folder=source_folder(),
                        )
                    )
                )
                return False
            _choose(shell, here, None)
        return False
    name = _ways(t).get(history.way, (t("On the cluster"), ""))[0]
    st.info(
        plain_text(
            t(
                "The history of this workspace is the dataset “%(place)s”: %(way)s. What changes there is counted on "
                "the next look; files are imported into another workspace.",
                place=history.place, way=name,
            )
        ),
        icon=":material/database:",
    )  # fmt: skip
    with st.expander(t("Count it in another way, or no longer")):
        _choose(shell, [history.place], history)
        if st.button(t("No longer use this dataset"), key="parts_drop", type="tertiary"):
            store.set_setting(SETTING, None)
            st.rerun()
    return True


def _choose(shell: Shell, places: list[str], history: History | None) -> None:
    t, ways = shell.t, _ways(shell.t)
    place = st.selectbox(t("Dataset"), places, key="parts_place", format_func=plain_text)
    way = st.radio(
        t("How it is counted"),
        list(ways),
        index=list(ways).index(history.way) if history is not None and history.way in ways else 0,
        format_func=lambda one: plain_text(ways[one][0]),
        captions=[plain_text(ways[one][1]) for one in ways],
        key="parts_way",
    )
    is_same = history is not None and history.way == way
    if place is None or way is None:
        return
    if st.button(t("Use it"), key="parts_use", icon=":material/check:", disabled=is_same):
        try:
            with st.spinner(t("Looking at the dataset …")):
                use(shell.store, History(place, way), source_folder(), who=who(), now=now())
        except FunnelError as error:
            st.error(plain_text(sentence(error, t)), icon=":material/error:")
            return
        choose(shell.store.name)
        st.rerun()
