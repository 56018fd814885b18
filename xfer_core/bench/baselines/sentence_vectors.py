"""sentence-transformers: sentences to vectors, with the same weights and mean pooling."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import Any

os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import torch  # noqa: E402
from sentence_transformers import (  # type: ignore[import-not-found]  # noqa: E402
    SentenceTransformer,
    models,
)

from xfer_core.bench.baselines.answering import answer_all  # noqa: E402


def _model(folder: str, max_length: int) -> SentenceTransformer:
    words = models.Transformer(folder, max_seq_length=max_length)
    pooling = models.Pooling(words.get_word_embedding_dimension(), "mean")
    return SentenceTransformer(modules=[words, pooling], device="cpu")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Encode all sentences and find each one's translation; the accuracy by language.

    ``seconds`` run from loading the weights to the last score, as on our side. ``pairs`` maps a
    language to its (source, target) sentences.
    """
    torch.set_num_threads(int(request["threads"]))
    pairs: dict[str, list[list[str]]] = request["pairs"]
    sentences = [text for some in pairs.values() for pair in some for text in pair]
    started = time.perf_counter()
    model = _model(request["model"], request["max_length"])
    vectors = model.encode(sentences, convert_to_tensor=True, normalize_embeddings=True)
    scores, start = {}, 0
    for language, some in pairs.items():
        sources, targets = vectors[start : start + 2 * len(some)].view(len(some), 2, -1).unbind(1)
        start += 2 * len(some)
        right = (sources @ targets.T).argmax(-1).cpu() == torch.arange(len(some))
        scores[language] = float(right.float().mean())
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "scores": scores, "sentences": len(sentences)}


if __name__ == "__main__":
    answer_all(answer, {"version": version("sentence-transformers")})
