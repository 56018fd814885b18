"""Does the choice of the intermediate task change latency? The shape is the same all along."""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.stats.passes import Equality, equality
from xfer_core.views.latency import CONDITIONS, SERVING, latency
from xfer_core.views.selection import Queryable

COLUMNS = [
    *("encoder", *SERVING, *CONDITIONS, "n_models", "n_contended", "bound_percent"),
    *("largest", "difference_percent", "ci_low_percent", "ci_high_percent"),
]


def latency_equality(
    store: Queryable,
    *,
    catalog: str,
    target: str,
    batch_size: int | None = None,
    inputs: str | None = None,
) -> pd.DataFrame:
    """How far the models of one shape, after different intermediate tasks, differ in latency.

    Each is compared by its ratio to the reference that was timed in the same passes, so a machine
    that was slower in another hour makes no difference. Contended measurements are left out.

    Args:
        store: where to ask.
        catalog: of the models.
        target: what they answer.
        batch_size: only measurements with this one; None takes all, here and below.
        inputs: only on texts of these lengths ("mix", "p50", "p95").

    Returns:
        One row per encoder, way to run it and condition with any measurement: ``n_models``
        compared and ``n_contended`` left out; ``bound_percent``: no true difference to the model
        without an intermediate task is larger, at 95% (see ``stats.passes.equality``);
        ``largest``: the intermediate that seems to differ most, with its difference in percent and
        its interval. NaN below two models.
    """
    found = latency(store, catalog=catalog, target=target)
    if batch_size is not None:
        found = found[found["batch_size"] == batch_size]
    if inputs is not None:
        found = found[found["inputs"] == inputs]
    place = ["encoder", *SERVING, *CONDITIONS]
    groups = found.groupby(place, dropna=False, sort=True)
    rows = [dict(zip(place, key, strict=True)) | _compared(part) for key, part in groups]
    return pd.DataFrame(rows, columns=COLUMNS)


def _compared(part: pd.DataFrame) -> dict[str, Any]:
    clean = part[~part["contended"].astype("boolean").fillna(False).astype(bool)]
    ratios: dict[str, list[float]] = {}
    for name, values in zip(clean["intermediate"], clean["pass_ratios"], strict=True):
        ratios.setdefault(str(name), []).extend(values)
    usable = {name: values for name, values in ratios.items() if len(values) > 1}
    names = sorted(usable, key=lambda name: (name != NO_INTERMEDIATE, name))
    counts = {"n_models": len(names), "n_contended": len(part) - len(clean)}
    if len(names) < 2:
        return counts
    return counts | _in_percent(equality([usable[name] for name in names]), names[1:])


def _in_percent(found: Equality, names: list[str]) -> dict[str, Any]:
    ends = [max(abs(one.low), abs(one.high)) for one in found.differences]
    at = ends.index(max(ends))
    largest = found.differences[at]
    return {
        "bound_percent": 100 * found.bound,
        "largest": names[at],
        "difference_percent": 100 * largest.value,
        "ci_low_percent": 100 * largest.low,
        "ci_high_percent": 100 * largest.high,
    }
