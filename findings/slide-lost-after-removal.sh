#!/usr/bin/env bash
# python-pptx 1.0.2: take the first of three slides out (there is no method for it: the usual way is to drop the relation and
# the entry of the list) and add a new one. The new part gets the name of a slide that is still there; saving warns about a
# zip name only, and the file reads back without slide S3, which nobody touched.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v" && "$work/v/bin/pip" install -q python-pptx==1.0.2 2>/dev/null
"$work/v/bin/python" - <<'P'
import io, warnings, zipfile

from pptx import Presentation

def add(deck, title):
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = title

def saved(deck):
    out = io.BytesIO()
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        deck.save(out)
    return out

deck = Presentation()
for title in ("S1", "S2", "S3"):
    add(deck, title)
deck = Presentation(saved(deck))
listed = deck.slides._sldIdLst
deck.part.drop_rel(listed[0].rId)
listed.remove(listed[0])
add(deck, "NEW")
said = [slide.shapes.title.text for slide in deck.slides]
out = saved(deck)
read = [slide.shapes.title.text for slide in Presentation(out).slides]
parts = [n for n in zipfile.ZipFile(out).namelist() if n.startswith("ppt/slides/slide")]
print("before saving:", said, "read back:", read, "parts:", parts)
assert said == ["S2", "S3", "NEW"] and read == ["S2", "NEW", "NEW"] and len(parts) > len(set(parts))
P
