"""What the suite's fork server imports once, so that no side pays for an import."""

from __future__ import annotations

import datasets  # type: ignore[import-untyped]
from transformers import Trainer

from xfer_core.stages import preloaded

datasets.disable_progress_bars()

__all__ = ["Trainer", "preloaded"]
