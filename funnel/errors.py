"""What can go wrong, as values.

Every error and every fact worth telling a person is a code with parameters; ``funnel.i18n`` turns it into a sentence
in the language of the session. Nothing below the pages writes prose, so one report can be shown in two languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A fact as ``code`` + ``params``; ``funnel.i18n`` holds its sentence (what was given, what is allowed, what to
    do).
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted((k, str(v)) for k, v in self.params.items()))))


class FunnelError(Exception):
    """Anything the user can be told in one sentence. ``message`` carries the code and the parameters of that
    sentence.
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.message = Message(code, MappingProxyType(params))
        super().__init__(code, params)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.message.code, dict(self.message.params))  # errors travel between processes

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self.message.params.items())
        return f"{self.message.code}({shown})"


def _again(kind: type[FunnelError], code: str, params: dict[str, Any]) -> FunnelError:
    return kind(code, **params)


class InputError(FunnelError):
    """Something a person gave (a file, a label, a date, a definition) cannot be used as it is."""


class StorageError(FunnelError):
    """The workspace file cannot be opened, read or written."""


class AccessError(FunnelError):
    """Who has signed in may not do this, or the file of the roles cannot be read."""


class ConflictError(FunnelError):
    """Somebody else changed the same thing in between; both values are in ``message.params``."""
