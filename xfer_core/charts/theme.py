"""Colours, signs and labels that every chart shares; contrast is measured, not guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xfer_core.domain import intermediate
from xfer_core.domain.errors import UsageError

MINUS = "\N{MINUS SIGN}"
SIGNIFICANT = "●"
FONT = '"Source Sans", "Source Sans Pro", "DejaVu Sans", sans-serif'
FONT_OFFICE = "Calibri"
"""Of exported slides: a font that presentation programs have."""
WIDTH_GUESS = 800
"""Pixels a chart may count on beside the cell panel in a window 1280 pixels wide."""


@dataclass(frozen=True)
class Palette:
    """Colours of one theme: text and muted reach 4.5:1 on the background, all others 3:1."""

    background: str
    text: str
    muted: str
    grid: str
    line: str
    accent: str
    neutral: str
    missing: str
    failed: str
    negative: tuple[str, ...]
    positive: tuple[str, ...]
    encoders: tuple[str, ...]


LIGHT = Palette(
    background="#FFFFFF",
    text="#1B2230",
    muted="#565F6F",
    grid="#E6E9EF",
    line="#7B8494",
    accent="#2B5FA8",
    neutral="#F3F2EE",
    missing="#B9BFCA",
    failed="#DDE0E6",
    negative=("#F7DCC0", "#EDB17D", "#D67F3F", "#A9541B", "#74340A"),
    positive=("#D3E1F1", "#9FC1E4", "#5F95CF", "#2F67AE", "#163F78"),
    encoders=("#2B5FA8", "#B9500F", "#7A3F98", "#1D7A5F", "#8A6A00", "#A3275B"),
)
DARK = Palette(
    background="#12161D",
    text="#E7EBF2",
    muted="#A6AFBE",
    grid="#2A313D",
    line="#768094",
    accent="#5B93E0",
    neutral="#2B303A",
    missing="#596275",
    failed="#3A414E",
    negative=("#57402F", "#8A5527", "#C0742F", "#E99A4F", "#FFC58F"),
    positive=("#2C4363", "#32609C", "#4684D3", "#77ADEE", "#B0D3FF"),
    encoders=("#6FA6EE", "#EE9550", "#C494E2", "#58C2A2", "#D9B94A", "#EE7FA9"),
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "pentagon", "star")

_KNOWN = {
    "anli": "ANLI+",
    "bucc": "BUCC",
    "bucc2018": "BUCC",
    "ccg": "CCG",
    "commonsenseqa": "CommonsenseQA",
    "csqa": "CSQA",
    "cosmosqa": "Cosmos QA",
    "hellaswag": "HellaSwag",
    "mlqa": "MLQA",
    "mmlu": "MMLU",
    "mnli": "MNLI",
    "ner": "NER",
    "panx": "PAN-X",
    "pawsx": "PAWS-X",
    "pos": "POS",
    "qqp": "QQP",
    "squad": "SQuAD",
    "squad1": "SQuAD v1.1",
    "squad2": "SQuAD v2.0",
    "sst": "SST",
    "sst2": "SST-2",
    "tatoeba": "Tatoeba",
    "tydiqa": "TyDiQA",
    "udpos": "POS",
    "xnli": "XNLI",
    "xquad": "XQuAD",
}


def palette(dark: bool) -> Palette:
    """The colours of the dark or the light theme."""
    return DARK if dark else LIGHT


def signed(value: float | None, digits: int = 1) -> str:
    """A number in points with its sign: "+1.2", a true minus, "0.0"; a dash for nothing."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        return text[1:]
    return text.replace("-", MINUS)


def plain_signed(value: float) -> str:
    """A round number for an axis: "+5", "0", with a true minus."""
    return f"{value:+g}".replace("-", MINUS) if value else "0"


def round_ticks(limits: tuple[float, float], wanted: int = 6) -> list[float]:
    """About ``wanted`` round numbers (steps 1, 2, 5) within the limits, 0 among them if inside."""
    rough = (limits[1] - limits[0]) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
    first, last = math.ceil(limits[0] / step), math.floor(limits[1] / step)
    return [round(index * step, 6) for index in range(first, last + 1)]


def percent(score: float | None) -> str:
    """A score in [0, 1] as points with one decimal: "53.0"; a dash for nothing."""
    if score is None or math.isnan(score):
        return "–"
    return f"{100 * score:.1f}".replace("-", MINUS)


def interval(low: float | None, high: float | None) -> str:
    """A 95% interval in points: "+0.4 to +2.1"; says so if there is none."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return "no interval"
    return f"{signed(low)} to {signed(high)}"


def task_label(name: str) -> str:
    """A short name of a task for an axis: "mini-mnli" is "MNLI", "none" the baseline.

    A mixture is "MNLI + QQP"; settings of its own stand behind: "MNLI · 20% masked words".
    """
    if name == "none":
        return "no intermediate"
    try:
        parts = intermediate.parse(name)
    except UsageError:  # a name of another program's making is shown as it is
        return name
    tasks = " + ".join(map(_single_label, parts.tasks))
    telling = sorted(parts.settings.items(), key=lambda setting: setting[0] not in TELLING)
    return BETWEEN.join([tasks, *(regime(key, value) for key, value in telling)])


BETWEEN = " · "
TELLING = ("masked_share", "languages", "tuning", "mixing")
"""Settings that stand first behind a task: they say what is trained, not for how long."""


def regime(key: str, value: str) -> str:
    """A setting of an intermediate in words: "20% masked words", "in de, fr", "LoRA"."""
    match key:
        case "masked_share":
            return f"{100 * float(value):g}% masked words"
        case "languages":
            return "in " + ", ".join(intermediate.listed(value))
        case "tuning":
            return {"lora": "LoRA"}.get(value, f"{value} tuning")
        case "mixing":
            return f"mixed by {value}"
        case "steps" | "epochs":
            return f"{value} {key}"
        case "select_on":
            return f"best on dev ({'its languages' if value == 'source' else 'all languages'})"
        case _:
            return f"{key.replace('_', ' ')} {value}"


def _single_label(name: str) -> str:
    bare = re.sub(r"^(mini|paper)-", "", name)
    return _KNOWN.get(re.sub("[-_+]", "", bare), bare)


def shortened(text: str, length: int) -> str:
    """The text, cut with an ellipsis if it is longer."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def clean_limit(values: Iterable[float]) -> float:
    """The 98th percentile of the magnitudes, rounded up to a clean number; 1 without values."""
    sizes = sorted(abs(value) for value in values if math.isfinite(value))
    if not sizes:
        return 1.0
    # The value at or above that rank: below 50 cells this is the largest, and nothing is cut off.
    size = sizes[math.ceil(0.98 * (len(sizes) - 1))]
    steps = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100)
    return float(next((step for step in steps if step >= size), 100))


def gain_color(value: float, limit: float, colors: Palette) -> str:
    """The fill of a gain: neutral exactly at 0, the end colours at +limit and -limit."""
    share = min(abs(value) / limit, 1.0)
    anchors = (colors.neutral, *(colors.positive if value > 0 else colors.negative))
    place = share * (len(anchors) - 1)
    index = min(int(place), len(anchors) - 2)
    return mix(anchors[index], anchors[index + 1], place - index)


def color_scale(colors: Palette) -> list[tuple[float, str]]:
    """The same scale for a colour bar, from -limit (0) over neutral (0.5) to +limit (1)."""
    ends = (*reversed(colors.negative), colors.neutral, *colors.positive)
    return [(index / (len(ends) - 1), color) for index, color in enumerate(ends)]


def plain_layout(colors: Palette, size: int = 13) -> dict[str, Any]:
    """What all figures share: font, see-through background, legible hover box."""
    font = {"family": FONT, "color": colors.text, "size": size}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font,
        "hoverlabel": {
            "bgcolor": colors.background,
            "bordercolor": colors.line,
            "font": font,
            "align": "left",
        },
    }


def text_on(fill: str) -> str:
    """Black or white, whichever reads better on the fill (4.58:1 at the worst)."""
    return max(("#000000", "#FFFFFF"), key=lambda color: contrast(color, fill))


def dimmed(color: str, colors: Palette, least: float = 3.0) -> str:
    """The colour faded towards the background as far as ``least``:1 contrast allows."""
    share = 0.65
    while share > 0 and contrast(mix(color, colors.background, share), colors.background) < least:
        share -= 0.05
    return mix(color, colors.background, max(share, 0.0))


def mix(first: str, second: str, share: float) -> str:
    """The colour ``share`` of the way from the first to the second."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def see_through(color: str, share: float) -> str:
    """The colour covering only ``share`` of what lies behind it."""
    return f"rgba{(*_channels(color), share)}"


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21.

    Source: WCAG 2.2, relative luminance.
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def bounded_range(
    values: Sequence[float], lows: Sequence[float], highs: Sequence[float], least: float = 1.0
) -> tuple[float, float]:
    """An axis range that shows all values, and their intervals as far as those stay legible.

    With two seeds a t interval can be twenty times the spread of the values; such bars leave the
    frame instead of squeezing all points together.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return -least, least
    low, high = min(finite), max(finite)
    room = max(high - low, 2 * least)
    low = max(min([low, *(x for x in lows if math.isfinite(x))]), low - room)
    high = min(max([high, *(x for x in highs if math.isfinite(x))]), high + room)
    pad = max(0.08 * (high - low), 0.1 * least)
    return low - pad, high + pad


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return float(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
