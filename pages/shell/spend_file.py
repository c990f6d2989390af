"""Reading a table of spend with the person: which column is the money, where several could be."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from funnel.errors import FunnelError
from funnel.i18n.translator import Translator
from funnel.intake.spend import SpendFile, read_spend
from pages.shell.words import plain_text


def read_with_choice(source: bytes | Path, file_name: str, key: str, t: Translator) -> SpendFile | None:
    """The file as it is read, with the column that was chosen under ``key``; the choice is drawn where there is one.

    Null where it cannot be read (the sentence is shown) or where the column must be chosen first.
    """
    try:
        read = read_spend(source, file_name, st.session_state.get(key))
    except FunnelError as error:
        said = plain_text(t.message(error))
        if error.message.code == "spend.which_amount":
            st.warning(said, icon=":material/help:")
            _column(list(error.message.params["columns"]), None, key, t)
        else:
            st.error(said, icon=":material/error:")
        return None
    if len(read.amounts) > 1:
        _column(list(read.amounts), read.amount, key, t)
    return read


def _column(columns: list[str], taken: str | None, key: str, t: Translator) -> None:
    """Which column is the money spent; the file is read anew with another one."""
    st.selectbox(
        t("Column with the money spent"),
        columns,
        index=columns.index(taken) if taken in columns else None,
        key=key,
        placeholder=t("Choose a column"),
    )
