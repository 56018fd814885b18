"""``python -m xfer_core`` is ``xfer``."""

from __future__ import annotations

import sys


def run() -> None:
    """Entry point of the console command."""
    # Imported here: every forked stage loads the console script again, which asks for this file,
    # and shall not load the whole command line (0.3 s) with it.
    from xfer_core.cli.app import main

    sys.exit(main())


if __name__ == "__main__":
    run()
