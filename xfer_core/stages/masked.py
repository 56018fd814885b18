"""Masked language modelling (Devlin et al. 2019): hidden words, and the head that names them."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from xfer_core.domain.errors import StageFailed
from xfer_core.stages import checkpoints
from xfer_core.stages.batches import Batch

NOT_ASKED = -100
MASKED_SHARE = 0.15


def hide(
    ids: torch.Tensor,
    askable: torch.Tensor,
    mask: int,
    vocabulary: range,
    generator: torch.Generator,
    share: float = MASKED_SHARE,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs with a share of the askable tokens hidden, and which they are (both as ``ids``).

    Of the chosen ones 80% become the mask, 10% a random token of ``vocabulary``, 10% stay.
    """
    shape, device = ids.shape, ids.device
    draw = torch.rand(shape, generator=generator).to(device)
    how = torch.rand(shape, generator=generator).to(device)
    noise = torch.randint(
        vocabulary.start, vocabulary.stop, shape, generator=generator, dtype=ids.dtype
    ).to(device)
    chosen = (draw < share) & askable
    inputs = torch.where(chosen & (how < 0.8), mask, ids)
    return torch.where(chosen & (how >= 0.9), noise, inputs), chosen


class Masking:
    """Turns batches of text into batches of questions about their words."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, seed: int) -> None:
        """``seed`` and the step decide what is hidden.

        Raises:
            StageFailed: the tokenizer has no mask token.
        """
        if tokenizer.mask_token_id is None:
            raise StageFailed(
                "Expected an encoder with a mask token for masked language modelling; its "
                "tokenizer has none. Set masked_share to 0 for it."
            )
        self._mask = int(tokenizer.mask_token_id)
        self._special = torch.tensor(sorted(tokenizer.all_special_ids))
        self._words, self._seed = len(tokenizer), seed

    def asked(self, batch: Batch, step: int) -> Batch:
        """The batch with words hidden; its labels are the hidden ids, elsewhere NOT_ASKED."""
        generator = torch.Generator().manual_seed(self._seed * 1_000_003 + step)
        askable = ~torch.isin(batch.ids, self._special) & (batch.attention > 0)
        inputs, chosen = hide(batch.ids, askable, self._mask, range(self._words), generator)
        labels = torch.where(chosen, batch.ids, NOT_ASKED)
        return Batch(inputs, batch.attention, batch.examples, labels, batch.options)


class WordHead(nn.Module):
    """What names hidden words, without the embeddings that it shares with the encoder."""

    def __init__(self, head: nn.Module) -> None:
        """``head`` is XLM-R's; its parts are shared, not copied."""
        super().__init__()
        self.dense, self.layer_norm, self.bias = head.dense, head.layer_norm, head.bias


def word_head(encoder: PreTrainedModel, folder: Path) -> nn.Module:
    """The masked-LM head that an encoder was pretrained with, tied to its embeddings.

    It maps (n, width) to (n, vocabulary). ``folder`` holds the encoder as shipped: heads are not
    carried from stage to stage.

    Raises:
        StageFailed: an architecture whose head is not known.
    """
    whole = checkpoints.load_masked(folder)
    head: nn.Module | None = getattr(whole, "lm_head", None) or getattr(whole, "cls", None)
    if head is None:
        raise StageFailed(
            f"Expected an encoder with a masked-LM head (lm_head or cls); "
            f"{type(whole).__name__} has neither. Set masked_share to 0 for it."
        )
    whole.get_output_embeddings().weight = encoder.get_input_embeddings().weight
    if (folder / checkpoints.HEAD).is_file():
        checkpoints.load_head(folder, WordHead(head))
    return head


def loss(head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy at the hidden words; scores are computed for those alone."""
    asked = batch.labels != NOT_ASKED
    scores = head(hidden[asked]).float()
    if not len(scores):  # the mean over nothing is no number
        return hidden.sum() * 0.0
    return nn.functional.cross_entropy(scores, batch.labels[asked])
