#!/usr/bin/env bash
# A line break inside a paragraph of an .ods cell (<text:line-break/>, as Gnumeric and SheetJS write it; by odfpy 1.4.1
# here) is dropped by fastexcel 0.21 (calamine) and by pandas 2.3.3 with odfpy alike: "New", "York" become "NewYork".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v && v/bin/pip install -q fastexcel==0.21.0 polars==2.1.0 pyarrow odfpy==1.4.1 pandas==2.3.3 2>/dev/null
v/bin/python - <<'P'
import importlib.metadata

import fastexcel, pandas
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import LineBreak, P

book, table = OpenDocumentSpreadsheet(), Table(name="Deals")
for cells in (["city"], ["New\nYork"], ["Rome"]):
    row = TableRow()
    for text in cells:
        cell, paragraph = TableCell(valuetype="string"), P()
        for i, line in enumerate(text.split("\n")):
            if i:
                paragraph.addElement(LineBreak())
            paragraph.addText(line)
        cell.addElement(paragraph)
        row.addElement(cell)
    table.addElement(row)
book.spreadsheet.addElement(table)
book.save("deals.ods")
read = [row[0] for row in fastexcel.read_excel("deals.ods").load_sheet(0, header_row=None).to_polars().rows()]
beside = pandas.read_excel("deals.ods", engine="odf")["city"].tolist()
for name, found in (("fastexcel", read), ("pandas", beside)):
    print(name, importlib.metadata.version(name), found)
assert read == ["city", "NewYork", "Rome"] and beside == ["NewYork", "Rome"], "changed"
P
