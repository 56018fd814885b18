"""How far a language lies from English in its grammar: the table in data/typology.csv.

The distances are those of URIEL+ 1.3.2 (Khan et al., COLING 2025; licence CC BY-SA 4.0, and so is
the table): the angle between the syntactic features that are known of both languages, 0 for the
same and 1 for nothing in common. ``tests/make_typology.py`` makes the table anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

FILE = Path(__file__).resolve().parent.parent / "data" / "typology.csv"
SOURCE = "URIEL+ 1.3.2, syntactic features"
LEAST_FEATURES = 25
"""A distance over fewer shared features says little; the table leaves such languages out."""


@cache
def distances() -> dict[str, float]:
    """Language code -> distance to English, from 0 to 1; languages little known of are left out."""
    table = pd.read_csv(FILE, keep_default_na=False)
    pairs = zip(table["language"], table["distance"], strict=True)
    return {str(code): float(far) for code, far in pairs}
