"""What ships with the application or stands in a workspace's settings and several pages need: playbook, calendar."""

from __future__ import annotations

import streamlit as st

from funnel.metrics.business_days import BusinessCalendar, calendar_from_dict
from funnel.planning.playbook import PlaybookEntry, load_playbook
from funnel.reports.workspace_data import WorkspaceData
from pages.shell.config import DATA


@st.cache_resource(show_spinner=False)
def playbook() -> tuple[PlaybookEntry, ...]:
    """The ready-made strategies, in the order of their file."""
    return load_playbook(DATA / "playbook.toml")


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
