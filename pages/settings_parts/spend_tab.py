"""Spend per month and source: typed, imported, downloaded; and what leads and customers cost with it."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.errors import FunnelError
from funnel.exports.tables import csv_bytes
from funnel.filters import SPENT_BY
from funnel.i18n.translator import Translator
from funnel.intake.spend import typed_spend, with_months_of
from funnel.reports.settings import spend_months, spent_without_leads
from funnel.reports.workspace_data import WorkspaceData
from funnel.schema import Spend, empty
from funnel.storage.store import Store
from pages.settings_parts import said
from pages.shell import Shell
from pages.shell.spend_file import read_with_choice
from pages.shell.table import Figures, meanings
from pages.shell.table import show as table
from pages.shell.words import plain_text
from pages.shell.workspaces import now

_BASE = "settings_spend_base"


def show(shell: Shell, data: WorkspaceData, name: str) -> None:
    """The table, the file, and the cost per month."""
    t, store = shell.t, shell.store
    st.caption(
        t(
            "Spend divided by the leads of a month is the lead cost. A month without a row shows no lead cost; a row "
            "of 0 says that nothing was spent."
        )
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _table(store, t, name)
        _file(store, t, name)
    with right:
        _months(data, t)


def _table(store: Store, t: Translator, name: str) -> None:
    st.subheader(t.term("spend"), help=t.help("spend"))
    current, base = store.spend(), st.session_state.get(_BASE)
    key = f"settings_spend_{said.revision('spend')}"
    has_edits = any((st.session_state.get(key) or {}).values())
    if base is None or base[0] != str(store.path) or (not has_edits and not base[1].equals(current)):
        said.next_revision("spend")
        base = st.session_state[_BASE] = (str(store.path), current)
        key, has_edits = f"settings_spend_{said.revision('spend')}", False
    typed = st.data_editor(
        base[1],
        key=key,
        num_rows="dynamic",
        placeholder="",
        hide_index=True,
        width="stretch",
        height="content" if base[1].height <= 12 else 460,
        column_order=["month", *SPENT_BY, "amount"],
        column_config={
            "month": st.column_config.DateColumn(
                t("Month"), format="YYYY-MM", width=74, help=t("Any day of the month.")
            ),
            **{
                name: st.column_config.TextColumn(
                    t.term(name), width=86, help=t("Written as in the data; blank: for all together.")
                )
                for name in SPENT_BY
            },
            "amount": st.column_config.NumberColumn(t("Money spent"), min_value=0, format="localized", width=90),
        },
    )
    if has_edits:
        st.caption(f":orange[{t('Not saved yet.')}]")
    save, undo, download = st.columns(3)
    if save.button(
        t("Save"), key="settings_spend_save", type="primary", disabled=not has_edits, icon=":material/check:"
    ):
        _save(store, t, name, pl.DataFrame(typed), base[1], current)
    if has_edits and undo.button(t("Discard"), key="settings_spend_discard"):
        _start_again()
    download.download_button(
        t("Download"),
        csv_bytes(
            current.select(
                pl.col("month").dt.strftime("%Y-%m").alias(t("Month")),
                *[pl.col(name).alias(t.term(name)) for name in SPENT_BY],
                pl.col("amount").alias(t("Money spent")),
            )
        ),
        file_name="spend.csv",
        mime="text/csv",
        key="settings_spend_csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _start_again() -> None:
    st.session_state.pop(_BASE, None)
    st.rerun()


def _save(
    store: Store, t: Translator, name: str, typed: pl.DataFrame, base: pl.DataFrame, current: pl.DataFrame
) -> None:
    """Save the typed table, unless somebody else saved another one since it was opened."""
    if not base.equals(current):
        st.warning(
            t("Somebody else changed the spend table meanwhile. Discard to see the new one, then type again."),
            icon=":material/sync_problem:",
        )
        return
    try:
        spend = typed_spend(typed.cast(dict(empty(Spend).schema), strict=False))
        store.save_spend(spend, who=name, now=now())
        store.set_setting("spend_currency", t.currency)
    except FunnelError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        return
    st.session_state.pop(_BASE, None)
    said.say(t("Spend saved: %(n)s rows.", n=spend.height))


def _file(store: Store, t: Translator, name: str) -> None:
    with st.expander(t("Import a file")):
        upload = st.file_uploader(
            t("CSV or Excel: one row per month, optionally by source and region, with an amount"),
            type=["csv", "tsv", "txt", "xlsx", "xls"],
            key=f"settings_spend_file_{said.revision('spend_file')}",
        )
        if upload is None:
            return
        chosen_key = f"settings_spend_amount_{said.revision('spend_file')}_{upload.file_id}"
        read = read_with_choice(upload.getvalue(), upload.name, chosen_key, t)
        if read is None:
            return
        spend = read.spend
        first, last = spend["month"].min(), spend["month"].max()
        taken = [t("%(what)s from “%(column)s”", what=t.term(n), column=c) for n, c in read.by.items()]
        st.caption(
            t(
                "%(file)s: %(n)s rows from %(first)s to %(last)s, %(sum)s in total, from column “%(column)s”.",
                column=plain_text(read.amount),
                file=plain_text(upload.name),
                n=spend.height,
                first=t.month(first),  # ty: ignore[invalid-argument-type]  (a Date column)
                last=t.month(last),  # ty: ignore[invalid-argument-type]
                sum=t.money(float(spend["amount"].sum())),
            )
            + (f" {t('Beside it: %(columns)s.', columns=plain_text(t.joined(taken)))}" if taken else "")
        )
        modes = {
            "months": t("Replace the months that the file holds"),
            "all": t("Replace the whole table"),
        }
        mode = st.radio(
            t("What the file does"), list(modes), format_func=modes.__getitem__, key="settings_spend_mode",
            label_visibility="collapsed",
        )  # fmt: skip
        if st.button(t("Take over"), key="settings_spend_import", type="primary", icon=":material/check:"):
            taken = spend if mode == "all" else with_months_of(store.spend(), spend)
            store.save_spend(taken, who=name, now=now())
            store.set_setting("spend_currency", t.currency)
            st.session_state.pop(_BASE, None)
            said.next_revision("spend_file")
            said.say(t("Spend saved: %(n)s rows.", n=taken.height))


def _months(data: WorkspaceData, t: Translator) -> None:
    st.subheader(t("What leads and customers cost"))
    months = spend_months(data)
    if months.is_empty():
        st.caption(t("Import leads with dates to see what they cost."))
        return
    rows = list(months.iter_rows(named=True))
    words = {
        t("Month"): [t.month(row["month"]) for row in rows],
        t("Leads"): Figures([t.number(row["n_leads"]) for row in rows], t("Leads created in the month.")),
        t.term("spend"): Figures([t.money(row["amount"]) for row in rows]),
        t.term("lead_cost"): Figures([t.money(row["lead_cost"]) for row in rows], t.explained("lead_cost")),
        t.term("won"): Figures(
            [t.number(row["n_customers"]) for row in rows],
            t("Of the leads created in the month, those won so far."),
        ),
        t.term("customer_cost"): Figures([t.money(row["customer_cost"]) for row in rows], t.explained("customer_cost")),
    }
    table(words, "settings_spend_months", t("What leads and customers cost"))
    meanings(words, t)
    st.caption(t("Customers of recent months are still to come, so their cost falls with time."))
    for name, unknown in spent_without_leads(data).items():
        st.info(
            t(
                "%(what)s: no lead has %(values)s; write it as in the data.",
                what=t.term(name),
                values=[plain_text(one) for one in unknown],
            ),
            icon=":material/info:",
        )
