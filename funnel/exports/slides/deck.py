"""One slide after the other: title, caption, finding, then a native chart or table, and what stands in the footer."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any, Literal

from funnel.charts.palette import LIGHT
from funnel.exports.sheets import Sheet
from funnel.exports.slides.package import open_template, to_bytes
from funnel.i18n.translator import Translator

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_CHINESE_FONT = "Microsoft YaHei"
"""Known to PowerPoint and to WPS; a template that names a font of its own for Chinese keeps it."""

_INCH = 914400
_MOST_TABLE_SLIDES = 3
"""What does not fit on so many slides stands in the workbook."""

_SIZE = {"finding": 18, "note": 13, "caption": 11, "cell": 11, "large cell": 14, "footer": 10}  # points
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_READ_AS_MORE = re.compile(r"[={]|(?:https?|ftp|mailto|internal|external):")
"""What the workbook behind a chart would take for a formula or a link."""


@dataclass(frozen=True)
class Series:
    """Values of one colour. ``is_shown``: false for the unseen foot of a floating bar; ``sign`` stands before each
    value."""

    name: str
    values: tuple[float | None, ...]
    colour: str
    is_shown: bool = True
    sign: str = ""


@dataclass(frozen=True)
class Plot:
    """A native chart: ``labels`` are texts (never days), null is a gap. ``form``: number format of its values."""

    kind: Literal["bars", "columns", "stacked", "lines"]
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    form: str = "#,##0"

    @property
    def is_empty(self) -> bool:
        return not self.labels or all(value is None for one in self.series for value in one.values)


class Deck:
    """Slides on one template. ``caption`` (what is counted, as of when, n) and ``footer`` stand on each of them."""

    def __init__(self, t: Translator, caption: str, footer: str, template: bytes | None) -> None:
        self._t, self._caption, self._footer = t, caption, footer
        self._is_plain = template is None
        self._deck = open_template(template)
        self._layout = self._title_layout()
        width, height = self._deck.slide_width or 0, self._deck.slide_height or 0
        self._left, self._width = 0.04 * width / _INCH, 0.92 * width / _INCH
        self._end = 0.925 * height / _INCH
        self._font = None if self._names_chinese_font() else _CHINESE_FONT

    def words(self, title: str, lead: Sequence[str], notes: Sequence[str]) -> None:
        """A slide of sentences only."""
        slide, top = self._slide(title, lead)
        self._notes(slide, notes, self._left, top, self._width)

    def plot(self, title: str, lead: Sequence[str], notes: Sequence[str], plot: Plot) -> None:
        """A slide with a chart and what must be said beside it; without a value it says only that."""
        if plot.is_empty:
            self.words(title, lead, notes or (self._t("There is nothing to draw."),))
            return
        slide, top = self._slide(title, lead)
        wide = self._width * (0.62 if notes else 1)
        self._chart(slide, plot, self._left, top, wide, self._end - top)
        if notes:
            self._notes(slide, notes, self._left + wide + 0.2, top, self._width - wide - 0.2)

    def table(self, title: str, lead: Sequence[str], sheet: Sheet, notes: Sequence[str] = ()) -> None:
        """A table; what does not fit goes on on the next slide under the same head. ``notes`` stand below its end."""
        columns = [column for column in sheet.columns if not column.workbook_only]
        rows = [list(row) for row in sheet.shown(self._t).select(column.key for column in columns).iter_rows()]
        head = [column.label for column in columns]
        widths = self._column_widths(head, rows)
        size = self._cell_size(head, rows, widths, lead)
        heights = [self._row_height(row, widths, size) for row in rows]
        done = 0
        for number in range(1, _MOST_TABLE_SLIDES + 1):
            name = title if number == 1 else f"{title} ({number})"
            slide, top = self._slide(name, lead if number == 1 else ())
            room = self._end - top - self._row_height(head, widths, size)
            last = number == _MOST_TABLE_SLIDES
            fits = max(1, _how_many(heights[done:], room - (0.35 if last else 0)))
            shape = self._table(slide, [head, *rows[done : done + fits]], columns, widths, size, top)
            done += fits
            below = (shape.top + shape.height) / _INCH + 0.15
            if done >= len(rows):
                if notes:
                    self._notes(slide, notes, self._left, min(below, self._end - 0.35), self._width)
                return
            if last:
                said = self._t("%(n)s further rows stand in the workbook.", n=len(rows) - done)
                foot = min(self._end - 0.3, below - 0.1)
                self._text(slide, (said,), self._left, foot, self._width, 0.3, "caption", LIGHT.muted)

    def to_bytes(self, day: date) -> bytes:
        """The finished file, the same for the same input and day."""
        return to_bytes(self._deck, day)

    # --- the frame of a slide

    def _title_layout(self) -> Any:
        """The layout with a title and the fewest other places to fill."""
        ranked = []
        for place, layout in enumerate(self._deck.slide_layouts):
            kinds = [shape.placeholder_format.type for shape in layout.placeholders]
            has_title = any(int(kind) in (1, 3) for kind in kinds)
            ranked.append((not has_title, sum(int(kind) not in (1, 3, 13, 15, 16) for kind in kinds), place))
        return self._deck.slide_layouts[min(ranked)[2]]

    def _names_chinese_font(self) -> bool:
        """Whether the theme names a font for Chinese. The plain one does not: it gets one."""
        for rel in self._deck.slide_master.part.rels.values():
            if rel.reltype.endswith("/theme"):
                part = rel.target_part
                if self._is_plain:
                    part._blob = part.blob.replace(
                        b'<a:ea typeface=""/>', f'<a:ea typeface="{_CHINESE_FONT}"/>'.encode()
                    )
                    return False
                return re.search(rb'<a:minorFont>.*?<a:ea typeface="[^"]', part.blob, re.DOTALL) is not None
        return False

    def _slide(self, title: str, lead: Sequence[str]) -> tuple[Any, float]:
        """A new slide with title, caption, finding and footer, and where its body begins (inches)."""
        slide = self._deck.slides.add_slide(self._layout)
        place = slide.shapes.title
        top = 0.35
        if place is None:
            self._text(slide, (title,), self._left, top, self._width, 0.6, "finding", LIGHT.ink, is_bold=True)
            top += 0.65
        else:
            place.text_frame.text = _clean(title)
            if self._is_plain:
                place.left, place.top = _emu(self._left), _emu(0.3)
                place.width, place.height = _emu(self._width), _emu(0.65)
                self._shape_words(place.text_frame, 26, LIGHT.ink, is_bold=True)
                _to_left(place.text_frame)
                place.text_frame.margin_left = 0
            else:
                self._name_font(place.text_frame)
            top = (place.top + place.height) / _INCH + 0.02
        self._fill_places(slide)
        # a tenth more, since its second line would lie on the finding
        height = _lines(self._caption, _SIZE["caption"] * 1.1, self._width) * 0.19 + 0.08
        self._text(slide, (self._caption,), self._left, top, self._width, height, "caption", LIGHT.muted)
        top += height + 0.05
        if lead:
            size = _SIZE["finding"] if len(lead) < 4 else _SIZE["note"] + 1
            height = sum(_lines(one, size, self._width) for one in lead) * size * 1.3 / 72 + 0.1
            self._text(slide, lead, self._left, top, self._width, height, "finding", LIGHT.ink, size=size)
            top += height + 0.1
        return slide, top

    def _fill_places(self, slide: Any) -> None:
        """Footer, day and number of the layout are carried over; a place that nobody fills is taken out."""
        for shape in list(slide.placeholders):
            if int(shape.placeholder_format.type) not in (1, 3):
                shape._element.getparent().remove(shape._element)
        footer = None
        for shape in self._layout.placeholders:
            kind = int(shape.placeholder_format.type)
            if kind not in (13, 15) or (kind == 15 and self._is_plain):  # slide number, footer
                continue
            slide.shapes._spTree.append(copy.deepcopy(shape._element))
            if kind == 15:
                footer = slide.shapes[-1]
        if footer is None:
            self._text(slide, (self._footer,), self._left, self._end + 0.06, self._width * 0.85, 0.3, "footer",
                       LIGHT.muted)  # fmt: skip
        else:
            footer.text_frame.text = _clean(self._footer)
            self._name_font(footer.text_frame)

    # --- words

    def _text(
        self, slide: Any, said: Sequence[str], left: float, top: float, width: float, height: float, kind: str,
        colour: str, *, size: int | None = None, is_bold: bool = False,
    ) -> None:  # fmt: skip
        box = slide.shapes.add_textbox(_emu(left), _emu(top), _emu(width), _emu(height))
        frame = box.text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.text = "\n".join(_clean(one).replace("\n", " ") for one in said)
        self._shape_words(frame, size or _SIZE[kind], colour, is_bold=is_bold)

    def _notes(self, slide: Any, notes: Sequence[str], left: float, top: float, width: float) -> None:
        """As many sentences as fit; the others stand in the speaker notes, and the slide says so."""
        size = _SIZE["note"]
        heights = [_lines(one, size, width) * size * 1.3 / 72 + 0.05 for one in notes]
        fits = _how_many(heights, self._end - top)
        if fits < len(notes):
            fits = _how_many(heights, self._end - top - 0.3)
        shown = list(notes[:fits])
        if fits < len(notes):
            shown.append(self._t("Further sentences stand in the notes of this slide: %(n)s", n=len(notes) - fits))
            slide.notes_slide.notes_text_frame.text = "\n".join(_clean(one) for one in notes)
            self._name_font(slide.notes_slide.notes_text_frame)
        self._text(slide, shown, left, top, width, self._end - top, "note", LIGHT.ink)

    def _shape_words(self, frame: Any, size: float, colour: str, *, is_bold: bool = False) -> None:
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        for paragraph in frame.paragraphs:
            paragraph.space_after = Pt(3)
            for run in paragraph.runs:
                run.font.size, run.font.bold = Pt(size), is_bold
                run.font.color.rgb = RGBColor.from_string(colour[1:])
        self._name_font(frame)

    def _name_font(self, frame: Any) -> None:
        for paragraph in frame.paragraphs:
            for run in paragraph.runs:
                self._chinese(run.font)

    def _chinese(self, font: Any) -> None:
        """Name the font of Chinese letters: ``font.name`` would name that of Latin ones only."""
        if self._font is None:
            return
        for tag in ("ea", "cs"):
            one = font._rPr.makeelement(f"{{{_DRAWING}}}{tag}", {"typeface": self._font})
            font._rPr.append(one)

    # --- chart and table

    def _chart(self, slide: Any, plot: Plot, left: float, top: float, width: float, height: float) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
        from pptx.util import Pt

        kinds = {
            "bars": XL_CHART_TYPE.BAR_CLUSTERED, "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
            "stacked": XL_CHART_TYPE.COLUMN_STACKED, "lines": XL_CHART_TYPE.LINE_MARKERS,
        }  # fmt: skip
        data = CategoryChartData(number_format=plot.form)
        data.categories = [_label(one) for one in plot.labels]
        for one in plot.series:
            data.add_series(_label(one.name), one.values)
        frame = slide.shapes.add_chart(kinds[plot.kind], _emu(left), _emu(top), _emu(width), _emu(height), data)
        chart = frame.chart
        chart.font.size = Pt(12)
        self._chinese(chart.font)
        shown = [one for one in plot.series if one.is_shown]
        chart.has_title = False
        chart.has_legend = len(shown) > 1 and plot.kind != "stacked"
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        if plot.kind == "bars":
            chart.category_axis.reverse_order = True
        chart.category_axis.format.line.color.rgb = RGBColor.from_string(LIGHT.grid[1:])
        axis = chart.value_axis
        axis.has_major_gridlines = plot.kind == "lines"
        axis.visible = plot.kind == "lines"
        axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = plot.form, False
        if axis.has_major_gridlines:
            axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(LIGHT.grid[1:])
        drawn = chart.plots[0]
        if plot.kind != "lines":
            drawn.gap_width = 45
        if plot.kind == "stacked":
            drawn.overlap = 100
        for one, series in zip(plot.series, drawn.series, strict=True):
            colour = RGBColor.from_string(one.colour[1:])
            if not one.is_shown:
                series.format.fill.background()
                continue
            if plot.kind == "lines":
                series.smooth = False
                series.format.line.color.rgb = colour
                series.marker.format.fill.solid()
                series.marker.format.fill.fore_color.rgb = colour
                series.marker.format.line.color.rgb = colour
                continue
            series.invert_if_negative = False
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
            labels = series.data_labels
            labels.show_value = True
            sign = f'"{one.sign}"' if one.sign else ""
            labels.number_format, labels.number_format_is_linked = sign + plot.form, False
            labels.position = XL_LABEL_POSITION.INSIDE_BASE if plot.kind == "stacked" else XL_LABEL_POSITION.OUTSIDE_END

    def _table(
        self, slide: Any, rows: list[list[str]], columns: Sequence[Any], widths: list[float], size: int, top: float
    ) -> Any:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN

        heights = [self._row_height(row, widths, size) for row in rows]
        shape = slide.shapes.add_table(
            len(rows), len(columns), _emu(self._left), _emu(top), _emu(sum(widths)), _emu(sum(heights))
        )
        table = shape.table
        table.horz_banding = False
        for place, width in enumerate(widths):
            table.columns[place].width = _emu(width)
        for number, row in enumerate(rows):
            table.rows[number].height = _emu(heights[number])
            for place, text in enumerate(row):
                cell = table.cell(number, place)
                cell.margin_top = cell.margin_bottom = _emu(0.03)
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor.from_string((LIGHT.band if number == 0 else LIGHT.paper)[1:])
                cell.text_frame.text = _clean(text)
                self._shape_words(cell.text_frame, size, LIGHT.ink, is_bold=number == 0)
                for paragraph in cell.text_frame.paragraphs:
                    paragraph.space_after = 0
                    if columns[place].is_number:
                        paragraph.alignment = PP_ALIGN.RIGHT
        return shape

    def _column_widths(self, head: list[str], rows: list[list[str]]) -> list[float]:
        """Inches, by the longest text of each column within limits; together as wide as the slide's body."""
        wanted = []
        for place, label in enumerate(head):
            longest = max((_em(row[place]) for row in rows), default=0.0)
            word = max(map(_em, label.split()), default=0.0)  # a word of the head is not broken
            wanted.append(min(max(longest, _em(label) / 2, 1.35 * word, 4.0), 34.0) + 2.5)
        return [self._width * one / sum(wanted) for one in wanted]

    def _cell_size(self, head: list[str], rows: list[list[str]], widths: list[float], lead: Sequence[str]) -> int:
        """Points: the larger letters where the whole table fits on one slide with them."""
        size = _SIZE["large cell"]
        room = self._end - 1.6 - sum(_lines(one, _SIZE["finding"], self._width) for one in lead) * 0.35
        fits = sum(self._row_height(row, widths, size) for row in (head, *rows)) <= room
        return size if fits else _SIZE["cell"]

    def _row_height(self, row: list[str], widths: list[float], size: int) -> float:
        lines = max(_lines(text, size, width - 0.2) for text, width in zip(row, widths, strict=True))
        return lines * size * 1.25 / 72 + 0.1


def _emu(inches: float) -> int:
    return round(inches * _INCH)


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NOT_IN_XML.sub("", text)


def _label(text: str) -> str:
    """A name in the workbook behind a chart, where it stays a text."""
    plain = _clean(text)
    return f" {plain}" if _READ_AS_MORE.match(plain) else plain


def _em(text: str) -> float:
    """The width of a text in letters as wide as they are high: a Chinese one is 1, others six tenths in a
    wide font, which stands in where the computer lacks the theme's own."""
    return sum(1.0 if "\u2e80" <= letter <= "\uffef" else 0.6 for letter in text)


def _lines(text: str, size: float, width: float) -> int:
    """How many lines a text takes in ``width`` inches."""
    room = max(width * 72 / size, 1.0)
    return sum(max(1, ceil(_em(part) / room)) for part in text.split("\n"))


def _how_many(heights: Sequence[float], room: float) -> int:
    """How many of them fit, from the first."""
    used = 0.0
    for number, height in enumerate(heights):
        used += height
        if used > room:
            return number
    return len(heights)


def _to_left(frame: Any) -> None:
    from pptx.enum.text import PP_ALIGN

    for paragraph in frame.paragraphs:
        paragraph.alignment = PP_ALIGN.LEFT
