"""The loop of a program that answers one line of JSON with another (see isolation.Companion)."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def answer_all(
    answer: Callable[[dict[str, Any]], dict[str, Any]], greeting: dict[str, Any]
) -> None:
    """Greet, then answer until the input ends; a library's prints go to standard error."""
    spoken = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    print(json.dumps(greeting), file=spoken)
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), file=spoken)
