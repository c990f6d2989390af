"""One browser tab as the server sees it: what is drawn is read, and clicks are sent, over the websocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any, TypeVar

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

LONGEST = 120.0
"""Seconds after which a run that has not ended counts as an error."""
_REMEMBERED = 2
"""Runs for which a browser keeps large elements, so that the server need not send them again."""


T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` in a thread of its own: that of a test may have a loop already (browser tests leave one)."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class LoadError(Exception):
    """The server did not do what a person could expect."""


@dataclass
class Widget:
    """A control as it was drawn last: the id under which its value is sent, and what can be chosen."""

    id: str
    options: Sequence[str] = ()
    takes_one: bool = False


@dataclass
class Tab:
    """``async with Tab(port, query) as tab``: an open tab. ``seconds``: how long each run took, from the click until
    everything was drawn; ``texts``, ``downloads``: words and addresses of the last run; ``sends_to``: where it sent the
    browser."""

    port: int
    query: str
    page: str = ""
    base: str = ""
    cookies: str = ""
    host: str = "localhost"
    texts: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    sends_to: str = ""
    widgets: dict[str, Widget] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    _session: str = ""
    _seen: dict[str, int] = field(default_factory=dict)
    _values: dict[str, tuple[Widget, list[str]]] = field(default_factory=dict)
    _socket: ClientConnection | None = None

    async def __aenter__(self) -> Tab:
        await self._connect()
        await self.run()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()

    async def _connect(self) -> None:
        # a browser repeats this cookie, else the server does not believe that it is one
        said = SimpleCookie(self.cookies).get("_streamlit_xsrf")
        protocols = ["streamlit", said.value if said else "nobody", *([self._session] if self._session else [])]
        try:
            self._socket = await connect(
                f"ws://localhost:{self.port}{self.base}/_stcore/stream",
                subprotocols=[Subprotocol(one) for one in protocols],
                origin=f"http://localhost:{self.port}",  # ty: ignore[invalid-argument-type]
                additional_headers={"Cookie": self.cookies} if self.cookies else None,
                open_timeout=LONGEST,
                max_size=None,
            )
        except (WebSocketException, OSError, TimeoutError) as error:
            raise LoadError(f"no connection: {type(error).__name__} {error}") from error

    async def leave(self) -> None:
        """Close the lid: the connection is gone, the session stays for a while."""
        if self._socket is not None:
            await self._socket.close()

    async def come_back(self) -> None:
        """The same tab again: it asks for its session, with the values of its controls."""
        await self._connect()
        await self.run()

    async def go(self, page: str) -> None:
        """A click in the navigation."""
        self.page = page
        self._values.clear()
        await self.run()

    async def choose(self, key: str, values: list[str]) -> None:
        """Another choice in a control that takes texts."""
        widget = self.widgets[key]
        self._values[widget.id] = widget, values
        await self.run()

    async def click(self, key: str) -> None:
        """A click on a button."""
        await self.run(clicked=self.widgets[key].id)

    async def run(self, clicked: str = "") -> None:
        """One run of the page, until it has ended. Raises LoadError where it shows an error or does not end."""
        assert self._socket is not None
        said = BackMsg()
        asked = said.rerun_script
        asked.query_string = self.query
        if self.page in self.pages:
            asked.page_script_hash = self.pages[self.page]
        else:
            asked.page_name = self.page
        asked.context_info.url = f"http://{self.host}:{self.port}{self.base}/{self.page}"
        asked.context_info.locale, asked.context_info.timezone = "en-US", "Europe/Berlin"
        asked.cached_message_hashes.extend(self._seen)
        for widget, values in self._values.values():
            state = asked.widget_states.widgets.add()
            state.id = widget.id
            if widget.takes_one:
                state.string_value = values[0]
            else:
                state.string_array_value.data.extend(values)
        if clicked:
            state = asked.widget_states.widgets.add()
            state.id, state.trigger_value = clicked, True
        self.texts, self.downloads = [], []
        begun = time.monotonic()
        try:
            await self._socket.send(said.SerializeToString())
            async with asyncio.timeout(LONGEST):
                await self._until_drawn()
        except (WebSocketException, OSError, TimeoutError) as error:
            raise LoadError(f"{self.page or 'overview'}: {type(error).__name__} {error}") from error
        self.seconds.append(time.monotonic() - begun)

    async def _until_drawn(self) -> None:
        assert self._socket is not None
        self._seen = {name: age + 1 for name, age in self._seen.items() if age < _REMEMBERED}
        while True:
            message = ForwardMsg.FromString(await self._socket.recv(decode=False))
            kind = message.WhichOneof("type")
            if message.metadata.cacheable and message.hash:
                self._seen[message.hash] = 0
            if kind == "ref_hash":
                self._seen[message.ref_hash] = 0
            elif kind == "new_session":
                self._session = message.new_session.initialize.session_id or self._session
            elif kind == "navigation":
                self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "auth_redirect":
                self.sends_to = message.auth_redirect.url
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._see(message.delta.new_element)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise LoadError(f"{self.page or 'overview'}: the script could not be compiled")

    def _see(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        drawn = getattr(element, kind)
        if kind == "exception" or (kind == "alert" and drawn.format == Alert.ERROR):
            raise LoadError(f"{self.page or 'overview'}: {getattr(drawn, 'message', '') or drawn.body}")
        self.texts.append(str(getattr(drawn, "body", "")))
        if kind == "download_button":
            self.downloads.append(drawn.url)
        if kind == "button":
            self._note(drawn.id, [])
        elif kind == "button_group":
            self._note(drawn.id, [option.content for option in drawn.options])
        elif kind in ("multiselect", "selectbox"):
            self._note(drawn.id, list(drawn.options), takes_one=kind == "selectbox")

    def _note(self, name: str, options: list[str], *, takes_one: bool = False) -> None:
        key = name.split("-", 2)[-1]  # $$ID-hash-key
        self.widgets[key] = Widget(name, options, takes_one)
