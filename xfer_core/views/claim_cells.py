"""Which measured cells stand behind a verdict?"""

from __future__ import annotations

import pandas as pd

from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, main_metric


def claim_cells(
    store: Queryable, *, catalog: str, encoder: str, cells: tuple[tuple[str, str, str], ...]
) -> pd.DataFrame:
    """The rows of ``gains`` of some cells.

    Args:
        store: where to ask.
        catalog: of the cells.
        encoder: of the cells.
        cells: (intermediate, target, language) of each.

    Returns:
        One row per cell that is measured, by target, then by falling gain.
    """
    table = main_metric(store, gains(store, catalog=catalog, encoder=encoder))
    keys = zip(table["intermediate"], table["target"], table["language"], strict=True)
    wanted = set(cells)
    kept = table[[key in wanted for key in keys]]
    return kept.sort_values(["target", "gain_points"], ascending=[True, False]).reset_index(
        drop=True
    )
