"""A font of this computer that has the letters of a text. Nothing is downloaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from funnel.errors import InputError

_KNOWN = (
    "NotoSansCJK*-Regular.*", "NotoSansSC*.*", "SourceHanSans*-Regular.*", "msyh.ttc", "PingFang.ttc",
    "Hiragino Sans GB.ttc", "STHeiti*.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc", "Deng.ttf", "simhei.ttf",
    "DroidSansFallback*.ttf", "simsun.ttc", "NotoSerifCJK*-Regular.*", "DejaVuSans.ttf", "LiberationSans-Regular.ttf",
    "arial.ttf", "Arial.ttf", "Helvetica.ttc",
)  # fmt: skip
"""File names of fonts, the nicest for Chinese on a screen first; the last ones have Latin letters only."""

_SIMPLIFIED = {"NotoSansCJK": 2, "NotoSerifCJK": 2}
"""Start of a file name → which of its faces has the Chinese forms."""
_BOLD = (("-Regular", "-Bold"), ("msyh.", "msyhbd."), ("Deng.", "Dengb."), ("Sans.ttf", "Sans-Bold.ttf"))
_NOBODY_HAS = "\U0010fffd"

Font = ImageFont.FreeTypeFont


def font_for(text: str, size: int, *, is_bold: bool = False) -> Font:
    """The first known font that has all letters of ``text``, else the one that lacks the fewest.

    Raises InputError (``picture.no_font``) where none has its Chinese letters.
    """
    letters = frozenset(letter for letter in text if not letter.isspace())
    best: tuple[int, Path] | None = None
    for path in font_files():
        lacking = _lacking(path, letters)
        if any("\u2e80" <= letter <= "\uffef" for letter in lacking):
            continue
        if best is None or len(lacking) < best[0]:
            best = len(lacking), path
        if not lacking:
            break
    if best is None:
        raise InputError("picture.no_font")
    return _font(_bold_of(best[1]) if is_bold else best[1], size)


def font_files() -> Iterator[Path]:
    """The known fonts of this computer, in the order in which they are preferred."""
    found = [path for folder in font_folders() if folder.is_dir() for path in sorted(folder.rglob("*.*"))]
    for name in _KNOWN:
        yield from (path for path in found if path.match(name))


def font_folders() -> tuple[Path, ...]:
    """Where this system keeps its fonts."""
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home))
        return Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts", local / "Microsoft/Windows/Fonts"
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"
    return Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"


def _bold_of(path: Path) -> Path:
    """The bold sibling, where there is one."""
    for plain, bold in _BOLD:
        sibling = path.with_name(path.name.replace(plain, bold))
        if sibling != path and sibling.is_file():
            return sibling
    return path


@lru_cache(maxsize=32)
def _font(path: Path, size: int) -> Font:
    face = next((number for start, number in _SIMPLIFIED.items() if path.name.startswith(start + "-")), 0)
    return ImageFont.truetype(str(path), size, index=face if path.suffix == ".ttc" else 0)


@lru_cache(maxsize=64)
def _lacking(path: Path, letters: frozenset[str]) -> frozenset[str]:
    """The letters that a font draws as it draws one that no font has."""
    try:
        font = _font(path, 20)
    except OSError:  # a broken file is no font
        return letters | {"\u4e00"}
    nothing = _drawn(_NOBODY_HAS, font)
    return frozenset(letter for letter in letters if _drawn(letter, font) == nothing)


def _drawn(letter: str, font: Font) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((4, 4), letter, 255, font)
    return image.tobytes()
