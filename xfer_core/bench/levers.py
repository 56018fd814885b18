"""What the engine does to be fast, each time with it and without, on real batches of a mini task.

Runs in a forked process. Every function returns seconds with and without, of the same work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from xfer_core import catalog
from xfer_core.bench import engine
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home
from xfer_core.stages import arrays, checkpoints, data
from xfer_core.stages.batches import Batch, batch_of, ordered_batches, training_batches
from xfer_core.stages.device import accelerator
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import Model, padding

Seconds = dict[str, float]
Work = Callable[[], object]
LENGTH = 144


class Bench:
    """A mini encoder with the head of a task, and the task's arrays."""

    def __init__(self, root: str, task: str, seed: int, steps: int) -> None:
        """``steps`` is how many batches each side reads."""
        accelerator(seed, 1)
        self._home, self._steps, self._seed = Home(Path(root)), steps, seed
        self._task = catalog.task(task)
        self._kind = KINDS[self._task.kind]
        shipped = catalog.encoder_folder(catalog.encoder(engine.ENCODER))
        encoder = checkpoints.load_encoder(shipped)
        head = self._kind.head(self._task, encoder.config.hidden_size)
        self._model = Model(encoder, head).train()
        self._pad = padding(encoder)

    def bucketed(self) -> Seconds:
        """Batches of a token budget bucketed by length, or as many examples drawn at random."""
        ours = self._training()
        sizes = [len(batch.examples) for batch in ours]
        drawn = np.random.default_rng(self._seed).permutation(self._encoded("train").n_examples)
        cuts = np.split(drawn[: sum(sizes)], np.cumsum(sizes)[:-1])
        theirs = [self._padded(cut) for cut in cuts]
        # The work is the same number of examples; ours reads fewer columns of padding for it.
        return self._turns(partial(self._learn, ours), partial(self._learn, theirs))

    def fused(self) -> Seconds:
        """The optimizer's steps alone: one fused kernel, or an operation at a time."""
        sides = {}
        for fused in (True, False):
            options: dict[str, Any] = {"fused": True} if fused else {"foreach": False}
            sides[fused] = torch.optim.AdamW(self._model.parameters(), lr=1e-6, **options)
        self._learn(self._training()[:1])
        return self._turns(
            *(lambda o=sides[fused]: [o.step() for _ in range(self._steps)] for fused in sides)
        )

    def unfilled(self) -> Seconds:
        """Deterministic training without filling fresh memory first, or with it."""
        batches = self._training()
        return self._turns(
            partial(self._with_fill, False, batches), partial(self._with_fill, True, batches)
        )

    def compiled(self) -> Seconds:
        """torch.compile, the time of compiling included, or none (the engine's way)."""
        batches = self._training()
        eager = _timed(partial(self._learn, batches))
        self._model.encoder.compile(dynamic=True)
        return {"with": _timed(partial(self._learn, batches)), "without": eager}

    def sorted(self) -> Seconds:
        """All languages in one pass, longest first, or language by language in file order."""
        sets = [self._encoded("test", code) for code in self._task.languages]
        together = list(ordered_batches(arrays.join(sets), 8192, self._pad))
        size = round(np.mean([len(batch.examples) for batch in together]))
        apart = [
            self._padded(part, one)
            for one in sets
            for part in np.split(np.arange(one.n_examples), range(size, one.n_examples, size))
        ]
        return self._turns(
            partial(self._answer, together, torch.inference_mode),
            partial(self._answer, apart, torch.inference_mode),
        )

    def inference(self) -> Seconds:
        """inference_mode, or passes that are ready to be differentiated."""
        one = self._encoded("test")
        batches = list(ordered_batches(one, 8192, self._pad))
        return self._turns(
            partial(self._answer, batches, torch.inference_mode),
            partial(self._answer, batches, torch.enable_grad),
        )

    def _turns(self, ours: Work, theirs: Work) -> Seconds:
        """Both sides once to warm up, then in turn."""
        ours(), theirs()
        return {"with": _timed(ours), "without": _timed(theirs)}

    def _learn(self, batches: list[Batch]) -> None:
        for batch in batches:
            loss = self._kind.loss(self._model.head, self._model.hidden(batch), batch)
            self._model.zero_grad(set_to_none=True)
            loss.backward()

    def _with_fill(self, fill: bool, batches: list[Batch]) -> None:
        torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
        self._learn(batches)
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]

    def _answer(
        self, batches: list[Batch], mode: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        with mode():
            for batch in batches:
                self._kind.predict(
                    self._model.head, self._model.hidden(batch).detach(), batch, self._task
                )

    def _encoded(self, split: str, language: str = "en") -> arrays.Encoded:
        return data.encoded(self._home, self._task, split, language, engine.ENCODER, LENGTH)

    def _training(self) -> list[Batch]:
        drawn = np.random.default_rng(self._seed)
        endless: Iterator[Batch] = training_batches(self._encoded("train"), 256, self._pad, drawn)
        return [next(endless) for _ in range(self._steps)]

    def _padded(self, examples: Any, encoded: arrays.Encoded | None = None) -> Batch:
        """The examples as one batch, whatever their lengths."""
        return batch_of(encoded or self._encoded("train"), examples, self._pad)


def measure(request: dict[str, Any]) -> Seconds:
    """Seconds ``with`` and ``without`` of one lever; ``request`` names it and its work."""
    bench = Bench(request["home"], request["task"], request["seed"], request["steps"])
    found: Seconds = getattr(bench, request["lever"])()
    return found


def tokenized(home: Home, stage: Stage) -> Seconds:
    """An evaluate stage on kept arrays, or one that tokenizes first."""
    kept = engine.evaluate_stage(home, stage)["seconds"]
    return {"with": kept, "without": engine.evaluate_untokenized(home, stage)["seconds"]}


def shared(stages: tuple[Stage, ...], seconds: dict[StageKind, float]) -> Seconds:
    """Seconds of a plan's stages, or of every evaluation with its own chain of parents."""
    by_key = {stage.key: stage for stage in stages}
    alone = 0.0
    for stage in stages:
        if stage.kind is StageKind.EVALUATE:
            one: Stage | None = stage
            while one is not None:
                alone += seconds[one.kind]
                one = by_key[one.parent] if one.parent else None
    return {"with": sum(seconds[stage.kind] for stage in stages), "without": alone}


def _timed(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
