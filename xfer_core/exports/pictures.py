"""Slides as PNG and SVG, drawn by Chromium in a child process that ends in time.

A browser that hangs must not take the dashboard or the command line with it: the child has a time
limit, and all its processes end with it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from xfer_core.charts import slides
from xfer_core.charts.slides import Shown
from xfer_core.domain.errors import UsageError, XferError

FORMATS = ("png", "svg")
SCALES = (2, 4)
"""A PNG of 960 x 540 pixels is drawn so many times as large."""
START_SECONDS, EACH_SECONDS = 60.0, 20.0


def pictures(
    shown: Sequence[Shown],
    form: str = "png",
    *,
    scale: int = 2,
    dark: bool = False,
    limit_seconds: float | None = None,
) -> list[bytes]:
    """One picture per slide, with headline, evidence and source on it.

    Args:
        shown: the slides; those that are tables alone have no picture (see ``slides.has_figure``).
        form: "png" or "svg".
        scale: of a PNG, 2 or 4.
        dark: the dark colours.
        limit_seconds: after that the child is ended; None allows for a slow machine.

    Raises:
        UsageError: another format or scale.
        XferError: there is no Chromium, it failed, or it took too long.
    """
    if form not in FORMATS or scale not in SCALES:
        raise UsageError(
            f"Expected a picture as {' or '.join(FORMATS)}, two or four times as large; got "
            f"{form!r}, {scale}."
        )
    drawn = [slides.poster(one, dark) for one in shown if slides.has_figure(one.kind)]
    if not drawn:
        raise UsageError("Expected a slide with a chart; these are tables. Export XLSX instead.")
    limit = limit_seconds or START_SECONDS + EACH_SECONDS * len(drawn)
    with tempfile.TemporaryDirectory(prefix="xfer-pictures-") as folder:
        place = Path(folder)
        for number, figure in enumerate(drawn):
            (place / f"{number}.json").write_text(figure.to_json(), encoding="utf-8")
        _draw(place, form, scale, limit)
        return [(place / f"{number}.{form}").read_bytes() for number in range(len(drawn))]


def _draw(folder: Path, form: str, scale: int, limit: float) -> None:
    """Run the child; end its whole process group when it takes too long."""
    command = [sys.executable, "-P", "-m", "xfer_core.exports.picture_child"]
    child = subprocess.Popen(
        [*command, str(folder), form, str(scale)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "HOME": str(folder)},
    )
    try:
        said, _ = child.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise XferError(
            f"Expected pictures within {limit:.0f} s; Chromium was not ready and was ended. Try "
            "again when the machine is quiet, or export PPTX or HTML, which need no browser."
        ) from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.returncode:
        raise XferError(_reason(said.decode(errors="replace")))


def _reason(said: str) -> str:
    try:
        reason = str(json.loads(said.strip().splitlines()[-1])["error"])
    except (IndexError, ValueError, KeyError, TypeError):
        reason = "Chromium could not draw"
    return (
        f"The pictures could not be drawn ({reason[:200]}); install Chromium (apt-get install "
        "chromium), or export PPTX or HTML, which need no browser."
    )
