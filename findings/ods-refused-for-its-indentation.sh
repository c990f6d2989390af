#!/usr/bin/env bash
# SheetJS 0.18.5 indents the XML of an .ods (Gnumeric does so too). fastexcel 0.21 (calamine) takes the white space between
# two elements for an error and refuses the whole file; with the line breaks taken out it reads every cell.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund xlsx@0.18.5 >/dev/null 2>&1
python3 -m venv v && v/bin/pip install -q fastexcel==0.21.0 polars==2.1.0 pyarrow 2>/dev/null
node -e '
const X = require("xlsx");
const book = X.utils.book_new();
X.utils.book_append_sheet(book, X.utils.aoa_to_sheet([["id", "stage"], ["O1", "Won"], ["O2", "Lost"]]), "Deals");
X.writeFile(book, "deals.ods");
'
v/bin/python - <<'P'
import importlib.metadata, re, zipfile

import fastexcel

print("fastexcel", importlib.metadata.version("fastexcel"), "· SheetJS 0.18.5")
try:
    print("as written:", fastexcel.read_excel("deals.ods").load_sheet(0, header_row=None).to_polars().rows())
    refused = False
except Exception as error:
    refused = True
    print("as written:", str(error).splitlines()[0][:160])
with zipfile.ZipFile("deals.ods") as old, zipfile.ZipFile("plain.ods", "w") as new:
    for name in old.namelist():
        content = old.read(name)
        new.writestr(name, re.sub(rb">\s*\n\s*<", b"><", content) if name == "content.xml" else content)
rows = fastexcel.read_excel("plain.ods").load_sheet(0, header_row=None).to_polars().rows()
print("without line breaks between elements:", rows)
assert refused and rows == [("id", "stage"), ("O1", "Won"), ("O2", "Lost")], "changed"
P
