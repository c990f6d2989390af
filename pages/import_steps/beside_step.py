"""Files of an upload that are no deals themselves but say something of them: names of stages, merged deals."""

from __future__ import annotations

import polars as pl
import streamlit as st

from funnel.definition.definition import FunnelDefinition
from funnel.harmless import plain_text
from funnel.i18n.translator import Translator
from funnel.intake.beside import Beside, beside_of, kind_of, renamed
from funnel.intake.mapping import RawTable
from funnel.intake.proposing.shapes import NoDeals
from pages.import_steps import source_part
from pages.import_steps.draft import Draft
from pages.shell import Shell
from pages.shell.session import ask_who
from pages.shell.workspaces import FIRST_TEMPLATE, now, templates


def any_definition() -> FunnelDefinition:
    """The funnel under which a table is looked at before anybody said where it goes."""
    return templates()[FIRST_TEMPLATE]


def show(draft: Draft, table: RawTable, shell: Shell) -> bool:
    """Both steps of such a file. False for a table of deals, and where nothing is there that it could belong to."""
    t = shell.t
    if draft.as_deals:
        return False
    use = draft.uses.get(draft.upload.path.name) if draft.upload else None
    if use == "deals":
        return False
    forced: dict[str, NoDeals] = {"lookup": "lookup", "merged": "pairs"}
    kind = forced.get(use or "") or kind_of(table, any_definition())
    found, follows = beside_of(table, kind), draft.at + 1 < len(draft.uploads)
    if kind is None or (found is None and len(draft.uploads) < 2):
        return False
    data = shell.data
    present = data.definition if data is not None and not data.is_sample else None
    fits = found is not None and present is not None and renamed(present, found) != present
    if found is None or not (follows or fits):
        if len(draft.uploads) > 1 and st.button(t("Leave this file out"), key=f"no_deals_out_{draft.revision}"):
            draft.next_file()
            st.rerun()
        return False
    if draft.step == "map":
        _told(draft, found, follows, shell)
        return True
    _confirm(draft, found, follows, present, shell)
    return True


def _told(draft: Draft, found: Beside, follows: bool, shell: Shell) -> None:
    """What the file is and what it will be used for; a way to say that it is something else."""
    t, name = shell.t, draft.upload.name if draft.upload else ""
    if found.use == "merged":
        text = t("“%(file)s” says which deals went into others: %(n)s. They are left out of the files after it.",
                 file=name, n=found.n)  # fmt: skip
    elif follows:
        text = t("“%(file)s” names stages: %(n)s. The files after it take their names and their order from it.",
                 file=name, n=found.n)  # fmt: skip
    else:
        text = t("“%(file)s” names stages: %(n)s. Stages of “%(name)s” that are numbers take their names from it.",
                 file=name, n=found.n, name=shell.data.name if shell.data else "")  # fmt: skip
    st.info(plain_text(text), icon=":material/label:")
    _table(found, t)
    go, deals, out = st.columns([1, 2, 2])
    if go.button(t("Check the data"), type="primary", key=f"to_check_{draft.revision}", icon=":material/fact_check:"):
        draft.to_check(shell.workspace)
        st.rerun()
    if deals.button(t("It holds leads all the same"), key=f"as_deals_{draft.revision}"):
        draft.as_deals = True
        st.rerun()
    if out.button(t("Leave this file out"), key=f"beside_out_{draft.revision}", icon=":material/skip_next:"):
        draft.next_file()
        st.rerun()


def _confirm(draft: Draft, found: Beside, follows: bool, present: FunnelDefinition | None, shell: Shell) -> None:
    t, name = shell.t, draft.upload.name if draft.upload else ""
    _table(found, t)
    who = "" if follows else ask_who(t("Your name"), t("Stands beside this import in the history. Asked once."))
    back, confirm = st.columns([1, 4])
    if back.button(t("Back"), key=f"back_{draft.revision}", icon=":material/arrow_back:"):
        draft.step = "map"
        st.rerun()
    label = (
        t("Import %(n)s stage names", n=found.n) if found.use == "names" else t("Import %(n)s merged deals", n=found.n)
    )
    if confirm.button(plain_text(label), type="primary", key=f"confirm_{draft.revision}", icon=":material/check:"):
        if follows:
            if draft.upload is not None and draft.table is not None:
                use = "lookup" if found.use == "names" else "merged"
                source_part.note(draft, draft.upload, use, draft.table.columns, dict(found.names))
            draft.beside = draft.beside.with_more(found)
        elif present is not None:
            shell.store.save_definition(renamed(present, found), who=who, now=now(), reason="import")
        draft.taken.append((name, found.use, found.n))
        draft.next_file()
        st.rerun()


def _table(found: Beside, t: Translator) -> None:
    if found.use == "merged":
        frame = pl.DataFrame(list(found.merged.items()), schema=[t("Deal left out"), t("went into")], orient="row")
    else:
        ends = {"won": t.term("won"), "lost": t.term("lost")}
        rows = [(label, name, ends.get(found.ends.get(label, ""), "")) for label, name in found.names.items()]
        frame = pl.DataFrame(rows, schema=[t("In the file"), t("Stage name"), t("Result")], orient="row")
    st.dataframe(frame, hide_index=True, width="content")


def taken_in_words(draft: Draft, t: Translator) -> None:
    """What such files gave, said once they are confirmed."""
    for name, use, n in draft.taken:
        text = (
            t("%(file)s: stage names noted: %(n)s.", file=name, n=n)
            if use == "names"
            else t("%(file)s: merged deals noted: %(n)s.", file=name, n=n)
        )
        st.success(plain_text(text), icon=":material/check_circle:")
