"""``python -m tests.fuzz.bad_files [N] [SEED]``: N generated bad files (3,000 unless given), from bytes to a batch.

A file begins as a clean table, is written in one of the formats that the application reads, and is then spoiled: cut,
changed bytes, NULs, mixed encodings, stray quotes, ragged rows, repeated headers, huge cells, wrong endings. All are
small and harmless. Whatever comes, a file ends in a batch or in an ``InputError``, nothing else; every row that was
read is accepted, rejected, left out or blank; and a bad file takes at most 20 times as long as its clean one.

``--memory`` measures what damage all over a file of some MB takes, and tables of 200 columns or 5,000 labels, each in
a process of its own, against a clean file of as many bytes (Linux).
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from funnel.definition.definition import FunnelDefinition, load_templates
from funnel.errors import InputError
from funnel.intake.batches.normalizing import normalize
from funnel.intake.mapping import ColumnMapping, RawTable
from funnel.intake.proposing.propose import propose
from funnel.intake.reading.reader import read_table
from funnel.schema import Entries, LeadRows, Rejected
from funnel.trial import judge
from tests.conftest import ROOT

SLOWER, MOMENT = 20, 1.0
"""A bad file may take so many times the CPU seconds of its clean one, and a moment."""
MORE_MEMORY = 10
APART = 0.06
"""Share of the files that a reader in a process of its own reads: each costs a new interpreter."""
_DAY = date(2026, 7, 1)

Rows = list[list[str]]


@cache
def definition() -> FunnelDefinition:
    return load_templates(ROOT / "data" / "templates")["general_b2b"]


# --- clean tables -----------------------------------------------------------------------------------------------------


def clean(rng: random.Random) -> Rows:
    """A header and 5–60 leads, in English or Chinese, with a random choice of columns."""
    english = rng.random() < 0.6
    stages = ("Lead", "Qualified", "Proposal", "Closed Won", "Closed Lost")
    chinese = ("线索", "意向", "报价", "成交", "输单")
    columns: list[tuple[str, str, Callable[[int], str]]] = [
        ("Deal ID", "商机编号", lambda i: f"D-{i:04d}"),
        ("Stage", "阶段", lambda i: (stages if english else chinese)[i % 5]),
        ("Create Date", "创建日期", lambda i: f"2026-{1 + i % 6:02d}-{1 + i % 28:02d}"),
        ("Amount", "金额", lambda i: f"{1000 + 37 * i}"),
        ("Owner", "负责人", lambda i: ("Li Na", "王芳", "Ann")[i % 3]),
        ("Source", "来源", lambda i: ("web", "展会", "")[i % 3]),
        ("Notes", "备注", lambda i: f"called, twice; {i}"),
    ]
    chosen = [columns[0], *rng.sample(columns[1:], rng.randint(2, 6))]
    header = [name if english else other for name, other, _ in chosen]
    return [header, *([make(i) for _, _, make in chosen] for i in range(rng.randint(5, 60)))]


def as_text(rows: Rows, mark: str = ",") -> str:
    quoted = [[f'"{cell}"' if mark in cell or '"' in cell else cell for cell in row] for row in rows]
    return "\n".join(mark.join(row) for row in quoted) + "\n"


def _json(rows: Rows) -> bytes:
    return json.dumps([dict(zip(rows[0], row, strict=False)) for row in rows[1:]], ensure_ascii=False).encode()


def _html(rows: Rows) -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><body><table>{body}</table></body></html>".encode()


def _frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(rows[1:], schema=[f"{i}_{name}" for i, name in enumerate(rows[0])], orient="row")


def _xlsx(rows: Rows) -> bytes:
    out = io.BytesIO()
    _frame(rows).write_excel(out)
    return out.getvalue()


def _parquet(rows: Rows) -> bytes:
    out = io.BytesIO()
    _frame(rows).write_parquet(out)
    return out.getvalue()


def _zipped(rows: Rows) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("leads.csv", as_text(rows))
    return out.getvalue()


TEXTS: dict[str, Callable[[Rows], bytes]] = {
    "csv": lambda rows: as_text(rows).encode(),
    "semicolon": lambda rows: as_text(rows, ";").encode(),
    "tab": lambda rows: as_text(rows, "\t").encode(),
    "pipe": lambda rows: as_text(rows, "|").encode(),
    "gb18030": lambda rows: as_text(rows).encode("gb18030"),
    "utf-16": lambda rows: as_text(rows).encode("utf-16"),
    "json": _json,
    "gzip": lambda rows: gzip.compress(as_text(rows).encode(), mtime=0),
    "zip": _zipped,
}
PROCESSES: dict[str, Callable[[Rows], bytes]] = {"html": _html, "xlsx": _xlsx, "parquet": _parquet}


# --- damage -----------------------------------------------------------------------------------------------------------


def spoiled_rows(rng: random.Random, rows: Rows) -> tuple[str, Rows]:
    """The table with one thing wrong in it."""
    rows = [list(row) for row in rows]
    some = rng.randrange(1, len(rows))
    column = rng.randrange(len(rows[0]))
    how = rng.choice([*_CELLS, "ragged", "header again", "blank rows", "names", "no header", "one column", "total"])
    if how in _CELLS:
        for _ in range(rng.randint(1, 8)):
            row = rows[rng.randrange(1, len(rows))]
            row[column % len(row)] = _CELLS[how]
    elif how == "ragged":
        rows[some] = rows[some][:1] if rng.random() < 0.5 else [*rows[some], "x", "y"]
    elif how == "header again":
        rows.insert(some, rows[0])
    elif how == "blank rows":
        rows[some:some] = [[""] * len(rows[0])] * rng.randint(1, 30)
    elif how == "names":
        rows[0] = [rows[0][0]] * len(rows[0])
    elif how == "no header":
        rows = rows[1:]
    elif how == "one column":
        rows = [row[:1] for row in rows]
    else:
        rows.append(["Total", *["123"] * (len(rows[0]) - 1)])
    return how, rows


_CELLS = {
    "nan": "NaN",
    "infinity": "1e999",
    "no day": "2026-02-31",
    "far day": "9999-12-31 23:59",
    "formula": '=HYPERLINK("x","y")',
    "long cell": "x" * 20_000,
    "long number": "9" * 400,
    "quotes": 'a"b""c',
    "line breaks": "a\nb\r\nc",
    "marks": "\u202e\u200b\ufeff\ud7ff",
    "control": "\x00\x01\x1b[31m",
    "numerals": "三百万零五十亿",
    "brackets": "[{(" * 50,
    "percent": "12,5 %",
}


def spoiled_bytes(rng: random.Random, data: bytes) -> tuple[str, bytes]:
    """The file with its bytes damaged."""
    how = rng.choice(
        ["cut", "flip", "zeros", "other encoding", "doubled", "head lost", "noise", "quote", "marks", "ends"]
    )
    at = rng.randrange(max(1, len(data)))
    if how == "cut":
        data = data[:at]
    elif how == "flip":
        changed = bytearray(data)
        for _ in range(rng.randint(1, 30)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        data = bytes(changed)
    elif how == "zeros":
        data = data[:at] + bytes(rng.randint(1, 400)) + data[at:]
    elif how == "other encoding":
        data = (
            data[:at]
            + rng.choice(["名称，", "Größe;", "é"]).encode(rng.choice(["gb18030", "utf-16-le", "utf-8"]))
            + data[at:]
        )
    elif how == "doubled":
        data = data + data
    elif how == "head lost":
        data = data[at:]
    elif how == "noise":
        data = rng.randbytes(rng.randint(0, 3000))
    elif how == "quote":
        data = data[:at] + b'"' + data[at:]
    elif how == "marks":
        data = (
            rng.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"<table>", b"{", b"[["])
            + data
        )
    else:
        data = data.replace(b"\n", rng.choice([b"\r", b"\r\n", b"\n\n", b"\x0b"]))
    return how, data


@dataclass(frozen=True)
class BadFile:
    """A spoiled file and the clean one that it was made of."""

    what: str
    data: bytes
    clean: bytes


def bad_file(seed: int) -> BadFile:
    """The file of a seed."""
    rng = random.Random(seed)
    rows = clean(rng)
    kinds = PROCESSES if rng.random() < APART else TEXTS
    kind = rng.choice(list(kinds))
    done = []
    spoiled = rows
    for _ in range(rng.choice([0, 1, 1, 2])):
        how, spoiled = spoiled_rows(rng, spoiled)
        done.append(how)
        if len(spoiled) < 3:
            break
    if kind in ("xlsx", "parquet"):
        width = len(spoiled[0])
        spoiled = [[*row, *[""] * width][:width] for row in spoiled]
        spoiled[0] = [name[:200] for name in spoiled[0]]
    data = kinds[kind](spoiled)
    if not done or rng.random() < 0.6:
        how, data = spoiled_bytes(rng, data)
        done.append(how)
    return BadFile(f"{kind}: {', '.join(done)}", data, kinds[kind](rows))


# --- what must hold ---------------------------------------------------------------------------------------------------


def check_table(table: RawTable) -> None:
    counted = (
        table.frame.height + table.n_blank + table.n_repeated_header + table.left_out.height + table.rejected.height
    )
    assert table.n_rows == counted, f"{table.n_rows} rows, counted {counted}"
    assert len(table.columns) == table.frame.width == len(set(table.columns))


def through(data: bytes) -> str:
    """Carry a file from its bytes to a batch; what it ended as. Raises what it must not raise."""
    try:
        table = read_table(data, "leads.csv")
    except InputError as error:
        return error.message.code
    check_table(table)
    try:
        mapping: ColumnMapping = propose(table, definition(), judge).mapping
        batch = normalize(table, mapping, import_day=_DAY)
    except InputError as error:
        return error.message.code
    LeadRows.validate(batch.lead_rows)
    Entries.validate(batch.entries)
    Rejected.validate(batch.rejected)
    parts = batch.n_accepted + batch.n_rejected + batch.n_left_out + batch.n_blank + batch.n_repeated_header
    assert batch.n_rows == parts + batch.n_ignored, f"{batch.n_rows} rows read, {parts + batch.n_ignored} told apart"
    return "batch"


def cpu(data: bytes) -> float:
    """CPU seconds of this process and its readers."""
    before = os.times()
    through(data)
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def run(seed: int) -> tuple[str, str | None]:
    """How the file of a seed ended, and what was wrong (null: nothing)."""
    file = bad_file(seed)
    begun = os.times()
    try:
        ended = through(file.data)
    except Exception:  # noqa: BLE001  (what is looked for)
        wrong = f"seed {seed}, {file.what}\n{traceback.format_exc(limit=-4)}"
        return "fault", wrong
    taken = sum(os.times()[:4]) - sum(begun[:4])
    if taken > MOMENT and taken > SLOWER * cpu(file.clean) + MOMENT:
        return ended, f"seed {seed}, {file.what}: {taken:.1f} CPU seconds"
    return ended, None


# --- memory -----------------------------------------------------------------------------------------------------------


def _lines(n_bytes: int) -> tuple[bytes, list[bytes]]:
    """The head of a clean table, and rows of about so many bytes."""
    rows = clean(random.Random(3))
    head, body = as_text(rows[:1]).encode(), [as_text([row]).encode() for row in rows[1:6]]
    return head, [body[i % 5].replace(b"D-", b"D%d-" % i) for i in range(n_bytes // len(body[0]))]


def clean_large(n_bytes: int) -> bytes:
    head, body = _lines(n_bytes)
    return head + b"".join(body)


_DATES = ("2026-03-04", "04.03.2026 12:00", "Mar 4, 2026", "3/4/26", "2026年3月4日")

LARGE: dict[str, Callable[[bytes, list[bytes]], bytes]] = {
    "quotes": lambda head, body: head + b"".join(line.replace(b",", b'","') for line in body),
    "zeros": lambda head, body: head + bytes(4_000_000),
    "one line": lambda head, body: head + b"".join(body).replace(b"\n", b","),
    "blank lines": lambda head, body: head + b"\n" * 4_000_000,
    "blank lines between": lambda head, body: head + b"\n".join(body[:200]) + b"\n" * 4_000_000 + body[-1],
    "commas": lambda head, body: head + b"," * 4_000_000,
    "900 columns": lambda head, body: b",".join(b"c%d" % i for i in range(900)) + b"\n" + (b"1," * 899 + b"1\n") * 2200,
    "200 columns of texts": lambda head, body: _table(200, 5_000, lambda row, column: f"text {row % 97} {column}"),
    "200 columns of days": lambda head, body: _table(200, 5_000, lambda row, column: _DATES[column % len(_DATES)]),
    "200 columns of ids": lambda head, body: _table(200, 5_000, lambda row, column: f"{column:03d}-{row:05d}"),
    "5,000 labels": lambda head, body: _table(
        6, 20_000, lambda row, column: f"stage {row % 5000}" if column == 1 else f"D-{row}" if not column else "x"
    ),
    "json": lambda head, body: _json([line.decode().rstrip().split(",") for line in (head, *body)]),
}
"""What is damaged or odd all over a file of some MB, made of a clean head and rows of 4 MB."""


def _table(n_columns: int, n_rows: int, cell: Callable[[int, int], str]) -> bytes:
    names = ["Deal ID", "Stage", "Create Date", *(f"Field {i}" for i in range(n_columns - 3))]
    rows = [names, *([cell(row, column) for column in range(n_columns)] for row in range(n_rows))]
    return as_text(rows).encode()


_MEASURE = """
import os, resource, sys
from pathlib import Path
from tests.fuzz.bad_files import through
through(b"a,b\\n1,2\\n")
data = Path(sys.argv[1]).read_bytes()
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
def said(name):
    (line,) = [l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith(name)]
    return int(line.split()[1])
before, t = said("VmRSS"), os.times()
ended = through(data)
u = os.times()
print((said("VmHWM") - before) / 1024, sum(u[:4]) - sum(t[:4]), ended)
"""


def _peak(data: bytes) -> tuple[float, float, str]:
    """Peak memory in MB above an interpreter with all libraries and the file loaded, CPU seconds, and how it ended."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, file.name], cwd=ROOT, capture_output=True, text=True, check=True
        )
    memory, seconds, ended = done.stdout.split()
    return float(memory), float(seconds), ended


def measure_memory() -> list[str]:
    """What takes more than it may, against a clean file of as many bytes. Prints a line each."""
    wrong = []
    for how, make in LARGE.items():
        data = make(*_lines(4_000_000))
        base, seconds, _ = _peak(clean_large(len(data)))
        memory, taken, ended = _peak(data)
        line = (
            f"{how}, {len(data) / 1e6:.1f} MB: {memory:.0f} MB ({memory / base:.1f} times), {taken:.1f} CPU s "
            f"({taken / seconds:.1f} times): {ended}"
        )
        print(line, flush=True)  # noqa: T201
        wrong += [line] if memory > MORE_MEMORY * base or taken > SLOWER * seconds else []
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.bad_files", description=__doc__)
    parser.add_argument("n", type=int, nargs="?", default=3000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--memory", action="store_true")
    asked = parser.parse_args()
    if asked.memory:
        return bool(measure_memory())
    begun, ended, n_wrong = time.perf_counter(), Counter[str](), 0
    for seed in range(asked.seed * 1_000_000, asked.seed * 1_000_000 + asked.n):
        how, wrong = run(seed)
        ended[how] += 1
        if wrong:
            n_wrong += 1
            print(wrong, flush=True)  # noqa: T201
    times = sum(os.times()[:4])
    print(f"{asked.n} files, {n_wrong} wrong, {times:.0f} CPU s, {time.perf_counter() - begun:.0f} s")  # noqa: T201
    print(dict(ended.most_common()))  # noqa: T201
    return bool(n_wrong)


if __name__ == "__main__":
    sys.exit(main())
