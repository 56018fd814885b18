"""`streamlit run`, told beforehand that app.py does the navigation; `xfer serve` starts this file.

Else a first visit to any page but the start page shows the bare files of pages/ instead of the
dashboard.
"""

from __future__ import annotations

import importlib
import sys
import threading
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

NEEDED_FIRST = ("pages._cell_panel", "pages._heatmap_choices", "pages._subjects")
"""What the start page imports."""


def load_ahead() -> None:
    """Import what the first reader's page needs while that reader's browser is still starting."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    for name in NEEDED_FIRST:
        importlib.import_module(name)


if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    threading.Thread(target=load_ahead, name="load ahead", daemon=True).start()
    main(prog_name="streamlit")
