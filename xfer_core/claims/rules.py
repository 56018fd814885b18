"""The rules by name, each with the parameters that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from xfer_core.claims import declared, effects
from xfer_core.claims.claim import Facts, Finding


@dataclass(frozen=True)
class Rule:
    """How a claim is judged; ``parameters`` is the model that its values must fit."""

    parameters: type[BaseModel]
    judge: Callable[[Facts, Any], Finding]
    is_measured: bool
    """Whether it looks at gains; else at what is declared and run."""


RULES = {
    "mean_gain": Rule(effects.Sized, effects.mean_gain, True),
    "best_on_dev": Rule(effects.Sized, effects.best_on_dev, True),
    "gain_share": Rule(effects.Share, effects.gain_share, True),
    "no_gain": Rule(effects.NoGain, effects.no_gain, True),
    "ahead": Rule(effects.Ahead, effects.ahead, True),
    "starts_from": Rule(declared.Encoder, declared.starts_from, False),
    "declared": Rule(declared.Count, declared.declared, False),
    "most_languages": Rule(declared.Count, declared.most_languages, False),
    "untrained": Rule(declared.Tasks, declared.untrained, False),
    "covers": Rule(declared.Groups, declared.covers, False),
    "train_examples": Rule(declared.Count, declared.train_examples, False),
    "phases": Rule(declared.Nothing, declared.phases, False),
}
