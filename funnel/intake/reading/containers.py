"""What a file is by its first bytes, and what is inside it: gzip and zip are unpacked, but never past a limit."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from funnel.errors import InputError, Message

Content = Literal["text", "markup", "xlsx", "xls", "parquet"]
Inside = Literal["zip", "duckdb", "sqlite"]
"""A file that holds tables as files of their own."""

MAX_UNPACKED = 2 << 30  # bytes; the largest file that was tried is 605 MB
_MAX_RATIO = 300  # a real table packs 5 to 50 times smaller
_FREE_UNPACKED = 64 << 20  # up to here the ratio does not matter
_MAX_DEPTH = 3
_CHUNK = 1 << 20
_HEAD = 4096
# Formats of spreadsheets that are told by name, not guessed at as CSV: (what the file holds, its name).
_OLD_SHEETS = (
    (re.compile(rb"ID;P[^\r\n]*[\r\n]+(?s:.*?)[\r\n]C;(?:[YX]\d+;){1,2}K"), "SYLK (.slk)"),
    (re.compile(rb"TABLE\r?\n0,1\r?\n"), "DIF (.dif)"),
    (re.compile(rb"socialcalc:version"), "EtherCalc"),
    (re.compile(rb"\{\\rtf"), "RTF (.rtf)"),
)
_FLAT_DOCUMENT = re.compile(rb"<office:document\b")
_TABLE_TAG = re.compile(rb"<(?:\w+:)?(?:table|worksheet)[\s>]", re.IGNORECASE)

_SQLITE, _DUCKDB = b"SQLite format 3\0", b"DUCK"  # DuckDB's stand at byte 8, after a checksum
# First bytes of what people upload by mistake; the sentence names it.
_OTHER = (
    (b"%PDF", "reading.content.pdf"),
    (b"\x89PNG", "reading.content.image"),
    (b"\xff\xd8\xff", "reading.content.image"),
    (b"GIF8", "reading.content.image"),
    (b"Rar!", "reading.content.archive"),
    (b"7z\xbc\xaf", "reading.content.archive"),
)
_WORKBOOK_PARTS = {"xl/workbook.xml", "xl/workbook.bin", "[Content_Types].xml", "content.xml"}


def open_container(data: bytes) -> tuple[Content, bytes]:
    """The kind of table file in ``data``, by content, and its bytes without gzip or zip around it.

    Raises InputError: ``reading.empty_file``, ``reading.zip_bomb``, ``reading.damaged``, ``reading.password``,
    ``reading.zip_of_several``, ``reading.not_a_table``, ``reading.save_as``.
    """
    for _ in range(_MAX_DEPTH):
        if not data:
            raise InputError("reading.empty_file")
        if data.startswith(b"\x1f\x8b"):
            data = _gunzip(data)
        elif data.startswith(b"PK\x03\x04"):
            inner = _zip(data)
            if inner is None:
                return "xlsx", data
            data = inner
        elif data.startswith(b"PK\x05\x06"):
            raise InputError("reading.empty_file")
        else:
            return _plain(data), data
    raise InputError("reading.not_a_table", given=Message("reading.content.archive"))


def what_is_inside(path: Path) -> Inside | None:
    """Whether a file holds tables as files of their own; null for any other, also for a zip around one table.

    A zip that cannot be read is null, too: it is refused when it is read as a table.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    database = _database(head)
    if database is not None:
        return database
    if not head.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
            if {m.filename for m in members} & _WORKBOOK_PARTS:
                return None
            if len(members) != 1:
                return "zip" if members else None
            if members[0].flag_bits & 1:
                return None
            with archive.open(members[0]) as file:
                first = file.read(_HEAD)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError):
        return None
    return "zip" if _database(first) else None


def _database(head: bytes) -> Literal["duckdb", "sqlite"] | None:
    if head.startswith(_SQLITE):
        return "sqlite"
    # a CSV may have these letters there, but no number of eight bytes (the form of the file) behind them
    return "duckdb" if head[8:12] == _DUCKDB and head[14:20] == bytes(6) else None


def _plain(data: bytes) -> Content:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # an encrypted .xlsx is an OLE file too, with this stream instead of a workbook
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise InputError("reading.password")
        return "xls"
    if data.startswith(b"PAR1"):
        return "parquet"
    if data[:2] == b"\x09\x08" or data[:4] in (b"\x09\x04\x06\x00", b"\x09\x02\x06\x00"):
        return "xls"  # BIFF of before Excel 97, without OLE around it
    if _database(data[:_HEAD]):
        raise InputError("reading.not_a_table", given=Message("reading.content.database"))
    for magic, name in _OTHER:
        if data.startswith(magic):
            raise InputError("reading.not_a_table", given=Message(name))
    for pattern, title in _OLD_SHEETS:
        if pattern.match(data[:_HEAD]):
            raise InputError("reading.save_as", given=title)
    if _FLAT_DOCUMENT.search(data[:_HEAD]):
        return "xlsx"  # of OpenDocument, in one file
    return "markup" if _is_markup(data) else "text"


def _is_markup(data: bytes) -> bool:
    """A web page or an XML document: it begins with a tag and says what it is, or has a table."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    head = data[:4096].decode("utf-16", "ignore").encode() if wide else data[:4096]
    head = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<?xml", b"<workbook")):
        return True
    if not head.startswith(b"<"):
        return False  # before the whole of a large file is looked at
    return _TABLE_TAG.search(data.decode("utf-16", "ignore").encode() if wide else data) is not None


def _gunzip(data: bytes) -> bytes:
    """All members of a gzip file. A file cut off in the middle is refused: its last rows would be missing."""
    parts: list[bytes] = []
    size = 0
    rest = data
    while rest.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            while not unpacker.eof and (rest or unpacker.unconsumed_tail):
                part = unpacker.decompress(unpacker.unconsumed_tail or rest, _CHUNK)
                rest = b""
                size += len(part)
                _refuse_bomb(size, len(data))
                parts.append(part)
        except zlib.error as error:
            raise InputError("reading.damaged", given="gzip") from error
        if not unpacker.eof:
            raise InputError("reading.damaged", given="gzip")
        rest = unpacker.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _zip(data: bytes) -> bytes | None:
    """None for a workbook; the content of the only file of any other zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _is_litter(m.filename)]
            _refuse_bomb(sum(m.file_size for m in members), len(data))
            if {m.filename for m in members} & _WORKBOOK_PARTS:
                _refuse_lying_sizes(members, data)
                return None
            if len(members) != 1:
                raise InputError("reading.zip_of_several", given=len(members))
            if members[0].flag_bits & 1:
                raise InputError("reading.password")
            with archive.open(members[0]) as file:
                return file.read(MAX_UNPACKED)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError) as error:
        raise InputError("reading.damaged", given="zip") from error


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.endswith(".DS_Store")


def _refuse_lying_sizes(members: list[zipfile.ZipInfo], data: bytes) -> None:
    """Unpack without keeping anything where the sizes in the directory could hide a bomb (zlib packs up to 1032:1)."""
    for member in members:
        if member.compress_size * 1032 <= _FREE_UNPACKED or member.compress_type != zipfile.ZIP_DEFLATED:
            continue
        local = data[member.header_offset : member.header_offset + 30]
        lengths = int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
        start = member.header_offset + 30 + lengths
        packed = memoryview(data)[start : start + member.compress_size]
        unpacker = zlib.decompressobj(wbits=-15)
        size = 0
        for at in range(0, len(packed), _CHUNK):
            tail = bytes(packed[at : at + _CHUNK])
            while tail and not unpacker.eof:
                size += len(unpacker.decompress(tail, _CHUNK))
                _refuse_bomb(size, len(data))
                tail = unpacker.unconsumed_tail


def _refuse_bomb(size: int, packed: int) -> None:
    allowed = min(MAX_UNPACKED, max(_FREE_UNPACKED, _MAX_RATIO * packed))
    if size > allowed:
        raise InputError("reading.zip_bomb", given_mb=size >> 20, allowed_mb=allowed >> 20)
