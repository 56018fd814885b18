"""A cross-lingual start for the embeddings: truncated SVD of token x utterance counts.

Tokens that occur in translations of the same utterances get similar vectors before the first
step, which small encoders on little text do not find by themselves (compare Levy & Goldberg
2014, https://papers.nips.cc/paper/5477, on factorised co-occurrence).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd


def cross_lingual_embeddings(
    lines: Sequence[Sequence[Sequence[int]]], vocabulary: int, size: int, seed: int
) -> NDArray[np.float32]:
    """(vocabulary, size) embeddings from lines[utterance][language] = token ids.

    Counts become positive pointwise mutual information; rows are scaled to a standard deviation
    of 0.05, tokens that never occur get small noise.
    """
    rows = [token for line in lines for text in line for token in text]
    columns = [number for number, line in enumerate(lines) for text in line for _ in text]
    counts = csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(vocabulary, len(lines))
    )
    left, singular, _ = randomized_svd(_positive_pmi(counts), size, random_state=seed)
    vectors = left * np.sqrt(singular)
    vectors = np.pad(vectors, ((0, 0), (0, size - vectors.shape[1])))  # fewer lines than columns
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    noise = np.random.default_rng(seed).normal(0, 0.02, vectors.shape)
    scaled = np.where(norms > 0, vectors / np.maximum(norms, 1e-9) * 0.05 * np.sqrt(size), noise)
    return scaled.astype(np.float32)


def _positive_pmi(counts: csr_matrix) -> csr_matrix:
    total = counts.sum()
    by_token = np.asarray(counts.sum(axis=1)).ravel()
    by_line = np.asarray(counts.sum(axis=0)).ravel()
    entries = counts.tocoo()
    expected = by_token[entries.row] * by_line[entries.col] / total
    values = np.log(np.maximum(entries.data / expected, 1.0))
    return csr_matrix((values, (entries.row, entries.col)), shape=counts.shape)
