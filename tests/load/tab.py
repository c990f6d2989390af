"""One browser tab as the server sees it: what is drawn is read, and clicks are sent, over the websocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

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


class LoadError(Exception):
    """The server did not do what a person could expect."""


@dataclass
class Widget:
    """A control as it was drawn last: the id under which its value is sent, and what can be chosen."""

    id: str
    options: Sequence[str] = ()


@dataclass
class Tab:
    """``async with Tab(port, query) as tab``: an open tab. ``seconds``: how long each run took, from the click until
    everything was drawn."""

    port: int
    query: str
    page: str = ""
    widgets: dict[str, Widget] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    _session: str = ""
    _page_hash: str = ""
    _seen: dict[str, int] = field(default_factory=dict)
    _values: dict[str, list[str]] = field(default_factory=dict)
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
        protocols = ["streamlit", "nobody", *([self._session] if self._session else [])]
        self._socket = await connect(
            f"ws://localhost:{self.port}/_stcore/stream",
            subprotocols=[Subprotocol(one) for one in protocols],
            origin=f"http://localhost:{self.port}",  # ty: ignore[invalid-argument-type]
            max_size=None,
        )

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
        self._page_hash, self.page = self.pages[page], page
        self._values.clear()
        await self.run()

    async def choose(self, key: str, values: list[str]) -> None:
        """Another choice in a control that takes texts."""
        self._values[self.widgets[key].id] = values
        await self.run()

    async def run(self) -> None:
        """One run of the page, until it has ended. Raises LoadError where it shows an error or does not end."""
        assert self._socket is not None
        said = BackMsg()
        asked = said.rerun_script
        asked.query_string, asked.page_script_hash = self.query, self._page_hash
        asked.page_name = "" if self._page_hash else self.page
        asked.context_info.url = f"http://localhost:{self.port}/{self.page}"
        asked.context_info.locale, asked.context_info.timezone = "en-US", "Europe/Berlin"
        asked.cached_message_hashes.extend(self._seen)
        for name, values in self._values.items():
            state = asked.widget_states.widgets.add()
            state.id = name
            state.string_array_value.data.extend(values)
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
                self._page_hash = message.new_session.page_script_hash
            elif kind == "navigation":
                self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
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
        if kind == "button_group":
            self._note(drawn.id, [option.content for option in drawn.options])
        elif kind in ("multiselect", "selectbox"):
            self._note(drawn.id, list(drawn.options))

    def _note(self, name: str, options: list[str]) -> None:
        key = name.split("-", 2)[-1]  # $$ID-hash-key
        self.widgets[key] = Widget(name, options)
