"""``python -m xfer_core`` is ``xfer``."""

from __future__ import annotations

import sys

from xfer_core.cli.app import main


def run() -> None:
    """Entry point of the console command."""
    sys.exit(main())


if __name__ == "__main__":
    run()
