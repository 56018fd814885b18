"""Rows of a task as JSON Lines: what a baseline's script reads."""

from __future__ import annotations

import json
from pathlib import Path

from xfer_core.domain.task import Task
from xfer_core.home import Home
from xfer_core.rows import Rows


def row_file(
    home: Home, folder: Path, task: Task, split: str, language: str, most: int | None = None
) -> str:
    """Path of a file with the first rows of a split in one language, one object a line."""
    path = folder / f"{task.name}-{split}-{language}-{most or 'all'}.jsonl"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rows = Rows(home.root / "rows").of(task, split, language)[:most]
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
