"""What the stages of a plan would cost on a GPU: arithmetic, not a measurement.

A token costs 6 N operations in training and 2 N in prediction, where N counts the parameters
outside the embeddings: N = 12 * layers * width^2. Attention adds little at these lengths and is
left out. Source of all three: Kaplan et al. 2020, https://arxiv.org/abs/2001.08361, section 2.1.
What a GPU reaches of its peak, and what a stage takes to start, are assumptions that a run of
your own replaces.
"""

from __future__ import annotations

from dataclasses import dataclass

from xfer_core import catalog
from xfer_core.domain.encoder import Encoder, Origin
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.run import TRAINING, Stage, StageKind
from xfer_core.sizes import size_of

TRAIN, PREDICT = 6, 2
"""Operations a parameter and token: forward and backward, or forward alone."""
BYTES = 4
"""A parameter in a checkpoint."""
START_SECONDS = 45.0
"""Process, libraries, loading a model of two gigabytes: an assumption."""
SHARE = 0.4
"""Of the peak that is reached: an assumption."""
PEAKS = {
    "a10": 125e12,
    "a100": 312e12,
    "h100": 989e12,
    "h200": 989e12,
    "l4": 121e12,
    "l40s": 362e12,
}
"""Operations a second in bf16 without sparsity, from NVIDIA's data sheets (H100 and H200: SXM)."""


@dataclass(frozen=True)
class Throughput:
    """A GPU by name, and the share of its peak that is reached.

    Raises:
        UnknownName: no such GPU.
        UsageError: a share that is not above 0 and at most 1.
    """

    gpu: str = "a100"
    share: float = SHARE

    def __post_init__(self) -> None:
        """Refuse what nothing can be counted with."""
        if self.gpu not in PEAKS:
            raise UnknownName("GPU", self.gpu, PEAKS)
        if not 0 < self.share <= 1:
            raise UsageError(
                f"Expected the share of a GPU's peak above 0 and at most 1; got {self.share:g}."
            )

    @property
    def operations(self) -> float:
        """Operations a second."""
        return PEAKS[self.gpu] * self.share

    def __str__(self) -> str:
        """As it stands beside a figure."""
        return (
            f"{self.gpu.upper()} at {self.share:.0%} of {PEAKS[self.gpu] / 1e12:.0f} TFLOP/s (bf16)"
        )


@dataclass(frozen=True)
class Cost:
    """Tokens that are read, seconds of a GPU, bytes of the checkpoint that stays."""

    tokens: float
    seconds: float
    bytes: int
    on_gpu: bool = True
    """Whether anybody would take a GPU for it: the shipped encoders need none."""


class Estimator:
    """Costs of stages; what many stages share is looked up once."""

    def __init__(self, throughput: Throughput | None = None) -> None:
        """``throughput`` is what the figures are for; None is the default GPU."""
        self.throughput = throughput or Throughput()
        self._known: dict[tuple[object, ...], Cost] = {}

    def cost(self, stage: Stage) -> Cost:
        """What one stage costs."""
        name = (stage.kind, stage.encoder, stage.intermediate, stage.target, len(stage.languages))
        if name not in self._known:  # seeds cost the same, and so do most intermediates
            self._known[name] = self._cost(stage)
        return self._known[name]

    def _cost(self, stage: Stage) -> Cost:
        encoder = catalog.encoder(stage.encoder)
        read = tokens(stage)
        each = TRAIN if stage.kind in TRAINING else PREDICT
        seconds = START_SECONDS + each * body(encoder) * read / self.throughput.operations
        kept = encoder.parameters * BYTES if stage.kind in TRAINING else 0
        return Cost(read, seconds, kept, encoder.origin is not Origin.SHIPPED)


def body(encoder: Encoder) -> float:
    """Parameters outside the embeddings: 12 * layers * width^2."""
    return 12.0 * encoder.layers * encoder.hidden_size**2


def tokens(stage: Stage) -> float:
    """Tokens that a stage reads, as far as they are known before it ran."""
    if stage.kind is StageKind.PRETRAIN:
        return float(stage.settings["pretraining"]["tokens"])
    if stage.kind in TRAINING:
        return _trained(stage)
    if stage.kind is StageKind.EVALUATE and stage.target:
        size = size_of(catalog.task(stage.target))
        asked = stage.settings["evaluation"].get("examples") or size.test_examples
        return float(min(asked, size.test_examples) * size.test_tokens * len(stage.languages))
    return 0.0  # latency: some sentences


def _trained(stage: Stage) -> float:
    settings = stage.settings["training"]
    if settings["steps"]:
        return float(settings["steps"] * settings["batch_tokens"] * settings["accumulate"])
    read = 0.0
    for task in map(catalog.task, stage.settings["tasks"]):
        size = size_of(task)
        examples = size.train_examples
        if settings["train_examples"]:
            examples = min(examples, settings["train_examples"])
        read += examples * len(settings["languages"]) * size.tokens
    return float(read * (settings["epochs"] or 1.0))
