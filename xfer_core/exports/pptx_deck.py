"""A deck as PPTX with native tables and charts, which stay editable: no pictures, no browser."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Emu, Inches, Pt

from xfer_core.charts import theme
from xfer_core.charts.slides import Shown
from xfer_core.charts.theme import LIGHT
from xfer_core.exports import pptx_chart, pptx_table

SMALLEST, EVIDENCE, HEADLINE = 16, 18, 28
"""Points of the source and all table text, of the evidence, and of the headline."""
WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LEFT, ROOM = Inches(0.45), Inches(12.43)
MUTED = LIGHT.muted
_TITLE_ONLY = 5


def pptx_deck(title: str, shown: Sequence[Shown]) -> bytes:
    """The file's content.

    A grid too large for text of 16 pt goes over several slides ("1 of 2").

    Args:
        title: of the deck; kept in the file's properties.
        shown: its slides.
    """
    made = Presentation()
    made.slide_width, made.slide_height = WIDTH, HEIGHT
    made.core_properties.title = pptx_table.plain(title)
    made.core_properties.author = "Xfer"
    for one in shown:
        _add(made, one)
    written = BytesIO()
    made.save(written)
    return written.getvalue()


def _add(made: Any, shown: Shown) -> None:
    if shown.kind == "scatter" and pptx_chart.can_draw(shown):
        slide, top, bottom = _page(made, shown, "")
        pptx_chart.add_scatter(slide, shown, (LEFT, top, ROOM, bottom - top))
        return
    parts = pptx_table.parts(shown)
    for number, part in enumerate(parts, 1):
        suffix = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        slide, top, bottom = _page(made, shown, suffix)
        pptx_table.add(slide, part, shown.alt, (LEFT, top, ROOM, bottom - top))


def _page(made: Any, shown: Shown, suffix: str) -> tuple[Any, Emu, Emu]:
    """A slide with its words; returns it and where the room for the chart begins and ends."""
    slide = made.slides.add_slide(made.slide_layouts[_TITLE_ONLY])
    lines = _lines(shown.headline + suffix, 54)
    _place(slide.shapes.title, LEFT, Inches(0.25), ROOM, Inches(0.47 * lines))
    _write(slide.shapes.title.text_frame, shown.headline + suffix, HEADLINE, LIGHT.text, bold=True)
    top = Inches(0.32 + 0.47 * lines)
    height = Inches(0.31 * _lines(shown.evidence, 98))
    evidence = slide.shapes.add_textbox(LEFT, top, ROOM, height)
    _write(evidence.text_frame, shown.evidence, EVIDENCE, LIGHT.text)
    marks = pptx_chart.symbols(shown) if shown.kind == "scatter" else ""
    source = f"{pptx_table.in_signs(shown.source)}{marks} · {shown.number} / {shown.of}"
    foot = Inches(0.28 * _lines(source, 104))
    bottom = Emu(HEIGHT - foot - Inches(0.2))
    _write(slide.shapes.add_textbox(LEFT, bottom, ROOM, foot).text_frame, source, SMALLEST, MUTED)
    slide.notes_slide.notes_text_frame.text = pptx_table.plain(shown.notes)
    return slide, Emu(top + height + Inches(0.12)), Emu(bottom - Inches(0.1))


def _lines(text: str, room: int) -> int:
    """Lines that a text takes where so many letters of a wide font stand in one."""
    return max(1, len(textwrap.wrap(text, room)))


def _place(shape: Any, left: int, top: int, width: int, height: int) -> None:
    shape.left, shape.top, shape.width, shape.height = left, top, width, height


def _write(frame: Any, text: str, size: int, color: str, bold: bool = False) -> None:
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.text = pptx_table.plain(text)
    for paragraph in frame.paragraphs:
        paragraph.alignment = pptx_table.LEFT
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), bold
            run.font.color.rgb = RGBColor.from_string(color.lstrip("#"))
            run.font.name = theme.FONT_OFFICE
