"""Where pages hand text to Streamlit, which reads Markdown in it; and which of that text is known to be harmless."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FIRST = {
    "markdown", "caption", "info", "success", "warning", "error", "title", "header", "subheader", "toast", "expander",
    "popover", "button", "download_button", "form_submit_button", "link_button", "checkbox", "toggle", "radio",
    "selectbox", "multiselect", "segmented_control", "pills", "text_input", "text_area", "number_input", "date_input",
    "time_input", "slider", "select_slider", "file_uploader", "dialog", "spinner", "status", "badge", "tabs", "write",
}  # fmt: skip
"""Calls whose first argument Streamlit reads as Markdown."""

ALL = {"metric"}
NAMED = {"help", "label", "captions", "body", "delta_description"}
READ_OPTIONS = {"radio", "segmented_control", "pills"}
"""Widgets that read Markdown in their options, too; the others show options as they are."""

OURS = {
    "term", "help", "explained", "formula", "number", "percent", "percent_range", "signed", "points", "money", "days",
    "date", "moment", "month", "period", "message_of", "currency_name", "country",
}  # fmt: skip
"""Methods of the Translator that render nothing of a file or a person."""

HARMLESS = {
    "plain_text", "said", "role_name", "exit_name", "owner_role_name", "len", "name_of", "task_of", "guide_line",
    "sample_words", "way_on",
}  # fmt: skip
"""Functions that make text harmless or return our own words."""

COUNTS = {
    "n", "most", "n_rows", "n_all", "of", "day", "time", "points", "rate", "low", "high", "first", "last", "start",
    "end", "before", "worth", "days", "month", "share", "places", "allowed", "weeks", "percent",
}  # fmt: skip
"""Names of params that are numbers, days and times by convention."""


def offences(path: Path) -> Iterator[tuple[ast.expr, str]]:
    """Every text of a file under pages that reaches Streamlit without being harmless, with the name of the call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        name = call.func.attr
        is_streamlit = (
            name in FIRST | ALL or name in {"page_link", "progress"} or "column_config" in ast.unparse(call.func)
        )
        if not is_streamlit or ast.unparse(call.func.value) in {"log", "dt", "figure", "t", "shell.t"}:
            continue
        texts = call.args[: (1 if name in FIRST else 3 if name in ALL else 0)]
        texts += [
            word.value
            for word in call.keywords
            if word.arg in NAMED and not ("column_config" in ast.unparse(call.func) and word.arg == "label")
        ]
        if name in READ_OPTIONS:
            texts += [word.value for word in call.keywords if word.arg == "format_func"]
        for text in texts:
            yield from ((part, name) for part in _parts(text))


def _parts(text: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression that are not known to be harmless."""
    match text:
        case ast.Constant():
            return
        case ast.JoinedStr(values=values):
            for value in values:
                if isinstance(value, ast.FormattedValue):
                    yield from _parts(value.value)
        case ast.BinOp(left=left, right=right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.IfExp(body=body, orelse=other):
            yield from _parts(body)
            yield from _parts(other)
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            for value in values:
                yield from _parts(value)
        case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
            yield from _parts(elt)
        case ast.Lambda(body=body):
            yield from _parts(body)
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[arg]):
            yield from _parts(arg)
        case ast.Call(func=ast.Name(id=name)) if name in HARMLESS:
            return
        case ast.Call(func=ast.Attribute(attr=name)) if name in OURS:
            return
        case ast.Call(func=func, args=[ast.Constant()], keywords=words) if ast.unparse(func) in {
            "t",
            "shell.t",
            "self.t",
        }:
            if any(word.arg not in COUNTS and list(_parts(word.value)) for word in words):
                yield text
        case ast.Subscript(value=ast.Dict(values=values)):
            for value in values:
                yield from _parts(value)
        case _:
            yield text
