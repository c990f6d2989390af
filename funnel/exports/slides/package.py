"""The .pptx as a package: a company's file opened as a template, and the same bytes for the same input."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING

from funnel.errors import InputError

if TYPE_CHECKING:
    from pptx.presentation import Presentation

SLIDES_MIME = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_TEMPLATE_TYPE = b"presentationml.template.main+xml"
_SLIDES_TYPE = b"presentationml.presentation.main+xml"
_MOST_BYTES = 200_000_000
"""A template that unpacks to more is no template."""

_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_CREATED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def open_template(content: bytes | None) -> Presentation:
    """A deck without slides, on a company's .pptx or .potx, or on a plain one of 16 : 9 (``content`` null).

    Raises InputError (``slides.template``) for bytes that are neither.
    """
    import pptx
    from pptx.exc import PackageNotFoundError

    if content is None:
        deck = pptx.Presentation()
        _widen(deck)
        return deck
    try:
        deck = pptx.Presentation(io.BytesIO(_as_slides(content)))
    except (PackageNotFoundError, KeyError, ValueError, SyntaxError, zipfile.BadZipFile, NotImplementedError) as error:
        raise InputError("slides.template") from error
    _without_slides(deck)
    if not len(deck.slide_layouts):
        raise InputError("slides.template")
    return deck


def check_template(content: bytes) -> None:
    """Raise InputError (``slides.template``) where these bytes are no template."""
    open_template(content)


def _as_slides(content: bytes) -> bytes:
    """A .potx is a .pptx by another content type."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        if sum(part.file_size for part in file.infolist()) > _MOST_BYTES:
            raise InputError("slides.template")
        if _TEMPLATE_TYPE not in file.read("[Content_Types].xml"):
            return content
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
            for part in file.infolist():
                target.writestr(part, file.read(part).replace(_TEMPLATE_TYPE, _SLIDES_TYPE)
                                if part.filename == "[Content_Types].xml" else file.read(part))  # fmt: skip
    return changed.getvalue()


def _without_slides(deck: Presentation) -> None:
    """All sample slides are taken out before the first is added: a new slide would take the name of one that is
    left."""
    listed = deck.slides._sldIdLst  # python-pptx has no public way to take a slide out
    for slide in list(listed):
        deck.part.drop_rel(slide.rId)
        listed.remove(slide)


def _widen(deck: Presentation) -> None:
    """The plain template of python-pptx is 4 : 3: its places are stretched to 16 : 9."""
    from pptx.util import Emu, Inches

    width = Inches(13.333)
    by = width / (deck.slide_width or width)
    deck.slide_width, deck.slide_height = width, Inches(7.5)
    for page in (deck.slide_master, *deck.slide_layouts):
        for shape in page.placeholders:
            if shape._element.spPr.find("{http://schemas.openxmlformats.org/drawingml/2006/main}xfrm") is not None:
                shape.left, shape.width = Emu(int(shape.left * by)), Emu(int(shape.width * by))


def to_bytes(deck: Presentation, day: date) -> bytes:
    """The file; what was saved on the same ``day`` from the same input has the same bytes."""
    about = deck.core_properties
    about.created = about.modified = datetime(day.year, day.month, day.day)
    about.revision = 1
    stream = io.BytesIO()
    deck.save(stream)
    return _with_fixed_times(stream.getvalue(), day)


def _with_fixed_times(content: bytes, day: date) -> bytes:
    """The same zip with one time everywhere, also in the workbooks behind the charts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith(".xlsx"):
                part = _with_fixed_times(part, day)
            elif name == "docProps/core.xml":
                part = _CREATED.sub(rb"\g<1>" + f"{day:%Y-%m-%d}T00:00:00Z".encode(), part)
            info = zipfile.ZipInfo(name, _ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, part)
    return stream.getvalue()
