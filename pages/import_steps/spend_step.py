"""A table of marketing spend among the files of an upload: taken over into the spend of the workspace."""

from __future__ import annotations

import streamlit as st

from funnel.filters import SPENT_BY
from funnel.intake.several.opening import OneFile
from funnel.intake.spend import with_months_of
from pages.import_steps.draft import Draft
from pages.shell import Shell
from pages.shell.session import ask_who
from pages.shell.spend_file import read_with_choice
from pages.shell.words import plain_text
from pages.shell.workspaces import now


def show(draft: Draft, file: OneFile, shell: Shell) -> None:
    """What the file says per month, and the button that takes it over: its months replace those of the workspace."""
    t, key = shell.t, f"spend_amount_{draft.revision}"
    leave_label = t("Leave this file out")
    read = read_with_choice(file.path, file.name, key, t)
    if read is None:
        _leave(draft, leave_label)
        return
    spend = read.spend
    st.dataframe(
        {
            t("Month"): [t.month(month) for month in spend["month"]],
            **{t.term(by): spend[by].to_list() for by in SPENT_BY if spend[by].null_count() < spend.height},
            t("Money spent"): [t.money(amount) for amount in spend["amount"]],
        },
        hide_index=True,
        width="content",
    )
    data = shell.data
    if data is None or data.is_sample:
        st.info(t("Spend belongs to the leads of a workspace: import a file of deals first."), icon=":material/info:")
        _leave(draft, leave_label)
        return
    st.caption(
        plain_text(
            t("It goes to the spend of “%(name)s”; months that the file holds are replaced there.", name=data.name)
        )
    )
    who = ask_who(t("Your name"), t("Stands beside this import in the history. Asked once."))
    confirm = st.button(
        t("Import %(n)s rows of spend", n=spend.height), type="primary", key=f"confirm_{draft.revision}",
        icon=":material/check:",
    )  # fmt: skip
    _leave(draft, leave_label)
    if confirm:
        shell.store.save_spend(with_months_of(shell.store.spend(), spend), who=who, now=now())
        shell.store.set_setting("spend_currency", t.currency)
        draft.done.append((file.name, spend.height, False))
        draft.next_file()
        st.rerun()


def _leave(draft: Draft, label: str) -> None:
    if st.button(plain_text(label), key=f"spend_out_{draft.revision}", icon=":material/skip_next:"):
        draft.next_file()
        st.rerun()
