"""The application with ``/health`` and its security headers, for a server: ``streamlit run serve.py``.

``streamlit run app.py`` is the same application without them.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.starlette import App

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


def answer(_: Request) -> JSONResponse:
    said, status = health(datetime.now())
    return JSONResponse(said, status, headers={"Cache-Control": "no-store"})


app = App(
    Path(__file__).with_name("app.py"),
    routes=[Route("/health", answer)],
    middleware=[Middleware(SecurityHeaders)],
)
