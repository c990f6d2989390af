"""Signing in with a provider of our own: from the button to the role, below a sub-path; downloads are for members."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from funnel.storage.workspaces import open_workspace
from tests.load.served import SAMPLE, Served, add_sample
from tests.load.tab import LoadError, Tab, run

BASE = "/funnel"
CLIENT, SECRET = "funnel", "not much of a secret"


class Provider(ThreadingHTTPServer):
    """An OpenID provider without passwords: whoever comes is ``email`` and has signed in ``ago`` seconds ago."""

    email, ago = "li@example.com", 0.0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.nonces: dict[str, str] = {}
        self.url = f"http://localhost:{self.server_port}"

    def token(self, code: str) -> str:
        now = time.time()
        claims = {"iss": self.url, "sub": self.email, "aud": CLIENT, "nonce": self.nonces[code], "email": self.email,
                  "name": "Li Na", "iat": int(now - self.ago), "exp": int(now + 600)}  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)


class Asked(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        provider = self.server
        if asked.path == "/.well-known/openid-configuration":
            self._say({
                "issuer": provider.url, "authorization_endpoint": f"{provider.url}/authorize",
                "token_endpoint": f"{provider.url}/token", "jwks_uri": f"{provider.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"], "response_types_supported": ["code"],
                "subject_types_supported": ["public"], "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        elif asked.path == "/keys":
            self._say({"keys": [provider.key.as_dict(private=False)]})
        else:
            said = {name: values[0] for name, values in parse_qs(asked.query).items()}
            code = secrets.token_hex(8)
            provider.nonces[code] = said["nonce"]
            self.send_response(302)
            self.send_header("Location", f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state']})}")
            self.end_headers()

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = self.server.token(said["code"][0])
        self._say({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _say(self, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    running = Provider()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def sign_in(server: Served, way: str) -> str:
    """The browser's part between the button and the page: every redirect, with its cookies. Returns them."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(f"http://localhost:{server.port}{way}", timeout=60) as answer:
        assert urlsplit(answer.url).path == f"{BASE}/"
    browser.open(f"http://localhost:{server.port}{BASE}/_stcore/health", timeout=60).close()
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def got(server: Served, way: str, cookies: str = "") -> int:
    request = urllib.request.Request(f"http://localhost:{server.port}{way}", headers={"Cookie": cookies})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


async def visits(server: Served, provider: Provider, team: Path) -> None:
    def tab(cookies: str = "", query: str = "", page: str = "", host: str = "localhost") -> Tab:
        return Tab(server.port, f"workspace={SAMPLE}&lang=en{query}", page, BASE, cookies, host)

    async with tab() as stranger:
        assert set(stranger.widgets) == {"sign_in"} and not stranger.downloads
        assert any("Please sign in" in text for text in stranger.texts)
        await stranger.click("sign_in")
        way = stranger.sends_to
    assert way.startswith(f"{BASE}/auth/login")
    cookies = await asyncio.to_thread(sign_in, server, way)

    async with tab(cookies) as admin:
        assert any("li@" in text.replace("\u2060", "") and "admin" in text for text in admin.texts)
        download = BASE + next(one for one in admin.downloads if one)
        assert await asyncio.to_thread(got, server, download, cookies) == 200
        assert await asyncio.to_thread(got, server, download) == 403
        assert await asyncio.to_thread(got, server, download, "_streamlit_user=forged") == 403

    async with tab(cookies, "&tab=money", "settings") as member:
        offered = member.widgets["settings_currency_CNY_0"].options
        await member.choose("settings_currency_CNY_0", [one for one in offered if "EUR" in one])
        team.write_text('[people]\n"li@example.com" = "viewer"\n', encoding="utf-8")
        with pytest.raises(LoadError, match="your role is viewer"):
            await member.click("settings_money_save")

    provider.ago = 25 * 3600  # the cookie lives for 30 days
    old = await asyncio.to_thread(sign_in, server, way)
    async with tab(old) as yesterday:
        assert any("more than a day ago" in text for text in yesterday.texts) and "window" not in yesterday.widgets
        assert await asyncio.to_thread(got, server, download, old) == 403
    async with tab(host="127.0.0.1") as elsewhere:
        assert any("Sign-in returns to" in text for text in elsewhere.texts)


def test_from_the_button_to_the_role(provider: Provider, tmp_path: Path) -> None:
    folder = tmp_path / "workspaces"
    add_sample(folder)
    team = folder / "team.toml"
    team.write_text('[people]\n"li@example.com" = "admin"\n', encoding="utf-8")
    secret = tmp_path / "secrets.toml"
    with Served(folder, "--server.baseUrlPath", BASE, "--secrets.files", str(secret)) as server:
        secret.write_text(
            f'[auth]\nredirect_uri = "http://localhost:{server.port}{BASE}/oauth2callback"\n'
            f'cookie_secret = "{secrets.token_hex(16)}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n',
            encoding="utf-8",
        )
        run(visits(server, provider, team))
        assert not server.errors()
    assert open_workspace(next(folder.glob("*.duckdb"))).settings()["currency"] == "CNY"
