#!/usr/bin/env bash
# A time in a workbook made by SheetJS 0.18.5 is one thing in .xlsx (the hands of the clock, without a zone) and another in
# .ods, .fods and XML spreadsheets (the instant in UTC, with a Z): in New York, 21:30 on 5 March is 6 March there.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund xlsx@0.18.5 >/dev/null 2>&1
TZ=America/New_York node -e '
const X = require("xlsx");
const sheet = X.utils.aoa_to_sheet([["closed"], [new Date(2024, 2, 5, 21, 30)]], { cellDates: true });
const book = X.utils.book_new();
X.utils.book_append_sheet(book, sheet, "Deals");
const flat = X.write(book, { bookType: "fods", type: "string" });
const xml = X.write(book, { bookType: "xlml", type: "string" });
const shown = X.utils.sheet_to_csv(sheet).split("\n")[1];
const serial = X.read(X.write(book, { bookType: "xlsx", type: "buffer" })).Sheets.Deals.A2.v;
const ods = flat.match(/office:date-value="([^"]+)"/)[1];
const xlml = xml.match(/ss:Type="DateTime">([^<]+)</)[1];
console.log("SheetJS", X.version, "· 5 March 2024 21:30 in New York");
console.log("shown:", shown, "· .xlsx: day", serial, "(45356 is 5 March 2024)", "· .fods/.ods:", ods, "· XML spreadsheet:", xlml);
if (!(ods.endsWith("Z") && xlml.endsWith("Z") && ods.startsWith("2024-03-06") && Math.floor(serial) === 45356)) { console.log("changed"); process.exit(1); }
'
