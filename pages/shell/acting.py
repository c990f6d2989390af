"""As whom this run changes things: who has signed in by Streamlit's own sign-in, else whoever sits at this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from funnel.errors import AccessError
from funnel.team import Actor, act_as, acting, actor, may
from pages.shell.config import app_settings

A_DAY = 24 * 3600
"""The browser keeps a session for 30 days, whatever the provider says: after a day it is asked again."""
TEAM_FILE = "team.toml"


def auth_section() -> Mapping[str, Any]:
    """How people sign in here; empty where nobody does. Raises AccessError ``team.secrets`` where there is a file of
    secrets that cannot be read: it may say that people must sign in."""
    if st.secrets.load_if_toml_exists():
        return dict(st.secrets.get("auth") or {})
    for path in st.get_option("secrets.files") or ():
        if Path(path).exists():
            raise AccessError("team.secrets", file=Path(path).name)
    return {}


def signed_in() -> Actor | None:
    """Who has signed in within the last day; null for everybody else, also where nobody signs in."""
    if not auth_section() or not st.user.get("is_logged_in") or not st.user.get("email") or is_old(st.user):
        return None
    groups, settings = st.user.get("groups") or (), app_settings()
    return Actor(
        str(st.user["email"]),
        tuple(str(one) for one in groups) if isinstance(groups, list | tuple) else (str(groups),),
        settings.team_file or settings.data_dir / TEAM_FILE,
        needs_team=settings.team_file is not None,
    )


def must_sign_in() -> bool:
    """Whether people must sign in here; also where that cannot be known."""
    try:
        return bool(auth_section())
    except AccessError:
        return True


def act_as_who_is_there() -> None:
    """Say it before anything can be changed: at the start of a run, and of each callback, which runs before the page.

    Where people must sign in and this visitor has not, nobody acts: every change is refused.
    """
    try:
        who = signed_in()
    except AccessError:
        who = None
    act_as(who or (NOBODY if must_sign_in() else None))


def as_whoever_asks(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """What makes a download when its button is clicked: outside of every run, so it must know for whom this run draws
    it. The role is asked anew at the click."""
    who = actor()

    def made() -> bytes:
        with acting(who):
            return make()

    return made


def is_allowed(deed: str) -> bool:
    """Whether who is there may do it; false where the file of the roles cannot be read."""
    try:
        return may(deed)
    except AccessError:
        return False


NOBODY = Actor("", may="viewer")
"""A visitor who has not signed in where people must."""


def is_old(claims: Mapping[str, Any]) -> bool:
    """By the moment of the provider's answer (``iat``), else by its end (``exp``); an answer without either is old."""
    issued, ends = claims.get("iat"), claims.get("exp")
    if isinstance(issued, int | float):
        return time.time() - issued > A_DAY
    return not isinstance(ends, int | float) or time.time() > ends + A_DAY
