"""Exact search in blocks against brute force, and against XTREME's mining, written anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from xfer_core.domain.task import Row
from xfer_core.stages import checkpoints
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds import search
from xfer_core.stages.kinds.mining import Mined, mine, mine_rows
from xfer_core.stages.kinds.retrieval import Retrieval, nearest, pooled, special_ids

SIZES = [(1, 1), (1, 9), (9, 1), (20, 31), (31, 20), (40, 40)]


def vectors(n: int, seed: int, width: int = 16) -> torch.Tensor:
    """Random vectors that lean to one side, as those of sentences do."""
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed)) + 0.8


def cosines(one: torch.Tensor, other: torch.Tensor) -> np.ndarray:
    """(n, m) in double precision."""
    a, b = one.double().numpy(), other.double().numpy()
    return a @ b.T / np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))


@pytest.fixture(params=[4096, 7])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(search, "BLOCK", request.param)
    return request.param


def by_margin(table: np.ndarray, k: int) -> np.ndarray:
    """(n, m) ratio margins."""
    k = min(k, *table.shape)
    rows = np.sort(table, 1)[:, ::-1][:, :k].mean(1)
    columns = np.sort(table, 0)[::-1][:k].mean(0)
    return 2 * table / (rows[:, None] + columns[None, :])


# Retrieval


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_nearest_are_those_of_brute_force(block, n, m):
    one, other = vectors(n, 1), vectors(m, 2)
    table = cosines(one, other)
    assert nearest(one, other) == table.argmax(1).tolist()
    for k in (1, 3, 8):
        assert nearest(one, other, k) == by_margin(table, k).argmax(1).tolist()


def test_of_equals_the_first_is_nearest(block):
    other = vectors(5, 3).repeat(4, 1)
    assert nearest(other[:5], other) == [0, 1, 2, 3, 4]
    assert nearest(torch.zeros(3, 4), torch.zeros(20, 4)) == [0, 0, 0]


@pytest.mark.parametrize("seed", range(5))
def test_of_equals_the_first_is_nearest_whatever_the_processor_rounds(block, seed, monkeypatch):
    """As if each column of a product were added up in an order of its own."""
    plain = search._blocks

    def shaken(one, other):
        chance = torch.Generator().manual_seed(seed)
        for i, j, found in plain(one, other):
            yield i, j, found + 1e-7 * torch.rand(found.shape, generator=chance)

    monkeypatch.setattr(search, "_blocks", shaken)
    other = vectors(5, 3).repeat(4, 1)
    assert nearest(other[:5], other) == [0, 1, 2, 3, 4]
    assert nearest(other[:5], other, 3) == [0, 1, 2, 3, 4]


def test_the_margin_holds_back_what_is_near_to_everything(block):
    one = torch.tensor([[1.0, 0.2, 1.0], [0.2, 1.0, 1.0], [0.1, 0.1, 1.0], [0.3, 0.2, 1.0]])
    other = torch.tensor([[1.0, 0.0, 0.3], [0.0, 1.0, 0.3], [0.3, 0.3, 1.0]])
    assert nearest(one, other)[:2] == [2, 2]
    assert nearest(one, other, 2)[:2] == [0, 1]


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("k", [1, 4, 12])
def test_the_k_nearest_both_ways(block, n, m, k):
    one, other = search.unit(vectors(n, 4)), search.unit(vectors(m, 5))
    table, k = cosines(one, other), min(k, n, m)
    for near, values in zip(search.nearest_both(one, other, k), (table, table.T), strict=True):
        order = np.argsort(-values, 1)[:, :k]
        assert near.places.tolist() == order.tolist()
        wanted = np.take_along_axis(values, order, 1)
        assert near.cosines.numpy() == pytest.approx(wanted, abs=1e-6)
        assert near.density.numpy() == pytest.approx(wanted.mean(1), abs=1e-6)


class Largest(TorchDispatchMode):
    """The most numbers that any result of an operation had."""

    numbers = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        for one in found if isinstance(found, tuple | list) else (found,):
            if isinstance(one, torch.Tensor):
                self.numbers = max(self.numbers, one.numel())
        return found


@pytest.mark.parametrize("find", [nearest, lambda a, b: nearest(a, b, 4), mine])
def test_no_table_of_all_pairs_is_made(monkeypatch: pytest.MonkeyPatch, find: Any):
    monkeypatch.setattr(search, "BLOCK", 32)
    one, other = vectors(300, 1, 4), vectors(350, 2, 4)
    with Largest() as largest:
        find(one, other)
    assert 32 * 32 <= largest.numbers <= 2 * 32 * 32 < 300 * 350 / 50


# Mining


def xtreme(x: np.ndarray, y: np.ndarray, k: int) -> Mined:
    """Both directions, candidates among the k nearest by cosine, best score first."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    table = x @ y.T
    near_x = np.argsort(-table, 1)[:, : min(k, len(y))]
    near_y = np.argsort(-table.T, 1)[:, : min(k, len(x))]
    mean_x = np.take_along_axis(table, near_x, 1).mean(1)
    mean_y = np.take_along_axis(table.T, near_y, 1).mean(1)

    def score(i: int, j: int) -> float:
        return table[i, j] / ((mean_x[i] + mean_y[j]) / 2)

    forward = [max((score(i, j), i, j) for j in near_x[i]) for i in range(len(x))]
    backward = [max((score(i, j), i, j) for i in near_y[j]) for j in range(len(y))]
    found, seen_x, seen_y = [], set(), set()
    for value, i, j in sorted([*forward, *backward], key=lambda one: -one[0]):
        if i not in seen_x and j not in seen_y:
            seen_x.add(i)
            seen_y.add(j)
            found.append((value, i, j))
    return found


@pytest.mark.parametrize(("n", "m"), [(20, 31), (31, 20), (40, 40), (5, 90)])
@pytest.mark.parametrize("k", [2, 4])
def test_mining_among_the_nearest_is_that_of_xtreme(block, n, m, k):
    one, other = vectors(n, 6), vectors(m, 7)
    wanted = xtreme(one.double().numpy(), other.double().numpy(), k)
    found = mine(one, other, k, "nearest")
    assert [pair[1:] for pair in found] == [pair[1:] for pair in wanted]
    assert [pair[0] for pair in found] == pytest.approx([pair[0] for pair in wanted], rel=1e-5)


def test_candidates_make_a_difference():
    pairs = [
        {pair[1:] for pair in mine(vectors(40, s), vectors(60, s + 50), 2, candidates)}
        for s in range(6)
        for candidates in ("all", "nearest")
    ]
    assert any(one != other for one, other in zip(pairs[::2], pairs[1::2], strict=True))


@pytest.mark.parametrize("candidates", ["all", "nearest"])
def test_blocks_do_not_change_what_is_mined(monkeypatch, candidates):
    one, other = vectors(50, 8), vectors(70, 9)
    whole = mine(one, other, 4, candidates)
    monkeypatch.setattr(search, "BLOCK", 11)
    assert [pair[1:] for pair in mine(one, other, 4, candidates)] == [p[1:] for p in whole]


def line(source: str | None, target: str | None) -> Row:
    return {"source": source, "target": target, "parallel": False}


def test_lists_need_not_be_equally_long():
    # Four sentences on one side, two on the other; the vectors of the missing ones would win.
    rows = [line("a", "z"), line("b", None), line("c", "y"), line("d", "")]
    one, other = torch.eye(4), torch.eye(4)
    other[0], other[2] = one[1] + 0.1, one[0] + 0.1  # z translates b, and y a
    found = mine_rows(rows, one, other, 1)
    assert {pair[1:] for pair in found} == {(1, 0), (0, 2)}
    assert mine_rows([line("a", None)], one[:1], other[:1]) == []


def test_sentences_that_are_there_twice_are_left_out():
    rows = [line("a", "x"), line("b", "y"), line("a", "z"), line("c", "w")]
    one = torch.eye(4)[[0, 1, 0, 2]]
    other = torch.eye(4)[[0, 1, 3, 2]] + 0.05
    found = mine_rows(rows, one, other, 1)
    assert {pair[1:] for pair in found} == {(1, 1), (3, 3)}
    rows[2] = line("e", "z")
    assert (0, 0) in {pair[1:] for pair in mine_rows(rows, one, other, 1)}


# Vectors


def batch() -> Batch:
    """Two items of one example: <s> 10 11 </s> and <s> </s> with padding."""
    ids = torch.tensor([[0, 10, 11, 2], [0, 2, 1, 1]])
    attention = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    return Batch(ids, attention, np.array([0]), torch.tensor([-1]), [2])


def test_pooling_by_hand():
    hidden = torch.tensor([[[4.0], [1.0], [3.0], [8.0]], [[2.0], [6.0], [99.0], [99.0]]])
    assert pooled(hidden, batch()).tolist() == [[4.0], [4.0]]
    assert pooled(hidden, batch(), "cls").tolist() == [[4.0], [2.0]]
    # Without special tokens; an item of nothing else keeps them.
    assert pooled(hidden, batch(), "mean", (0, 1, 2)).tolist() == [[2.0], [4.0]]


def test_special_tokens_are_not_the_unknown_word():
    tokenizer = checkpoints.load_tokenizer("mini-s")
    ids = tokenizer("A cat \U0001fae8 sleeps")["input_ids"]
    special = special_ids(tokenizer)
    assert ids[0] in special and ids[-1] in special
    assert tokenizer.unk_token_id not in special and not set(ids[1:-1]) & set(special)


def test_a_missing_sentence_is_an_item_all_the_same():
    tokenizer = checkpoints.load_tokenizer("mini-s")
    rows = [line("A cat.", None), line(None, "Eine Katze."), line("A dog.", "Ein Hund.")]
    encoded = Retrieval().encode(rows, None, tokenizer, 20)  # type: ignore[arg-type]
    assert encoded.n_examples == 3 and encoded.groups.tolist() == [0, 2, 4, 6]
    assert (np.diff(encoded.offsets) == 2).tolist() == [False, True, True, False, False, False]
