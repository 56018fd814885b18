"""A deck as one HTML file: works without a network, keeps hover and tables, runs no foreign code.

The dashboard's present mode shows the same file in a frame, so both are one picture. Its policy
(CSP) names the two scripts by their hashes: text that slips through as markup still cannot run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from xfer_core.charts import slides, words
from xfer_core.charts.slides import Shown
from xfer_core.domain.errors import DataError

LARGEST = 6_000_000
"""Bytes of a file; charts that do not fit become tables."""
_HERE = Path(__file__).parent
_NUMBER = frozenset("0123456789.+−–-")


def html_deck(
    title: str,
    shown: Sequence[Shown],
    *,
    dark: bool | None = None,
    start: int = 0,
    framed: bool = False,
    live: Sequence[bool] = (),
    doubts: Sequence[Sequence[str]] = (),
) -> str:
    """The whole page.

    Args:
        title: of the deck.
        shown: its slides.
        dark: colours to begin with; None follows the reader's system.
        start: index of the slide to begin with.
        framed: whether it is shown inside the dashboard, which then follows the slides.
        live: per slide, whether its data are live; none means frozen.
        doubts: per slide, why its headline is not backed; shown in amber.

    Raises:
        DataError: the page would be larger than ``LARGEST``.
    """
    themes = (bool(dark),) if framed else (False, True)
    figures = [_figures(one, themes) for one in shown]
    told = {"figures": figures, "start": start, "framed": framed, "enlarged": slides.ENLARGED}
    parts = [
        _slide(
            one,
            framed,
            bool(live[place]) if place < len(live) else False,
            doubts[place] if place < len(doubts) else (),
        )
        for place, one in enumerate(shown)
    ]
    theme = "auto" if dark is None else "dark" if dark else "light"
    page = f"""<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)}</title>
<style>{_asset("deck.css")}</style>
</head>
<body>
<main class="deck" aria-label="{_text(title)}">
{"".join(parts)}
</main>
<script type="application/json" id="figures">{_json(told)}</script>
<script>{_plotly()}</script>
<script>{_asset("deck.js")}</script>
</body>
</html>
"""
    if len(page.encode()) > LARGEST:
        raise DataError(
            f"Expected a page of at most {LARGEST / 1e6:.0f} MB; {len(shown)} slides make "
            f"{len(page.encode()) / 1e6:.1f} MB. Split the deck."
        )
    return page


def _slide(shown: Shown, framed: bool, live: bool, doubts: Sequence[str]) -> str:
    amber = "".join(f'<p class="amber">{_text(doubt)}</p>' for doubt in doubts)
    chart = (
        f'<div class="chart" role="img" aria-label="{_text(shown.alt)}"><div></div></div>'
        if slides.has_figure(shown.kind)
        else ""
    )
    switch = '<button data-do="numbers" title="The numbers as a table (T)">Table</button>'
    out = '<button data-do="leave" title="Leave (Esc)">Leave</button>' if framed else ""
    back, on = ("disabled" if end else "" for end in (shown.number == 1, shown.number == shown.of))
    return f"""<section class="slide{"" if chart else " table"}" data-snapshot="{shown.snapshot_id}"
 aria-roledescription="slide" aria-label="Slide {shown.number} of {shown.of}">
<h1><bdi>{_text(shown.headline)}</bdi></h1>
<p class="evidence">{_text(shown.evidence)}</p>
{amber}<div class="body">{chart}<div class="numbers" tabindex="0">{_table(shown)}</div></div>
<div class="foot"><p class="source">{_text(shown.source)}</p>
{'<p class="live">LIVE</p>' if live else ""}
<nav aria-label="Slides">{switch if chart else ""}
<button data-do="back" title="Back (left arrow)" aria-label="Back" {back}>‹</button>
<span class="page">{shown.number} / {shown.of}</span>
<button data-do="next" title="Next (right arrow)" aria-label="Next" {on}>›</button>{out}</nav></div>
</section>
"""


def _table(shown: Shown) -> str:
    head, *lines = slides.said_rows(shown)
    numeric = [
        bool(lines) and all(set(line[place]) <= _NUMBER for line in lines)
        for place in range(len(head))
    ]

    def cells(tag: str, line: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=number' if number else ''}>{_text(value)}</{tag}>"
            for value, number in zip(line, numeric, strict=True)
        )

    rows = "".join(f"<tr>{cells('td', line)}</tr>" for line in lines)
    return f"<table><thead><tr>{cells('th', head)}</tr></thead><tbody>{rows}</tbody></table>"


def _figures(shown: Shown, themes: Sequence[bool]) -> dict[str, Any] | None:
    """The figure in each theme asked for; inside the dashboard its own theme is enough."""
    if not slides.has_figure(shown.kind):
        return None
    return {
        "dark" if dark else "light": json.loads(slides.figure(shown, dark).to_json())
        for dark in themes
    }


def _json(values: Any) -> str:
    """JSON that cannot end its script element."""
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return words.visible(text)


def _text(text: str) -> str:
    return escape(words.visible(text), quote=True)


@cache
def _policy() -> str:
    scripts = " ".join(_hash(script) for script in (_plotly(), _asset("deck.js")))
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    return str(get_plotlyjs()).replace("</script", "<\\/script")
