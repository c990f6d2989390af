#!/usr/bin/env bash
# An .xlsb written by SheetJS 0.18.5 leaves out the column of a cell that follows the one before ("short" cell records of
# MS-XLSB). fastexcel 0.21 (calamine) skips such cells: of a table of four columns only the first is read, without a word.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund xlsx@0.18.5 >/dev/null 2>&1
python3 -m venv v && v/bin/pip install -q fastexcel==0.21.0 polars==2.1.0 pyarrow 2>/dev/null
node -e '
const X = require("xlsx");
const sheet = X.utils.aoa_to_sheet([["id", "stage", "amount", "owner"], ["O1", "Won", 100, "Ann"], ["O2", "Lost", 200, "Bob"]]);
const book = X.utils.book_new();
X.utils.book_append_sheet(book, sheet, "Deals");
for (const kind of ["xlsb", "xlsx"]) X.writeFile(book, "deals." + kind);
console.log("SheetJS", X.version, "· reads its own .xlsb as", JSON.stringify(X.utils.sheet_to_json(X.readFile("deals.xlsb").Sheets.Deals)[0]));
'
v/bin/python - <<'P'
import importlib.metadata

import fastexcel

print("fastexcel", importlib.metadata.version("fastexcel"))
widths = {}
for kind in ("xlsx", "xlsb"):
    sheet = fastexcel.read_excel(f"deals.{kind}").load_sheet(0, header_row=None)
    widths[kind] = sheet.width
    print(f".{kind}: {sheet.width} columns", sheet.to_polars().rows())
assert widths == {"xlsx": 4, "xlsb": 1}, "changed: the cells are no longer skipped"
P
