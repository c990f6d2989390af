"""What people in a meeting do: open a page, look, filter, go to another page, close the lid and come back."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.load.tab import LoadError, Tab

LOOKS = (2.0, 10.0)
"""Seconds between two clicks of one person, evenly."""
AWAY = (5.0, 30.0)
"""Seconds of a closed lid."""
PAGES = ("", "bottleneck", "outlook", "plan", "tracking", "retrospective", "import_data", "settings", "guide")
_DOES = (("filter", 5), ("page", 4), ("back", 1), ("anew", 1))
"""What is done next, and how often."""


@dataclass
class Seen:
    """What happened to all of them. ``clicks``: what was done, seconds since the start, seconds that it took."""

    begun: float = field(default_factory=time.monotonic)
    clicks: list[tuple[str, float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def add(self, what: str, tab: Tab) -> None:
        self.clicks.append((what, time.monotonic() - self.begun, tab.seconds[-1]))


async def person(
    port: int, workspace: str, rng: random.Random, until: float, seen: Seen, looks: tuple[float, float]
) -> None:
    """One person until the clock (monotonic) says ``until``: tab after tab, click after click."""
    await asyncio.sleep(rng.uniform(0, looks[1]))
    while time.monotonic() < until:
        try:
            page = rng.choice(PAGES)
            async with Tab(port, f"workspace={quote(workspace)}&lang=en", page) as tab:
                seen.add("open", tab)
                while time.monotonic() < until:
                    await asyncio.sleep(rng.uniform(*looks))
                    does = rng.choices([what for what, _ in _DOES], [n for _, n in _DOES])[0]
                    if does == "anew":
                        break
                    await _do(does, tab, rng)
                    seen.add(does, tab)
        except LoadError as error:
            seen.errors.append(str(error))
            await asyncio.sleep(rng.uniform(*looks))


async def _do(does: str, tab: Tab, rng: random.Random) -> None:
    if does == "page":
        await tab.go(rng.choice([page for page in PAGES if page != tab.page]))
    elif does == "back":
        await tab.leave()
        await asyncio.sleep(rng.uniform(*AWAY))
        await tab.come_back()
    elif rng.random() < 0.5:
        await tab.choose("window", [rng.choice(tab.widgets["window"].options[:4])])
    else:
        key = rng.choice(("source", "owner", "segment"))
        await tab.choose(key, rng.sample(tab.widgets[key].options, rng.randint(0, 2)))


async def meeting(
    port: int, workspaces: Sequence[str], n: int, seconds: float, seed: int, looks: tuple[float, float] = LOOKS
) -> Seen:
    """``n`` people for so many seconds, the first in the first workspace, the second in the second …"""
    seen = Seen()
    until = time.monotonic() + seconds
    each = [
        person(port, workspaces[i % len(workspaces)], random.Random(seed * 1000 + i), until, seen, looks)
        for i in range(n)
    ]
    await asyncio.gather(*each)
    return seen
