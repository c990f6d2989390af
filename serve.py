"""The application with ``/health``, its security headers and downloads for members only, for a server: ``streamlit run
serve.py``.

``streamlit run app.py`` is the same application without them.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.starlette import App
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from pages.shell.acting import is_old, must_sign_in
from pages.shell.health import health

HEADERS = {
    # Streamlit's own pages need inline scripts and styles, compiled code, and workers and pictures made in the browser.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds ``HEADERS`` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


class DownloadsForMembers:
    """Where people must sign in, ``/media/…`` answers only who has, within the last day.

    Streamlit itself gives a download, whose address is made of its content, to whoever asks for that address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/media/" in scope["path"] and must_sign_in():
            claims = _claims(Request(scope).cookies)
            if not claims.get("is_logged_in") or not claims.get("email") or is_old(claims):
                await PlainTextResponse("Please sign in.", 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _claims(cookies: dict[str, str]) -> dict[str, Any]:
    """What the provider said about who asks, by the signed cookie of the sign-in; empty without a whole one."""
    secret = get_cookie_secret()

    def part(name: str) -> bytes | None:
        value = cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value.encode("latin-1", "replace"))

    kept = get_cookie_with_chunks(part, USER_COOKIE_NAME)
    said = json.loads(kept) if kept else {}
    return said if isinstance(said, dict) else {}


def answer(_: Request) -> JSONResponse:
    said, status = health(datetime.now())
    return JSONResponse(said, status, headers={"Cache-Control": "no-store"})


app = App(
    Path(__file__).with_name("app.py"),
    routes=[Route("/health", answer)],
    middleware=[Middleware(SecurityHeaders), Middleware(DownloadsForMembers)],
)
