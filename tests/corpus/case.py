"""A file of the corpus with what it must give, and its twins in another order or without words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.corpus.pipeline import Truth
from tests.corpus.sheet import Sheet, as_csv

Ask = Literal["no", "may", "must"]
Write = Callable[[Sheet], bytes]


@dataclass(frozen=True)
class Case:
    """One reading. ``ask``: whether a question is uncalled for, welcome, or the only right answer ("must": a refusal
    in words is right, too). ``more``: further files, imported after the first in this order.
    """

    name: str
    kind: str
    sheet: Sheet
    ask: Ask = "no"
    write: Write = as_csv
    file_name: str = "deals.csv"
    more: tuple[tuple[str, Sheet], ...] = ()
    roles: dict[str, tuple[str, ...]] | None = None
    why: str = ""
    can_scramble: bool = False
    """Whether the headers and the labels can be made meaningless: the layouts, not the dirt on them."""
    truth: Truth | None = field(default=None)

    @property
    def expected(self) -> Truth:
        return self.truth or self.sheet.truth

    @property
    def right_roles(self) -> dict[str, tuple[str, ...]]:
        return self.sheet.roles() if self.roles is None else self.roles

    @property
    def files(self) -> list[tuple[str, bytes]]:
        return [(self.file_name, self.write(self.sheet))] + [(name, as_csv(sheet)) for name, sheet in self.more]


def variants(case: Case) -> Iterator[Case]:
    """The file, the same file shuffled, and for layouts the file without the words of its headers or its labels."""
    yield case
    if case.ask != "must" and case.write is as_csv and not case.more and not case.sheet.fixed_rows:
        yield replace(case, name=f"{case.name}~shuffled", sheet=case.sheet.shuffled())
    if case.can_scramble:
        blind = case.sheet.without_header_words()
        yield replace(case, name=f"{case.name}~headers", kind="headers scrambled", sheet=blind, ask="may", roles={})
        if (mute := case.sheet.without_label_words()) != case.sheet:
            yield replace(case, name=f"{case.name}~labels", kind="labels scrambled", sheet=mute, ask="may")
