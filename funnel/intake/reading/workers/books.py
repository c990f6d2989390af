"""Reads a workbook or a Parquet file in a process of its own.

Run by ``funnel.apart`` with the arguments KIND FILE OUT SHEET COLUMNS; of KIND "parquets" FILE lists several.

These readers are native code that has crashed on damaged files. Here that costs only this process. What was read goes
to OUT as an Arrow file; the answer, as JSON, beside it: ``sheets``, ``sheet``, ``width`` and ``is_visible``, or
``error`` with the code of the refusal and its parameters. A sheet of more than COLUMNS columns is measured, not
written. Nothing of the application is imported.
"""

from __future__ import annotations

import importlib
import json
import runpy
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import polars as pl


def read_parquet(path: str, out: str, most: int) -> dict[str, Any]:
    """The whole file, typed as it is."""
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        return {"error": "reading.damaged", "given": "Parquet"}
    if frame.width <= most:
        frame.write_ipc(out)
    return {"sheets": [], "sheet": "", "width": frame.width}


def read_parquets(listed: str, out: str) -> dict[str, Any]:
    """Several Parquet files, whose paths the JSON file ``listed`` holds by name: each as an Arrow file beside OUT."""
    paths = json.loads(Path(listed).read_text(encoding="utf-8"))
    for number, (name, path) in enumerate(paths.items()):
        try:
            pl.read_parquet(path).write_ipc(Path(out).with_name(f"{number}.arrow"))
        except (pl.exceptions.PolarsError, OSError):
            return {"error": "reading.damaged", "given": name}
    return {"width": 0}


def read_excel(path: str, out: str, wanted: str | None, most: int) -> dict[str, Any]:
    """The named sheet; else the first visible one that looks like a table (a cover has one row or one column), the
    first that holds anything, the first hidden one. All cells as text.
    """
    fastexcel = importlib.import_module("fastexcel")  # Parquet does not need it
    dialects = runpy.run_path(str(Path(__file__).with_name("dialects.py")))
    try:
        reader = fastexcel.read_excel(dialects["plain_workbook"](path))
        sheets = list(reader.sheet_names)
        if wanted is not None and wanted not in sheets:
            return {"error": "reading.unknown_sheet", "given": wanted, "allowed": sheets}
        table = filled = hidden = None
        for name in [wanted] if wanted is not None else sheets:
            sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            if not sheet.width:
                continue
            if sheet.visible != "visible" and wanted is None:
                hidden = hidden or sheet
                continue
            filled = filled or sheet
            if sheet.width > 1 and sheet.height > 1:
                table = sheet
                break
        chosen = table or filled or hidden
        if chosen is not None and chosen.width <= most:
            chosen.to_polars().write_ipc(out)
    except fastexcel.FastExcelError as error:
        words = str(error).lower()
        if "password" in words or "encrypt" in words:
            return {"error": "reading.password"}
        return {"error": "reading.damaged", "given": "Excel"}
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError):
        return {"error": "reading.damaged", "given": "Excel"}
    if chosen is None:
        return {"sheets": sheets, "sheet": wanted or "", "width": 0}
    is_visible = chosen.visible == "visible"
    return {"sheets": sheets, "sheet": chosen.name, "width": chosen.width, "is_visible": is_visible}


def main() -> None:
    kind, path, out, sheet, most = sys.argv[1:6]
    if kind == "parquets":
        answer = read_parquets(path, out)
    elif kind == "parquet":
        answer = read_parquet(path, out, int(most))
    else:
        answer = read_excel(path, out, sheet or None, int(most))
    Path(out).with_suffix(".json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
