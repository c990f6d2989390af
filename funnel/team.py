"""Who may change what, where people sign in: three roles, kept in one file that is read at every write.

Nobody has signed in on a laptop of one's own: then nothing is refused. Who has signed in is told by the pages
(``acting``); the one door through which a workspace is written asks (``allowed``) and notes who passed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from funnel.errors import AccessError, Message

Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do what those before may. A viewer looks; an editor does what can be taken back; an admin the rest."""

DEEDS: Mapping[str, Role] = {
    "create": "editor",
    "import": "editor",
    "undo": "editor",
    "redo": "editor",
    "reading": "editor",
    "record": "editor",
    "spend": "editor",
    "setting": "editor",
    "funnel": "editor",
    "backup": "editor",
    "rename": "admin",
    "restore": "admin",
    "delete": "admin",
    "forget": "admin",
}
"""What is done to a workspace → the least role that may do it."""

_LARGEST = 1 << 20
_PARTS = {"others", "people", "groups"}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who has signed in. ``groups``: as the provider names them; ``team``: the file of the roles; ``may``: the
    role where there is no such file; ``needs_team``: somebody has set that file, so that it must be there."""

    email: str
    groups: tuple[str, ...] = ()
    team: Path | None = None
    may: Role = "editor"
    needs_team: bool = False

    def role(self) -> Role:
        """The role by the file as it stands now. Raises AccessError ``team.file`` where it cannot be read."""
        return Team.read(self.team, must_be=self.needs_team).role_of(self) if self.team is not None else self.may


_ACTING: ContextVar[Actor | None] = ContextVar("_ACTING", default=None)


def act_as(actor: Actor | None) -> None:
    """From here on, in this thread, changes are those of ``actor``; null: of whoever sits at this machine."""
    _ACTING.set(actor)


@contextmanager
def acting(actor: Actor | None) -> Generator[None]:
    """Within it, changes are those of ``actor``."""
    before = _ACTING.set(actor)
    try:
        yield
    finally:
        _ACTING.reset(before)


def actor() -> Actor | None:
    """Who acts now; null where nobody has signed in."""
    return _ACTING.get()


def may(deed: str) -> bool:
    """Whether who acts may do it: what needs nobody's click is left to those who may."""
    who = actor()
    return who is None or ROLES.index(who.role()) >= ROLES.index(DEEDS[deed])


def allowed(deed: str) -> tuple[str, str]:
    """E-mail and role of who acts, both blank where nobody has signed in. Raises AccessError ``team.not_allowed``."""
    needed, who = DEEDS[deed], actor()
    if who is None:
        return "", ""
    role = who.role()
    if not may(deed):
        raise AccessError("team.not_allowed", role=Message(f"team.role.{role}"), needed=Message(f"team.role.{needed}"))
    return who.email, role


@dataclass(frozen=True)
class Team:
    """The roles by e-mail and by group (both in small letters), and that of everybody else who signs in."""

    people: Mapping[str, Role]
    groups: Mapping[str, Role]
    others: Role = "editor"

    @classmethod
    def read(cls, path: Path, *, must_be: bool = False) -> Team:
        """The file as it stands; without one, unless it ``must_be`` there, whoever may sign in is an editor.

        ``others = "viewer"``, a table ``[people]`` of e-mails and one ``[groups]``, each with a role. Raises
        AccessError ``team.file`` (missing, unreadable, no TOML, another word or role): then nothing is changed until it
        is put right.
        """
        try:
            if not must_be and not path.exists() and not path.is_symlink():
                return cls({}, {})
            if path.stat().st_size > _LARGEST:
                raise AccessError("team.file", file=path.name, given=path.stat().st_size)
            told = tomllib.loads(path.read_text(encoding="utf-8"))
            if unknown := told.keys() - _PARTS:  # a word that is not understood may be the one that holds people back
                raise AccessError("team.file", file=path.name, given=", ".join(sorted(unknown)))
            others = _role(told.get("others", "editor"), path)
            people, groups = (_roles(told.get(name, {}), path) for name in ("people", "groups"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise AccessError("team.file", file=path.name, given=str(error)) from error
        return cls(people, groups, others)

    def role_of(self, who: Actor) -> Role:
        """By e-mail where it is named, else the highest of the groups, else that of everybody else."""
        named = self.people.get(who.email.casefold())
        if named is not None:
            return named
        of_groups = [self.groups[one.casefold()] for one in who.groups if one.casefold() in self.groups]
        return max(of_groups, key=ROLES.index, default=self.others)


def _roles(told: Any, path: Path) -> dict[str, Role]:
    if not isinstance(told, dict):
        raise AccessError("team.file", file=path.name, given=str(told))
    return {str(name).casefold(): _role(role, path) for name, role in told.items()}


def _role(told: Any, path: Path) -> Role:
    role = next((one for one in ROLES if one == told), None)
    if role is None:
        raise AccessError("team.file", file=path.name, given=str(told))
    return role
