"""A funnel definition as a TOML file: written, and read with the line of whatever is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from funnel.definition.definition import FunnelDefinition
from funnel.errors import InputError

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_\-.]+)\s*=\s*(.*)$""")
_LABEL = re.compile(r"labels\[\d+\]")
_ENTRY = re.compile(r"(\[\d+\]) [^.]*")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line that names something: where it stands (``stages[2].sla.unit``) and the text of its value."""

    number: int
    place: str
    value: str


def definition_to_toml(definition: FunnelDefinition) -> str:
    """The definition as a TOML text that ``planning.process_file.process_from_toml`` reads back."""
    return tomli_w.dumps(definition.to_dict())


def with_line(text: str, error: InputError) -> InputError:
    """The error with the line of the file it speaks of; the same error where no line can be named."""
    number = _line_of(text, error)
    return error if number is None else InputError("definition.at_line", line=number, problem=error.message)


def _line_of(text: str, error: InputError) -> int | None:
    code, params = error.message.code, error.message.params
    if code == "definition.not_toml":
        found = _AT_LINE.search(str(params["given"]))
        return int(found[1]) if found else len(text.splitlines())
    lines = list(_named(text))
    stages = _stage_keys(lines)

    def first(place: str) -> int | None:
        return next((line.number for line in lines if line.place == place), None)

    def all_like(pattern: str, value: Any = None) -> list[int]:
        """Lines at a place, and with a value if one is asked for."""
        wanted = None if value is None else str(value)
        return [
            line.number
            for line in lines
            if re.fullmatch(pattern, line.place) and (wanted is None or wanted in _words(line.value))
        ]

    def of_stage(key: Any, field: str) -> int | None:
        at = stages.get(str(key))
        return None if at is None else (first(f"{at}.{field}") or first(at))

    given = params.get("given")
    match code.removeprefix("definition."):
        case "one_won_stage":
            marked = [line for key in list(given or ()) if (line := of_stage(key, "is_won"))]
            return max(marked) if marked else first("stages[1]")
        case "unknown_role":
            return of_stage(params["stage"], "owner_role")
        case "bad_benchmark":
            return of_stage(params["stage"], "benchmark.low") or of_stage(params["stage"], "benchmark")
        case "bad_sla":
            return of_stage(params["stage"], "sla.amount") or of_stage(params["stage"], "sla")
        case "post_sale_order":
            return of_stage(given, "is_post_sale")
        case "won_first":
            return of_stage(given, "is_won")
        case "bad_key":
            return of_stage(given, "key")
        case "duplicate_key":
            return (all_like(r"stages\[\d+\]\.key", given) or [None])[-1]
        case "circular_merge":
            return first(f"merged.{given}")
        case "unknown_stage":
            return next(iter(all_like(r"(?:merged|labels\[\d+\])\..+", given)), None)
        case "unknown_key":
            return first(_below(params["where"], given)) or first(_place(params["where"]))
        case "missing_key":
            labels = dict.fromkeys(found[0] for line in lines if (found := _LABEL.match(line.place)))
            blocks = labels if given == "labels" else [given]
            return next((first(_place(at)) for at in blocks if first(_below(at, params["key"])) is None), None)
        case "unknown_metric":
            return next(iter(all_like(r"stages\[\d+\]\.metrics", given)), None)
        case "unknown_unit":
            return next(iter(all_like(r"stages\[\d+\]\.sla(?:\.unit)?", given)), None)
        case "unknown_scope":
            return next(iter(all_like(r"labels(?:\[\d+\]\.scope)?", given)), None)
        case "stage_count_not_allowed":
            return first("stages[1]")
        case "playbook.duplicate_key":
            return (all_like(r"playbook\[\d+\]\.key", given) or [None])[-1]
    if "where" not in params:
        return None
    below = (first(_below(params["where"], params[name])) for name in ("key", "given") if name in params)
    return next((number for number in below if number is not None), first(_place(params["where"])))


def _named(text: str) -> Iterator[_Line]:
    """Every line that opens a table or sets a value. Values of inline tables are named one by one."""
    prefix, place, counts = "", "", {}
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            name = header[2].replace('"', "").replace("'", "")
            if header[1] == "[[":
                counts[name] = counts.get(name, 0) + 1
            head, _, rest = name.partition(".")
            prefix = f"{head}[{counts[head]}]" + (f".{rest}" if rest else "") if head in counts else name
            yield _Line(number, prefix, "")
            continue
        found = _KEY.match(line)
        if found:
            place = f"{prefix}.{_bare(found[1])}" if prefix else _bare(found[1])
            yield _Line(number, place, found[2])
            inline = re.findall(r"[{,]\s*([A-Za-z0-9_\-]+)\s*=\s*(\"[^\"]*\"|[^,}]*)", found[2])
            for key, value in inline if found[2].lstrip().startswith("{") else ():
                yield _Line(number, f"{place}.{key}", value)
        elif place:
            yield _Line(number, place, line)  # goes on with a list of several lines


def _bare(key: str) -> str:
    return key.strip("\"'")


def _words(value: str) -> set[str]:
    """The single values of a line: texts without their quotes, numbers, marks."""
    return {a or b or c for a, b, c in re.findall(r"\"([^\"]*)\"|'([^']*)'|([^\s,\[\]{}=\"']+)", value)}


def _stage_keys(lines: list[_Line]) -> Mapping[str, str]:
    """Stage key → its place in the file; the last one where a key stands twice."""
    return {
        next(iter(_words(line.value)), ""): line.place.removesuffix(".key")
        for line in lines
        if re.fullmatch(r"stages\[\d+\]\.key", line.place)
    }


def _place(where: Any) -> str:
    """The place of an error as the lines name it: what stands under "funnel" is not under any header, and an entry of
    the playbook is named by its number alone ("playbook[2] its_key.aim")."""
    return _ENTRY.sub(r"\1", str(where).removeprefix("funnel."))


def _below(where: Any, key: Any) -> str:
    return str(key) if where == "funnel" else f"{_place(where)}.{key}"
