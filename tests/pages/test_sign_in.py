"""Signing in: who sees what, with which role, on every page; what a viewer clicks is refused in one sentence."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from funnel import team
from funnel.errors import AccessError
from funnel.sources.requests import request, take_request
from funnel.storage.store import Store
from funnel.storage.workspaces import open_workspace
from funnel.team import Actor
from pages.shell import acting, sign_in
from pages.shell.config import app_settings
from tests.conftest import ROOT
from tests.opening import NOW, assert_sound, sample_with_plan, texts, use_folder

PAGES = ("overview", "bottleneck", "plan", "outlook", "tracking", "retrospective", "import_data", "settings", "guide")
AUTH = {"auth": {"redirect_uri": "http://localhost:8501/oauth2callback", "cookie_secret": "x" * 32}}
TEAM = '[people]\n"li@example.com" = "admin"\n"zhao@example.com" = "viewer"\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    use_folder(tmp_path, monkeypatch)
    path = tmp_path / "sample.duckdb"
    path.write_bytes(sample_with_plan().read_bytes())
    (tmp_path / "team.toml").write_text(TEAM, encoding="utf-8")
    return open_workspace(path)


def visit(stem: str, email: str | None, language: str = "en", *, ago: float = 60, **params: str) -> AppTest:
    """A page as a visitor sees it who signed in ``ago`` seconds ago; without ``email``: not at all."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.secrets = dict(AUTH)
    at.user = {"is_logged_in": False}
    if email is not None:
        at.user = {"is_logged_in": True, "email": email, "name": "Zhao", "iat": time.time() - ago}
    for key, value in {"lang": language, **params}.items():
        at.query_params[key] = value
    if stem != "overview":
        at.switch_page(f"pages/{stem}.py")
    return at.run()


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("stem", PAGES)
def test_a_viewer_sees_every_page_and_changes_nothing_by_looking(store: Store, stem: str, language: str) -> None:
    before = store.journal().height
    at = visit(stem, "zhao@example.com", language)
    assert_sound(at)
    assert "zhao@example.com" in texts(at).replace("\u2060", "")  # no address of our text becomes a link
    assert store.journal().height == before


def test_a_viewer_uses_up_no_request_for_newer_data(store: Store) -> None:
    """The nightly command left word; a viewer may not import, so it waits for somebody who may."""
    request(store.path)
    at = visit("overview", "zhao@example.com")
    assert_sound(at)
    assert "not done" not in texts(at)
    assert take_request(store.path)


@pytest.mark.parametrize("stem", PAGES)
@pytest.mark.parametrize(("email", "ago"), [(None, 60), ("li@example.com", 25 * 3600)])
def test_who_has_not_signed_in_today_sees_nothing_but_the_way_in(
    store: Store, stem: str, email: str | None, ago: float
) -> None:
    at = visit(stem, email, ago=ago)
    assert not at.exception and not at.error
    assert [button.key for button in at.button] == ["sign_in"]
    assert not at.dataframe and not at.metric and not at.selectbox
    assert store.name not in texts(at)


def test_what_a_viewer_clicks_is_refused_in_a_sentence_and_stored_nowhere(store: Store) -> None:
    was = store.settings()
    at = visit("settings", "zhao@example.com", tab="money")
    at.selectbox(key="settings_currency_CNY_0").select("EUR").run()
    at.button(key="settings_money_save").click().run()
    assert not at.exception
    assert "your role is viewer, and it takes the role editor" in texts(at)
    assert store.settings() == was


def test_an_admin_does_it_under_the_own_address_and_it_is_listed(store: Store) -> None:
    at = visit("settings", "li@example.com", tab="money")
    at.selectbox(key="settings_currency_CNY_0").select("EUR").run()
    at.button(key="settings_money_save").click().run()
    assert_sound(at)
    assert store.settings()["currency"] == "EUR"
    line = store.journal().row(0, named=True)
    assert (line["who"], line["role"], line["deed"]) == ("li@example.com", "admin", "setting")
    shown = visit("settings", "li@example.com", tab="journal")
    assert_sound(shown)
    assert shown.dataframe[0].value["Who"][0] == "li@example.com"


def test_a_callback_acts_as_who_is_there_now(store: Store) -> None:
    """A session of an admin goes on as the viewer whom somebody has made of the admin meanwhile."""
    at = visit("settings", "li@example.com", tab="money")
    at.selectbox(key="settings_currency_CNY_0").select("EUR").run()
    team = store.path.parent / "team.toml"
    team.write_text(TEAM.replace('"admin"', '"viewer"'), encoding="utf-8")
    at.button(key="settings_money_save").click().run()
    assert "your role is viewer" in texts(at) and store.settings()["currency"] == "CNY"


def test_an_unreadable_file_of_the_roles_is_said_and_leaves_the_pages_open(store: Store) -> None:
    (store.path.parent / "team.toml").write_text("[people", encoding="utf-8")
    at = visit("overview", "li@example.com")
    assert not at.exception and at.metric
    assert "The file of the roles (team.toml) cannot be read" in texts(at)


def test_a_viewer_neither_makes_nor_takes_a_backup(store: Store) -> None:
    """It holds more than the pages show. The download is made outside of every run: the role counts there too."""
    store.automatic_backup("restore", who="", now=NOW)
    at = visit("settings", "zhao@example.com", tab="backup")
    assert_sound(at)
    assert next(one for one in at.get("download_button") if one.key == "settings_backup_download").proto.disabled
    assert "by editors and admins" in texts(at)
    at = visit("settings", "li@example.com", tab="backup")
    assert not next(one for one in at.get("download_button") if one.key == "settings_backup_download").proto.disabled
    with team.acting(Actor("zhao@example.com", team=store.path.parent / "team.toml")):
        make = acting.as_whoever_asks(
            lambda: bytes(store.backup(store.path.parent / "b" / "x.duckdb", now=NOW).n_leads)
        )
    with ThreadPoolExecutor(1) as pool, pytest.raises(AccessError):
        pool.submit(make).result()


def test_a_dialog_acts_as_who_is_there(store: Store) -> None:
    """It runs again without the application, in a thread of its own, where nobody has said who that is."""

    def script() -> None:
        import streamlit as st

        from funnel.i18n.translator import Translator
        from funnel.team import act_as, allowed
        from pages.shell.boundary import apart

        act_as(None)
        with apart(Translator("en")):
            allowed("create")
            st.write("made")

    at = AppTest.from_function(script)
    at.secrets = dict(AUTH)
    at.user = {"is_logged_in": True, "email": "zhao@example.com", "iat": time.time()}
    at.run()
    assert not at.exception and not at.markdown
    assert "your role is viewer" in at.error[0].value


def plain_visit() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["lang"] = "en"
    return at.run()


def test_a_network_without_sign_in_is_not_served_unless_somebody_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plain_visit().metric
    monkeypatch.setattr(sign_in, "_reaches_others", lambda: True)
    at = plain_visit()
    assert not at.metric and "reachable by other machines" in texts(at)
    monkeypatch.setenv("FUNNEL_OPEN_TO_EVERYBODY", "1")
    app_settings.cache_clear()
    assert plain_visit().metric


def test_secrets_that_cannot_be_read_let_nobody_in(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth", encoding="utf-8")
    option = acting.st.get_option
    monkeypatch.setattr(acting.st, "get_option", lambda key: [str(broken)] if key == "secrets.files" else option(key))
    at = plain_visit()
    assert not at.metric and "secrets.toml" in texts(at)


@pytest.mark.parametrize(
    ("host", "ours"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("app.localhost", True),
     ("", False), ("0.0.0.0", False), ("::", False), ("192.168.1.5", False), ("funnel.example.com", False)],
)  # fmt: skip
def test_which_addresses_are_this_machine(host: str, ours: bool) -> None:
    assert sign_in._is_this_machine(host) == ours


@pytest.mark.parametrize(
    ("here", "differs"),
    [
        ("https://x.example.com/funnel", False),
        ("https://x.example.com/funnel/plan", False),
        ("http://x.example.com/funnel", True),
        ("https://y.example.com/funnel", True),
        ("https://x.example.com/other", True),
    ],
)
def test_the_address_of_the_provider_is_compared_with_that_of_the_page(
    monkeypatch: pytest.MonkeyPatch, here: str, differs: bool
) -> None:
    class Context:
        url = here

    given: Any = Context()
    monkeypatch.setattr(sign_in.st, "context", given)
    assert (sign_in._other_address("https://x.example.com/funnel/oauth2callback") is not None) == differs
