"""A process to copy: the funnel with its benchmarks and deadlines, and the targets of its roles, in one TOML file.

A head office hands it to a new team. It holds no data: no leads, no labels of files, no person's target.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import tomli_w

from funnel.definition import FunnelDefinition, Text, from_dict
from funnel.definition_file import with_line
from funnel.errors import InputError
from funnel.planning.fields import from_fields, to_fields
from funnel.planning.targets import Target


@dataclass(frozen=True)
class Process:
    """What a process file holds."""

    definition: FunnelDefinition
    targets: tuple[Target, ...] = ()


def template_of(definition: FunnelDefinition, name: Text) -> FunnelDefinition:
    """The stages under another name, without what the labels of this workspace's files mean."""
    return replace(definition, name=name, labels={}, merged={})


def process_to_toml(definition: FunnelDefinition, targets: Iterable[Target] = ()) -> str:
    """The definition and the targets that hold for whole roles. ``process_from_toml`` reads it back."""
    data = definition.to_dict()
    shared = [target for target in targets if not target.person and target.stage in definition.keys]
    if shared:
        data["target"] = [
            {name: value for name, value in to_fields(target).items() if value is not None} for target in shared
        ]
    return tomli_w.dumps(data)


def process_from_toml(text: str) -> Process:
    """Read a process file; a bare definition file is one without targets.

    Raises InputError: ``definition.at_line`` (the line of what is wrong and what is allowed), or the bare error
    (``definition.*``, ``plan.*``, ``target.*``) where no line is at fault.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise with_line(text, InputError("definition.not_toml", given=str(error))) from error
    rows = data.pop("target", [])
    try:
        definition = from_dict(data)
    except InputError as error:
        raise with_line(text, error) from error
    return Process(definition, tuple(_target(row, definition) for row in _tables(rows)))


def _tables(rows: Any) -> list[Mapping[str, Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputError("definition.not_a_list", given=rows, where="target")
    return rows


def _target(row: Mapping[str, Any], definition: FunnelDefinition) -> Target:
    target = from_fields(Target, row)
    definition.position(target.stage)
    return target
