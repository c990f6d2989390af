"""Who may see the app at all: sign-in is Streamlit's own (``[auth]`` in ``.streamlit/secrets.toml``).

Without it the app is for whoever sits at this machine, and answers nobody else. Roles and the door that asks for them:
``funnel.team``.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

from funnel.errors import AccessError
from funnel.i18n.translator import Translator
from pages.shell.acting import act_as_who_is_there, auth_section, signed_in
from pages.shell.boundary import safely
from pages.shell.config import app_settings
from pages.shell.words import plain_text


def let_in(t: Translator) -> bool:
    """Whether this visitor may see the app; else the page says what to do, and nothing else is drawn."""
    act_as_who_is_there()
    try:
        auth = auth_section()
    except AccessError as error:
        st.error(plain_text(t.message(error)), icon=":material/error:")
        return False
    if not auth:
        if _reaches_others() and not app_settings().open_to_everybody:
            st.error(t.message_of("team.open_address"), icon=":material/lock_open:")
            return False
        return True
    if signed_in() is not None:
        return True
    st.title(t("Sales funnel"))
    if told := _other_address(str(auth.get("redirect_uri") or "")):
        st.warning(t("Sign-in returns to %(there)s, but this page is at %(here)s: put the address of the page into "
                     "redirect_uri.", there=plain_text(told[0]), here=plain_text(told[1])))  # fmt: skip
    is_known = bool(st.user.get("is_logged_in"))
    if is_known and not st.user.get("email"):
        st.error(t.message_of("team.no_email"), icon=":material/error:")
        st.button(t("Sign out"), key="sign_out", on_click=safely(st.logout))
        return False
    st.write(t("You signed in more than a day ago: please sign in again.") if is_known
             else t("Please sign in to see your team's workspaces."))  # fmt: skip
    st.button(t("Sign in"), key="sign_in", type="primary", on_click=safely(st.login), icon=":material/login:")
    return False


def whose(t: Translator) -> None:
    """At the foot of the sidebar: who has signed in, with which role, and the way out."""
    who = signed_in()
    if who is None:
        return
    role = who.role()
    st.caption(f"{plain_text(who.email)} · {t.message_of(f'team.role.{role}')}")
    if role == "viewer":
        st.caption(t("You may look at everything; changes are refused. An admin can give you another role."))
    st.button(t("Sign out"), key="sign_out", type="tertiary", icon=":material/logout:", on_click=safely(st.logout))


def _reaches_others() -> bool:
    """Whether other machines see this page: the server listens to them, or the browser came by another name."""
    address = str(st.get_option("server.address") or "")
    here = urlsplit(st.context.url or "").hostname
    return not _is_this_machine(address) or not (here is None or _is_this_machine(here))


def _is_this_machine(host: str) -> bool:
    if host in ("localhost", "ip6-localhost") or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _other_address(redirect: str) -> tuple[str, str] | None:
    """The address to which the provider sends people back and that of this page, where they differ: then whoever signs
    in is signed out again without a word."""
    if not st.context.url or not redirect:
        return None
    here, there = urlsplit(st.context.url), urlsplit(redirect)
    if (here.scheme, here.netloc) == (there.scheme, there.netloc) and here.path.startswith(
        there.path.removesuffix("/oauth2callback")
    ):
        return None
    return redirect, f"{here.scheme}://{here.netloc}{here.path}"
