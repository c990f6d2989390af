"""Page runs drawn from a seed: each opens one page of one workspace by a link, and must not end in the unforeseen."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from streamlit.testing.v1 import AppTest

from funnel.i18n.translator import LANGUAGES, Translator
from pages.shell.config import app_settings
from pages.shell.navigation import GROUPS
from tests.conftest import ROOT
from tests.fuzz.worlds import NAMES, World, a_world

PAGES = tuple(stem for pages in GROUPS.values() for stem, _, _ in pages)
SHAPES = tuple((n, won) for n in range(2, 11) for won in range(2, n + 1))
"""Every funnel there can be: the number of stages and the place of the win."""
RUNS_PER_WORLD = 5


@dataclass(frozen=True)
class Run:
    """One opening of one page. ``failed``: why it ended in the unforeseen; blank when it did not."""

    number: int
    world: World
    page: str
    link: dict[str, str | list[str]]
    failed: str = ""

    def __str__(self) -> str:
        return f"run {self.number}: {self.page} {self.link} in a workspace of {self.world.words}"


def runs(seed: int, n: int, folder: Path, use: Callable[[Path], None]) -> Iterator[Run]:
    """``n`` runs of the stream that ``seed`` begins, in workspaces written below ``folder``.

    ``use`` lets the application keep its workspaces in a folder. The shapes of funnels are gone through in a random
    order, so that ``len(SHAPES) * RUNS_PER_WORLD`` runs see them all.
    """
    draw = Random(seed)
    shapes: list[tuple[int, int]] = []
    for number in range(n):
        if number % RUNS_PER_WORLD == 0:
            shapes = shapes or draw.sample(SHAPES, len(SHAPES))
            world = a_world(draw, folder / str(number), *shapes.pop())
            use(world.folder)
            pages = draw.sample(PAGES, len(PAGES))
        run = Run(number, world, pages[number % RUNS_PER_WORLD], a_link(draw, world))
        yield Run(run.number, run.world, run.page, run.link, unforeseen(run))


def a_link(draw: Random, world: World) -> dict[str, str | list[str]]:
    """A link as it may come out of an old mail or a slip of the hand: each part may be right, old or nonsense."""
    keys = world.definition.keys

    def a_day() -> str:
        near = world.last + timedelta(days=draw.randint(-900, 40))
        return draw.choice((str(near), str(near), "0001-01-01", "1969-12-31", "2035-05-05", "9999-12-31", "soon", ""))

    parts: dict[str, Callable[[], str | list[str]]] = {
        "as_of": a_day,
        "window": lambda: draw.choice(("all", "3m", "6m", "12m", "dates", "dates", "ever")),
        "dates": lambda: [a_day() for _ in range(draw.choice((1, 2, 2, 2, 3)))],
        **{name: lambda values=values: [draw.choice((*values, "", "nobody"))] for name, values in NAMES.items()},
        "workspace": lambda: draw.choice((world.name, "gone")),
        "basis": lambda: draw.choice(("lead_cohort", "own", "strict", "activity", "guess")),
        "every": lambda: draw.choice(("month", "week", "year")),
        "by": lambda: draw.choice(("source", "owner", "segment", "weather")),
        "step": lambda: draw.choice((*keys, "overall", "gone")),
        "bottleneck_step": lambda: draw.choice((*keys, "auto", "gone")),
        "bottleneck_by": lambda: draw.choice(("source", "owner", "gone")),
        "own_past": lambda: [draw.choice((*keys, "gone"))],
        "sheet": lambda: draw.choice(("2026-W27", "2026-07", "2015-W99", "0000-W01", "9999-12", "x")),
        "saved": lambda: "gone",
        "pair": lambda: draw.choice(("months", "month", "change", "gone")),
        "pair_length": lambda: draw.choice(("1", "3", "12", "999")),
        "pair_month": lambda: draw.choice((f"{world.last:%Y-%m}", "2001-01", "x")),
        "pair_change": lambda: draw.choice(("day", "S1", "gone")),
        "pair_day": a_day,
        "present": lambda: draw.choice(("0", "3", "99", "-1")),
        "tab": lambda: draw.choice(("funnel", "benchmarks", "money", "spend", "backup", "trust", "forget", "x")),
    }
    link = {key: make() for key, make in parts.items() if draw.random() < 0.35}
    return {"lang": draw.choice((*LANGUAGES, "xx")), **link}


def unforeseen(run: Run) -> str:
    """Open the page as the run says: why it ended in the unforeseen, blank when it did not."""
    told = _Listener()
    logging.getLogger("funnel").addHandler(told)
    try:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        for key, value in run.link.items():
            at.query_params[key] = value
        if run.page != "overview":
            at.switch_page(f"pages/{run.page}.py")
        at.run()
    finally:
        logging.getLogger("funnel").removeHandler(told)
    sentences = {Translator(language).message_of("app.unexpected") for language in LANGUAGES}
    shown = [str(error.value) for error in at.error if any(sentence in str(error.value) for sentence in sentences)]
    return "\n".join([*told.heard, *(str(error.value) for error in at.exception), *shown])


def use_folder(folder: Path) -> None:
    """For a process of its own: the application of the next run keeps its workspaces in ``folder``."""
    app_settings().data_dir = folder


class _Listener(logging.Handler):
    """What the application writes into its log when something happens that it did not foresee."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        lines = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
        self.heard.append(f"{record.getMessage()}\n{lines}")
