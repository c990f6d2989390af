"""A process to copy: the funnel with its benchmarks and deadlines, the targets of its roles, and the company's own
entries of the playbook, in one TOML file.

A head office hands it to a new team. It holds no data: no leads, no labels of files, no person's target.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import tomli_w

from funnel.definition.definition import FunnelDefinition, Text, from_dict
from funnel.definition.file import with_line
from funnel.errors import InputError
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.strategies.playbook import own_entries
from funnel.planning.targets import Target


@dataclass(frozen=True)
class Process:
    """What a process file holds. ``playbook``: own entries as plain tables, which ``playbook.own_entries`` reads."""

    definition: FunnelDefinition
    targets: tuple[Target, ...] = ()
    playbook: tuple[Mapping[str, Any], ...] = ()


def template_of(definition: FunnelDefinition, name: Text) -> FunnelDefinition:
    """The stages under another name, without what the labels of this workspace's files mean."""
    return replace(definition, name=name, labels={}, merged={})


def process_to_toml(
    definition: FunnelDefinition, targets: Iterable[Target] = (), playbook: Iterable[Mapping[str, Any]] = ()
) -> str:
    """The definition, the targets that hold for whole roles, and own entries of the playbook (plain tables).

    ``process_from_toml`` reads it back.
    """
    data = definition.to_dict()
    shared = [target for target in targets if not target.person and target.stage in definition.keys]
    if shared:
        data["target"] = [
            {name: value for name, value in to_fields(target).items() if value is not None} for target in shared
        ]
    if own := list(playbook):
        data["playbook"] = own
    return tomli_w.dumps(data)


def process_from_toml(text: str) -> Process:
    """Read a process file; a bare definition file is one without targets and own entries.

    Raises InputError: ``definition.at_line`` (the line of what is wrong and what is allowed), or the bare error
    (``definition.*``, ``playbook.*``, ``plan.*``, ``target.*``) where no line is at fault.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise with_line(text, InputError("definition.not_toml", given=str(error))) from error
    rows, own = data.pop("target", []), data.pop("playbook", [])
    try:
        definition = from_dict(data)
        own_entries(own)
    except InputError as error:
        raise with_line(text, error) from error
    return Process(definition, tuple(_target(row, definition) for row in _tables(rows)), tuple(own))


def with_entries(standing: Iterable[Mapping[str, Any]], added: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The own entries of a workspace after a file brought more: one of the same key is replaced in its place."""
    return list({entry["key"]: dict(entry) for entry in (*standing, *added)}.values())


def _tables(rows: Any) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputError("definition.not_a_list", given=rows, where="target")
    return rows


def _target(row: Mapping[str, Any], definition: FunnelDefinition) -> Target:
    target = from_fields(Target, row)
    definition.position(target.stage)
    return target
