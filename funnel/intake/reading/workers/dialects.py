"""Workbooks as some programs write them, in the form that the reader of workbooks knows.

- .ods of Gnumeric and SheetJS: white space between the elements, which the reader takes for an error, and line breaks
  in cells, which it drops;
- .fods: the same document as one file of XML, without the zip around it;
- .xlsb of SheetJS: cells that leave out their column since they follow the one before (the reader skips them silently).

Loaded by ``books.py`` by its path: nothing of the application is imported.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

_BETWEEN_ELEMENTS = re.compile(rb">[ \t\r]*\n\s*<")
_LINE_BREAK = re.compile(rb"<text:line-break\s*/>")
_TAB = re.compile(rb"<text:tab\s*/>")
_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    "</manifest:manifest>"
)
_SHORT_CELLS = range(12, 19)  # BrtShortBlank … BrtShortIsst: as the records 1 to 7, without the column
_LONG_CELLS = range(1, 12)  # with the column in their first four bytes
_ROW = 0
_TRIED = 2000  # records of a sheet that show whether a program writes short cells


def plain_workbook(path: str) -> str | bytes:
    """The path of a workbook as it is, or the bytes of one that the reader understands. Raises BadZipFile, KeyError."""
    with Path(path).open("rb") as file:
        if file.read(2) != b"PK":
            file.seek(0)
            head = file.read(4096)
            return _open_document(Path(path).read_bytes()) if b"office:document" in head else path
    with zipfile.ZipFile(path) as archive:
        members = set(archive.namelist())
        if "content.xml" in members:
            return _open_document(archive.read("content.xml"))
        if "xl/workbook.bin" in members:
            return _binary(archive) or path
    return path


def _open_document(content: bytes) -> bytes:
    content = _BETWEEN_ELEMENTS.sub(b"><", content)
    content = _TAB.sub(b"\t", _LINE_BREAK.sub(b"\n", content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", content)
    return out.getvalue()


def _binary(archive: zipfile.ZipFile) -> bytes | None:
    """The workbook with every cell's column written out; None where they are."""
    changed = {}
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".bin"):
            sheet = archive.read(name)
            if _has_short_cells(sheet):
                changed[name] = _with_columns(sheet)
    if not changed:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for name in archive.namelist():
            copy.writestr(name, changed.get(name) or archive.read(name))
    return out.getvalue()


def _has_short_cells(sheet: bytes) -> bool:
    at = 0
    for _ in range(_TRIED):
        if at >= len(sheet):
            return False
        kind, start, stop = _record(sheet, at)
        if kind in _SHORT_CELLS:
            return True
        at = max(stop, start)
    return False


def _with_columns(sheet: bytes) -> bytes:
    parts: list[bytes] = []
    at, column = 0, -1
    while at < len(sheet):
        kind, start, stop = _record(sheet, at)
        if kind == _ROW:
            column = -1
        elif kind in _LONG_CELLS:
            column = int.from_bytes(sheet[start : start + 4], "little")
        if kind in _SHORT_CELLS:
            column += 1
            body = column.to_bytes(4, "little") + sheet[start:stop]
            parts.append(bytes([kind - 11]) + _size(len(body)) + body)
        else:
            parts.append(sheet[at:stop])
        at = stop
    return b"".join(parts)


def _record(sheet: bytes, at: int) -> tuple[int, int, int]:
    """Kind of the record at ``at``, and where its body starts and stops; numbers are written in groups of 7 bits."""
    kind = sheet[at]
    at += 1
    if kind & 0x80:
        kind = (kind & 0x7F) | (sheet[at] << 7) if at < len(sheet) else kind
        at += 1
    size = 0
    for shift in (0, 7, 14, 21):
        byte = sheet[at] if at < len(sheet) else 0
        at += 1
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return kind, at, at + size


def _size(n: int) -> bytes:
    found = bytearray()
    while n >= 0x80:
        found.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*found, n])
