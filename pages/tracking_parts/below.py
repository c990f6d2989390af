"""What stands under the form: differences, reasons for misses, paste, import, history, handovers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import polars as pl
import streamlit as st

from funnel.definition.definition import ROLES, FunnelDefinition
from funnel.errors import InputError
from funnel.exports.tracking import column_words, stage_word
from funnel.i18n.translator import Translator
from funnel.intake.mapping import RawTable
from funnel.intake.reading.reader import read_table
from funnel.planning.tracking.pasting import Pasted, parse_cells, parse_pasted
from funnel.planning.tracking.rows import TrackingRow
from funnel.reports.tracking import HandoverReport, SheetLine, TrackingReport, merge_sheet
from funnel.storage.records import Record
from funnel.storage.store import Store
from pages.shell.boundary import safely
from pages.shell.session import who
from pages.shell.words import owner_role_name, plain_text
from pages.shell.workspaces import now
from pages.tracking_parts.editing import KIND
from pages.tracking_parts.form import cell_text
from pages.tracking_parts.session import add_rows, change_rows, close, store_reason

_MANY = 14
_PASTE_STORED = "tracking_paste_stored"
_MOST = 1000
"""Leads that a list sends to the browser."""


def row_name(row: TrackingRow, definition: FunnelDefinition, t: Translator) -> str:
    """A row in a few words."""
    parts = [stage_word(row.stage, definition, t), row.key_action, row.owner]
    return " · ".join(part for part in parts if part) or t("row without an action")


def differences(report: TrackingReport, definition: FunnelDefinition, t: Translator) -> None:
    """Where reported and measured figures differ. Neither overwrites the other."""
    if not report.differing:
        return
    st.subheader(t.term("difference"), help=t.help("difference"))
    st.table(
        pl.DataFrame(
            {
                t("Row"): [plain_text(row_name(line.row, definition, t)) for line in report.differing],
                t("What differs"): [
                    " ".join(plain_text(t.message(fact)) for fact in line.differences) for line in report.differing
                ],
            }
        ),
        border="horizontal",
    )


def reasons(
    report: TrackingReport, definition: FunnelDefinition, records: Sequence[Record], store: Store, t: Translator
) -> None:
    """A miss asks for its reason."""
    if not report.without_reason:
        return
    st.subheader(t.term("miss_reason"), help=t.help("miss_reason"))
    versions = {record.id: record.version for record in records}
    for line in report.without_reason:
        st.text_input(
            t("Why was this not done as planned? %(row)s", row=plain_text(row_name(line.row, definition, t))),
            key=_reason_key(line),
            placeholder=t("for example: 3 leads were not followed up in time"),
            on_change=safely(store_reason, text_key=_reason_key(line)),
            args=(line.row, versions[line.row.row_id], _reason_key(line), store),
        )


def _reason_key(line: SheetLine) -> str:
    return f"tracking_reason_{line.row.row_id}"


# --- rows from a spreadsheet ---


def paste_area(
    rows: Sequence[TrackingRow], definition: FunnelDefinition, sheet: str, store: Store, t: Translator
) -> None:
    """Rows copied from Excel: those that can be read are stored, the others are shown with their reasons."""
    if st.session_state.pop(_PASTE_STORED, False):
        st.session_state["tracking_paste"] = ""
    # A form: the text goes with the click, however large it is. It stays until its rows are stored.
    with st.form("tracking_paste_form", border=False):
        text = st.text_area(
            t("Rows copied from Excel"),
            key="tracking_paste",
            placeholder="\t".join(column_words(t).values()),
            help=t("The columns of the form in its order, or any order with a header line."),
            height=130,
        )
        is_sent = st.form_submit_button(t("Add the rows"), key="tracking_paste_add", icon=":material/content_paste:")
    if is_sent and text.strip():
        ids = [uuid.uuid4().hex for _ in range(text.count("\n") + text.count("\r") + 1)]
        first = max((row.position for row in rows if row.sheet == sheet), default=-1) + 1
        pasted = parse_pasted(text, definition, sheet, ids, first)
        add_rows(pasted.rows, store)
        st.session_state["tracking_pasted"] = pasted, (len(pasted.rows), 0, 0)
        st.session_state[_PASTE_STORED] = True
        st.rerun()


def import_area(
    rows: Sequence[TrackingRow],
    definition: FunnelDefinition,
    sheet: str,
    records: Sequence[Record],
    store: Store,
    t: Translator,
) -> None:
    """The exported sheet, or one in its layout, read back."""
    count = st.session_state.setdefault("tracking_imports", 0)
    st.caption(
        t(
            "Lines with the stage, action and owner of a row that stands here change that row; "
            "other lines become new rows."
        )
    )
    file = st.file_uploader(
        t("A sheet in the layout of the form (Excel or CSV)"),
        type=["xlsx", "xls", "csv"],
        key=f"tracking_import_{count}",
    )
    if file is None:
        return
    try:
        table = read_table(file.getvalue(), file.name)
    except InputError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        return
    lines = _lines(table)
    pasted = parse_cells(lines, definition, sheet, [uuid.uuid4().hex for _ in lines])
    merged = merge_sheet([row for row in rows if row.sheet == sheet], pasted)
    if merged.added:
        add_rows(merged.added, store)
    if merged.changed:
        change_rows(merged.changed, records, store)
    st.session_state["tracking_pasted"] = pasted, (len(merged.added), len(merged.changed), merged.n_same)
    st.session_state["tracking_imports"] = count + 1
    st.rerun()


def _lines(table: RawTable) -> list[list[str]]:
    """The cells of a file in their own lines, so that a line that cannot be read is named as it stands there."""
    lines: list[list[str]] = [[] for _ in range(max([table.header_row, *table.row_numbers]))]
    lines[table.header_row - 1] = list(table.columns)
    for number, row in zip(table.row_numbers, table.frame.iter_rows(), strict=True):
        lines[number - 1] = ["" if value is None else str(value) for value in row]
    return lines


def paste_result(t: Translator) -> None:
    """What became of the last paste or import, until the next one or until it is read."""
    if "tracking_pasted" not in st.session_state:
        return
    pasted, (n_new, n_changed, n_same) = st.session_state["tracking_pasted"]
    parts = [t("Rows stored: %(n)s", n=n_new)]
    parts += [t("rows changed: %(n)s", n=n_changed)] if n_changed else []
    parts += [t("already there: %(n)s", n=n_same)] if n_same else []
    parts += [t("lines not stored: %(n)s", n=len(pasted.bad))] if pasted.bad else []
    with st.container(key="tracking_paste_result"):
        (st.warning if pasted.bad else st.success)(t.joined(parts), icon=":material/content_paste:")
        if pasted.ignored_columns:
            st.caption(
                t(
                    "Columns that the form does not have were left out: %(names)s",
                    names=plain_text(t.joined(pasted.ignored_columns)),
                )
            )
        if pasted.bad:
            st.table(_bad_lines(pasted, t), border="horizontal")
        st.button(
            t("Understood"),
            key="tracking_paste_seen",
            on_click=safely(st.session_state.pop),
            args=("tracking_pasted",),
        )


def _bad_lines(pasted: Pasted, t: Translator) -> pl.DataFrame:
    words = column_words(t)
    return pl.DataFrame(
        {
            t("Line"): [t.number(cell.line) for cell in pasted.bad],
            t("Column"): [words.get(cell.column, "–") for cell in pasted.bad],
            t("Written"): [plain_text(cell.value) for cell in pasted.bad],
            t("Why it was not stored"): [plain_text(t.message(cell.message)) for cell in pasted.bad],
        }
    )


# --- history ---


def history(sheet: str, known: Sequence[Record], definition: FunnelDefinition, store: Store, t: Translator) -> None:
    """Every edit of one row: who, when, what before and after; a deleted row can be brought back."""
    records = [record for record in known if record.fields.get("sheet") == sheet]
    if not records:
        st.caption(t("There are no rows yet."))
        return
    names = {r.id: _record_name(r, definition, t) for r in records}
    chosen = st.selectbox(t("Row"), list(names), format_func=names.__getitem__, key=f"tracking_history_{sheet}")
    record = next(r for r in records if r.id == chosen)
    words = column_words(t)
    actions = {"create": t("added"), "change": t("changed"), "delete": t("deleted"), "restore": t("brought back")}
    lines = []
    for event in reversed(store.record_history(KIND, record.id)):
        fields = [name for name in words if name in event.changes]
        if event.action == "create":  # a new row says what it holds, not what it leaves blank
            fields = [name for name in fields if event.changes[name] not in ("", None)]
        lines.append(
            {
                t("When"): t.moment(event.at),
                t("Who"): plain_text(event.who or t("without a name")),
                t("What"): actions[event.action],
                t("Change"): "; ".join(_change(name, event.before, event.changes, definition, t) for name in fields)
                or "–",
            }
        )
    st.table(pl.DataFrame(lines), border="horizontal")
    if record.is_deleted and st.button(t("Bring the row back"), key="tracking_restore", icon=":material/restore:"):
        store.restore_record(KIND, record.id, who=who(), now=now())
        close()
        st.rerun()


def _record_name(record: Record, definition: FunnelDefinition, t: Translator) -> str:
    parts = [
        stage_word(str(record.fields.get("stage", "")), definition, t),
        str(record.fields.get("key_action", "")),
        str(record.fields.get("owner", "")),
    ]
    name = " · ".join(part for part in parts if part) or t("row without an action")
    return f"{name} ({t('deleted')})" if record.is_deleted else name


def _change(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any], definition: FunnelDefinition, t: Translator
) -> str:
    words = column_words(t)
    old, new = (
        plain_text(cell_text(name, values.get(name), definition, t)) or t("(blank)") for values in (before, after)
    )
    return t.labelled(words[name], new if before.get(name) is None else f"{old} → {new}")


# --- handover ---


def handovers(report: HandoverReport, definition: FunnelDefinition, t: Translator) -> None:
    """Leads past their deadline by the role that owns the step; leads handed over without an owner or source tag."""
    st.subheader(t.term("handover"), help=t.help("handover"))
    if report.problem is not None:
        st.caption(plain_text(t.message(report.problem)))
    roles = [role for role in ROLES if role in set(report.overdue["role"])]
    overdue, untagged = st.tabs(
        [
            f"{t.term('overdue')} ({report.overdue.height})",
            t("Handed over without owner or source: %(n)s", n=report.untagged.height),
        ]
    )
    with overdue:
        if not roles:
            st.caption(t("No lead is past a deadline."))
        else:
            role = st.segmented_control(
                t("Role"),
                roles,
                format_func=lambda role: owner_role_name(role, t),
                default=roles[0],
                required=True,
                key="tracking_role",
            )
            _lead_table(report.overdue.filter(pl.col("role") == role), definition, t, "tracking_overdue")
    with untagged:
        if report.untagged.is_empty():
            st.caption(t("Every lead that was handed over has its owner and its source."))
        else:
            _untagged_table(report.untagged, definition, t)


def _height(rows: int) -> int | Literal["content"]:
    return "content" if rows <= _MANY else 36 * (_MANY + 1)


def _lead_table(leads: pl.DataFrame, definition: FunnelDefinition, t: Translator, key: str) -> None:
    if leads.height > _MOST:
        st.caption(t("The %(most)s that wait longest, of %(n)s.", most=_MOST, n=leads.height))
    shown = (
        leads.sort("overdue_days", descending=True, nulls_last=True)
        .head(_MOST)
        .select(
            pl.coalesce("lead_name", "lead_id").alias(t.term("lead")),
            pl.col("stage")
            .replace_strict({s.key: t.localized(s.name) for s in definition.stages})
            .alias(t("Waits for")),
            pl.col("owner").cast(pl.String).alias(t.term("owner")),
            pl.col("source").cast(pl.String).alias(t.term("source")),
            pl.col("entered_at").dt.date().alias(t("Since")),
            pl.col("overdue_days").round(1).alias(t("Days overdue")),
        )
    )
    st.dataframe(
        shown, hide_index=True, width="stretch", height=_height(shown.height), placeholder="–", key=key,
        column_config={
            t("Since"): st.column_config.DateColumn(format="YYYY-MM-DD"),
            t("Days overdue"): st.column_config.NumberColumn(format="%.0f"),
        },
    )  # fmt: skip


def _untagged_table(leads: pl.DataFrame, definition: FunnelDefinition, t: Translator) -> None:
    roles = {role: owner_role_name(role, t) for role in ROLES}
    if leads.height > _MOST:
        st.caption(t("The newest %(most)s of %(n)s.", most=_MOST, n=leads.height))
    shown = leads.head(_MOST).select(
        pl.coalesce("lead_name", "lead_id").alias(t.term("lead")),
        pl.col("from_role").replace_strict(roles).alias(t("From")),
        pl.col("to_role").replace_strict(roles).alias(t("To")),
        pl.col("stage").replace_strict({s.key: t.localized(s.name) for s in definition.stages}).alias(t.term("stage")),
        pl.col("owner").alias(t.term("owner")),
        pl.col("source").alias(t.term("source")),
    )
    st.dataframe(
        shown, hide_index=True, width="stretch", height=_height(shown.height), placeholder="–", key="tracking_untagged"
    )
