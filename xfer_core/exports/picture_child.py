"""The child of ``pictures``: draws every figure of a folder with one Chromium, then ends.

``python -m xfer_core.exports.picture_child FOLDER FORM SCALE``; errors are one line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import kaleido


def main(folder: Path, form: str, scale: int) -> None:
    """Write FOLDER/<number>.<form> for each FOLDER/<number>.json."""
    # Any other argument kills kaleido's thread, and the next picture would wait for ever. Without
    # mathjax=False its page would ask the network for a script.
    kaleido.start_sync_server(mathjax=False)
    try:
        for path in sorted(folder.glob("*.json"), key=lambda each: int(each.stem)):
            figure = json.loads(path.read_text(encoding="utf-8"))
            layout = figure["layout"]
            size = {"width": layout["width"], "height": layout["height"]}
            drawn = kaleido.calc_fig_sync(
                figure, opts={"format": form, "scale": scale if form == "png" else 1, **size}
            )
            path.with_suffix(f".{form}").write_bytes(drawn)
    finally:
        kaleido.stop_sync_server()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        sys.exit(1)
