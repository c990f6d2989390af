"""*Try the sample*: the synthetic company in a workspace of its own, so that it never mixes with real data."""

from __future__ import annotations

import streamlit as st

from funnel.i18n.translator import Translator
from funnel.planning.plan_file import load_plan
from funnel.storage.records import Edit
from pages.shell.config import DATA
from pages.shell.workspaces import FIRST_TEMPLATE, choose, new_workspace, now, store_of, templates, workspaces

_NAMES = {"en": "Sample company (synthetic)", "zh_Hans": "示例公司（合成数据）"}
_FILES = {
    "en": ("leads_en.csv", "spend_en.csv", "plan_en.toml"),
    "zh_Hans": ("leads_zh.csv", "spend_zh.csv", "plan_zh.toml"),
}


def load_sample(t: Translator) -> None:
    """Import the sample of the session's language through the same steps as any file, or open it where it is there."""
    name = _NAMES[t.language]
    if any(info.name == name for info in workspaces()):
        choose(name)
        return
    # the reading of files: the first page does not wait for it
    from funnel.intake.batches.normalizing import normalize
    from funnel.intake.proposing.propose import propose_mapping
    from funnel.intake.reading.reader import read_table
    from funnel.intake.spend import read_spend

    leads, spend, plan = (DATA / "sample" / file for file in _FILES[t.language])
    table = read_table(leads, leads.name)
    batch = normalize(table, propose_mapping(table, templates()[FIRST_TEMPLATE]).mapping, import_day=now().date())
    store = store_of(new_workspace(name, templates()[FIRST_TEMPLATE], is_sample=True))
    store.set_setting("currency", "CNY")
    store.save_spend(read_spend(spend, spend.name).spend, who="", now=now())
    store.import_batch(batch, who=t("Sample"), now=now())
    for kind, planned in load_plan(plan).items():
        store.save_records(kind, [Edit(key, fields, 0) for key, fields in planned.items()], who=t("Sample"), now=now())


def try_sample_button(t: Translator, key: str, *, is_wide: bool = False) -> None:
    """The button of the empty states; ``is_wide``: one of several equals."""
    width = "stretch" if is_wide else "content"
    if st.button(t("Try the sample"), key=key, icon=":material/play_arrow:", width=width):
        with st.spinner(t("Loading the synthetic sample …")):
            load_sample(t)
        st.switch_page("pages/overview.py")
