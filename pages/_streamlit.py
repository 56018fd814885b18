"""`streamlit run`, told beforehand that app.py does the navigation; `xfer serve` starts this file.

Else a first visit to any page but the start page shows the bare files of pages/ instead of the
dashboard.
"""

from __future__ import annotations

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    main(prog_name="streamlit")
