"""What ships with the application or stands in a workspace's settings and several pages need: playbook, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from funnel.i18n.translator import Translator
from funnel.metrics.deadlines.business_days import BusinessCalendar, calendar_from_dict
from funnel.planning.strategies.playbook import PlaybookEntry, load_playbook, own_entries, with_own
from funnel.reports.workspace_data import WorkspaceData
from pages.shell.config import DATA


@st.cache_resource(show_spinner=False)
def _shipped() -> tuple[PlaybookEntry, ...]:
    return load_playbook(DATA / "playbook.toml")


def playbook(settings: Mapping[str, Any]) -> tuple[PlaybookEntry, ...]:
    """The ready-made strategies: those that a process file brought into the workspace's settings, then the shipped
    ones in the order of their file.
    """
    return with_own(_shipped(), own_entries(settings.get("playbook") or []))


def origin(entry: PlaybookEntry, t: Translator) -> str:
    """Where an entry of the playbook comes from."""
    if entry.is_own:
        return t("your company's own")
    return t("from the guide") if entry.from_guide else t("common practice")


def business_calendar(data: WorkspaceData, language: str) -> BusinessCalendar:
    """The calendar of the workspace's settings. While no country was chosen: China in Chinese sessions, else weekends.

    Raises InputError (``sla.bad_date``, ``sla.unknown_country``) for settings that make no calendar.
    """
    settings = data.settings
    by_language = "CN" if language == "zh_Hans" else None
    return calendar_from_dict(
        {
            "country": settings.get("calendar_country", by_language),
            "days_off": settings.get("days_off") or (),
            "working_days": settings.get("working_days") or (),
            "confirmed_years": settings.get("confirmed_years") or (),
        }
    )
