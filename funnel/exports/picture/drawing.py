"""The headline and the funnel as one picture for a chat group: no browser, no network, a font of this computer."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from funnel.charts.palette import LIGHT
from funnel.exports.picture.fonts import Font, font_for

WIDTH = 1080
"""Pixels: a phone shows it without zooming."""

_EDGE, _BAR, _STEP = 56, 56, 50
_SIZE = {"title": 46, "said": 34, "step": 28, "caption": 24}


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage of a drawn funnel: its name, its number and how that reads; ``step``: what is said of the step into it,
    ``missed``: the benchmark that it clearly misses. Both blank for the first stage."""

    name: str
    n: float
    counted: str
    step: str
    missed: str


def funnel_picture(
    title: str, said: Sequence[str], bars: Sequence[Bar], notes: Sequence[str], caption: str, footer: str,
) -> bytes:  # fmt: skip
    """The .png: the same input gives the same pixels with the same fonts.

    ``said``: the finding; ``notes``: what the figures cannot say; ``caption``: what is counted, as of when, n.
    Raises InputError (``picture.no_font``) where no font here has the letters.
    """
    words = " ".join([title, *said, *notes, caption, footer, *(f"{b.name}{b.counted}{b.step}{b.missed}" for b in bars)])
    fonts = {name: font_for(words + "↓…0123456789", size) for name, size in _SIZE.items()}
    bold = {name: font_for(words + "↓…0123456789", size, is_bold=True) for name, size in _SIZE.items()}
    room = WIDTH - 2 * _EDGE
    blocks = [
        *_block([title], bold["title"], LIGHT.ink, room, after=20),
        *_block([caption], fonts["caption"], LIGHT.muted, room, after=22),
        *_block(said, fonts["said"], LIGHT.ink, room, after=12),
    ]
    below = [
        *_block(notes, fonts["caption"], LIGHT.ink, room, after=8),
        *_block([footer], fonts["caption"], LIGHT.muted, room, after=0),
    ]  # fmt: skip
    drawn = len(bars) * (_BAR + _STEP) + 16
    height = 2 * _EDGE + sum(one[3] for one in blocks) + drawn + sum(one[3] for one in below)
    image = Image.new("RGB", (WIDTH, round(height)), LIGHT.paper)
    pen = ImageDraw.Draw(image)
    top = _words(pen, blocks, float(_EDGE)) + 16
    top = _funnel(pen, bars, top, fonts["step"], bold["step"])
    _words(pen, below, top)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _funnel(pen: ImageDraw.ImageDraw, bars: Sequence[Bar], top: float, font: Font, bold: Font) -> float:
    """Names to the left, bars with their counts, and between two of them the step. Returns where it ends."""
    names = [_short(bar.name, font, WIDTH * 0.34) for bar in bars]
    left = _EDGE + max((font.getlength(name) for name in names), default=0.0) + 24
    count_room = max((bold.getlength(bar.counted) for bar in bars), default=0.0) + 24
    most = max((bar.n for bar in bars), default=0) or 1
    for place, (bar, name) in enumerate(zip(bars, names, strict=True)):
        if place:
            words = "↓ " + " · ".join(one for one in (bar.step, bar.missed) if one)
            colour = LIGHT.red if bar.missed else LIGHT.muted
            pen.text((left, top + _STEP / 2), _short(words, font, WIDTH - _EDGE - left), colour, font, anchor="lm")
            top += _STEP
        pen.text((left - 24, top + _BAR / 2), name, LIGHT.ink, font, anchor="rm")
        end = left + max(bar.n / most * (WIDTH - _EDGE - count_room - left), 3.0)
        pen.rectangle((left, top, end, top + _BAR), LIGHT.accent)
        pen.text((end + 12, top + _BAR / 2), bar.counted, LIGHT.ink, bold, anchor="lm")
        top += _BAR
    return top + _STEP


Line = tuple[str, Font, str, float]
"""Text, font, colour, and the pixels that it takes downwards."""


def _block(said: Sequence[str], font: Font, colour: str, room: float, after: float) -> Iterator[Line]:
    """Sentences as lines that fit ``room``; ``after`` stands below the last of each."""
    for one in said:
        lines = _wrapped(one, font, room)
        for number, line in enumerate(lines, 1):
            yield line, font, colour, font.size * 1.35 + (after if number == len(lines) else 0)


def _words(pen: ImageDraw.ImageDraw, lines: Sequence[Line], top: float) -> float:
    for text, font, colour, height in lines:
        pen.text((_EDGE, top), text, colour, font)
        top += height
    return top


def _wrapped(text: str, font: Font, room: float) -> list[str]:
    """Lines of at most ``room`` pixels: broken between words, Chinese between any two letters but before a mark."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and font.getlength((line + piece).rstrip()) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for letter in " ".join(text.split(" ")):
        is_han = "\u2e80" <= letter <= "\uffef"
        begins = is_han and letter not in "，。、；：）」』”！？%"
        if piece and (begins or piece.endswith(" ") or (not is_han and "\u4e00" <= piece[-1] <= "\u9fff")):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece


def _short(text: str, font: Font, room: float) -> str:
    """The text, its end cut off where it does not fit."""
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text.rstrip() + "…"
