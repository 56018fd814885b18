"""How much text stands behind a task or a language: what heatmaps are ordered by."""

from __future__ import annotations

from collections.abc import Iterable

from xfer_core import catalog, pretraining_text
from xfer_core.domain.intermediate import SETTING, listed
from xfer_core.domain.serving import encoder_of


def sizes(encoder: str, names: Iterable[str]) -> dict[str, float]:
    """Million tokens of the encoder's pretraining text in a language; training rows of a task.

    Args:
        encoder: whose text is meant; only mini encoders have been counted.
        names: languages, targets and intermediates; those of a mixture are added up.

    Returns:
        Name -> size; names whose size is not known, and tasks that are not trained, are left out.
    """
    tokens = pretraining_text.millions(encoder_of(encoder))
    known = {name: tokens[name] if name in tokens else _rows(name) for name in names}
    return {name: float(size) for name, size in known.items() if size}


def _rows(name: str) -> int:
    declared = catalog.tasks()
    some = [declared.get(each) for each in listed(name.split(":")[-1].split(SETTING)[0])]
    # Of a mixture with a task that is not known, nothing is known.
    return sum(each.train_examples for each in some if each) if all(some) else 0
