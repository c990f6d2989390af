"""First steps: how do we begin, what is the method, and how does a meeting go?"""

from __future__ import annotations

import streamlit as st

from funnel.harmless import plain_text
from pages.shell import enter, path
from pages.shell.boundary import safely
from pages.shell.navigation import page_look, page_path
from pages.shell.sample import try_sample_button
from pages.shell.welcome import five_steps, welcome

shell = enter()
t = shell.t

st.title(t.term("page_guide_q"))
if shell.workspace is None:
    welcome(t)
else:
    five_steps(t)
    st.subheader(t("Look around"))
    st.caption(t("A made-up company of six months, with plan, weekly form and retrospective. Nothing of yours."))
    try_sample_button(t, key="try_sample_guide")

st.subheader(t("Led through a meeting"))
st.caption(t("A bar above each page says what to do there and ticks what is done. It can be left at any time."))
walk = path.current()
for column, name in zip(st.columns(2), path.PATHS, strict=True):
    with column, st.container(border=True, height="stretch", key=f"path_{name}"):
        st.markdown(f"**{path.name_of(name, t)}**")
        for number, stem in enumerate(path.PATHS[name], 1):
            st.markdown(f"{number}. " + plain_text(t.labelled(page_look(stem, t)[0], path.task_of(name, stem, t))))
        if walk is not None and walk.name == name:
            onward = walk.next_page or path.PATHS[name][0]
            st.page_link(page_path(onward), label=t("Go on"), icon=":material/arrow_forward:")
            st.button(t("Leave"), key=f"leave_{name}", on_click=safely(path.leave))
        elif st.button(t("Begin"), key=f"begin_{name}", icon=":material/play_arrow:"):
            path.start(name)
            st.switch_page(page_path(path.PATHS[name][0]))
