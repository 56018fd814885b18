"""Mining against brute force: margins, one partner a sentence, the threshold, the stage."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xfer_core import catalog, spool
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Row
from xfer_core.executors.inline import InlineExecutor
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings
from xfer_core.stages.kinds.mining import NEIGHBOURS, Mined, Mining, accepted, mine, threshold
from xfer_core.stages.matching import matched

SIZES = [(1, 1), (2, 2), (1, 6), (6, 1), (3, 9), (9, 3), (20, 20), (25, 14), (14, 25)]
BUCC = catalog.tasks()["mini-bucc"]

References = list[int | None]
# No deadline: the machine may be busy. The same examples each time.
same_each_time = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def by_hand(cosines: Sequence[Sequence[Any]]) -> list[tuple[Any, int, int]]:
    """Mined pairs out of a table of cosines, with lists and loops alone."""
    n, m = len(cosines), len(cosines[0])
    k = min(NEIGHBOURS, n, m)
    columns = list(zip(*cosines, strict=True))
    near_rows = [sum(sorted(row, reverse=True)[:k]) / k for row in cosines]
    near_columns = [sum(sorted(column, reverse=True)[:k]) / k for column in columns]
    margins = {
        (i, j): 2 * cosines[i][j] / (near_rows[i] + near_columns[j])
        for i in range(n)
        for j in range(m)
    }
    left = {(i, min(range(m), key=lambda j: (-margins[i, j], j))) for i in range(n)}
    left |= {(min(range(n), key=lambda i: (-margins[i, j], i)), j) for j in range(m)}
    found = []
    while left:
        i, j = min(left, key=lambda pair: (-margins[pair], pair))
        found.append((margins[i, j], i, j))
        left = {pair for pair in left if pair[0] != i and pair[1] != j}
    return found


def f1(found: References, wanted: References) -> float:
    """Of two sets of pairs, by precision and recall."""
    pairs, gold = (
        {(i, j) for i, j in enumerate(side) if j is not None} for side in (found, wanted)
    )
    right = len(pairs & gold)
    if not right:
        return 0.0
    precision, recall = right / len(pairs), right / len(gold)
    return 2 * precision * recall / (precision + recall)


def vectors(n: int, seed: int, width: int = 16) -> torch.Tensor:
    """Random vectors that lean to one side, as those of sentences do."""
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed)) + 0.8


# Mining


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_mined_pairs_are_those_of_brute_force(n, m, seed):
    sources, targets = vectors(n, seed), vectors(m, 100 + seed)
    a, b = sources.double().numpy(), targets.double().numpy()
    lengths = np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))
    wanted = by_hand((a @ b.T / lengths).tolist())
    found = mine(sources, targets)
    assert [pair[1:] for pair in found] == [pair[1:] for pair in wanted]
    assert [pair[0] for pair in found] == pytest.approx([pair[0] for pair in wanted], rel=1e-4)


@pytest.mark.parametrize(("n", "m"), [(1, 6), (6, 1), (2, 9), (9, 2), (4, 9), (20, 20), (25, 14)])
@pytest.mark.parametrize("seed", range(3))
def test_ties_go_to_the_first_sentences(n, m, seed):
    # Four ones among six places: length 2, cosines of whole quarters. Their means over one, two or
    # four neighbours are exact in any precision, so what is equal stays equal.
    rng = random.Random(seed)
    a, b = ([rng.sample([1, 1, 1, 1, 0, 0], 6) for _ in range(size)] for size in (n, m))
    cosines = [
        [Fraction(sum(x * y for x, y in zip(one, two, strict=True)), 4) for two in b] for one in a
    ]
    wanted = by_hand(cosines)
    found = mine(torch.tensor(a), torch.tensor(b))
    assert [pair[1:] for pair in found] == [pair[1:] for pair in wanted]
    assert [m for m, *_ in found] == pytest.approx([float(m) for m, *_ in wanted])


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_no_sentence_has_two_partners_and_the_best_come_first(n, m):
    found = mine(vectors(n, 1), vectors(m, 2))
    assert 1 <= len(found) <= min(n, m)
    for side, size in ((1, n), (2, m)):
        used = [pair[side] for pair in found]
        assert len(set(used)) == len(used) and set(used) <= set(range(size))
    margins = [pair[0] for pair in found]
    assert margins == sorted(margins, reverse=True)


def test_how_long_a_vector_is_does_not_matter():
    sources, targets = vectors(12, 3), vectors(9, 4)
    scales = torch.rand(12, 1, generator=torch.Generator().manual_seed(5)) + 0.1
    one, other = mine(sources, targets), mine(sources * scales, targets * 7)
    assert [pair[1:] for pair in one] == [pair[1:] for pair in other]


def test_a_sentence_near_to_everything_is_held_back():
    # Target 2 has the larger cosine with source 0, but it is near to all sources alike.
    sources = torch.tensor([[1.0, 0.2, 1.0], [0.2, 1.0, 1.0], [0.1, 0.1, 1.0], [0.3, 0.2, 1.0]])
    targets = torch.tensor([[1.0, 0.0, 0.3], [0.0, 1.0, 0.3], [0.3, 0.3, 1.0]])
    cosines = torch.nn.functional.normalize(sources) @ torch.nn.functional.normalize(targets).T
    assert cosines[0].argmax() == 2
    assert (0, 0) in [pair[1:] for pair in mine(sources, targets)]


@pytest.mark.parametrize("seed", range(4))
def test_copies_are_all_found_among_others(seed):
    copies, order = vectors(30, seed, 64), list(range(30))
    random.Random(seed).shuffle(order)
    sources = torch.cat([copies, vectors(9, 50 + seed, 64)])
    targets = torch.cat([copies[order], vectors(13, 70 + seed, 64)])
    wanted: References = [*(order.index(i) for i in range(30)), *[None] * 9]
    mined = mine(sources, targets)
    found = accepted(mined, threshold(mined, wanted), 39)
    assert found == wanted
    assert f1(found, wanted) == 1.0


# The threshold


def test_threshold_by_hand():
    mined: Mined = [(1.5, 0, 0), (1.4, 1, 2), (1.2, 2, 1), (1.0, 3, 3), (0.9, 4, 4)]
    wanted: References = [0, 2, None, 3, None]
    # F1 after each candidate: 2/4, 4/5, 4/6, 6/7, 6/8; the cut is between the last two margins.
    cut = threshold(mined, wanted)
    assert cut == pytest.approx(0.95)
    assert accepted(mined, cut, 5) == [0, 2, 1, 3, None]
    assert accepted(mined, 1.4, 5) == [0, 2, None, None, None]  # the cut itself is good enough
    assert accepted(mined, float("inf"), 5) == [None] * 5


def test_candidates_with_the_same_margin_are_taken_or_left_together():
    # The first of the three equal ones is right, but nothing tells it from the others.
    mined: Mined = [(2.0, 0, 0), (1.0, 1, 1), (1.0, 2, 2), (1.0, 3, 3), (1.0, 4, 4)]
    cut = threshold(mined, [0, 1, None, None, None])
    assert cut == pytest.approx(1.5)


@pytest.mark.parametrize("wanted", [[None, None, None], [1, 0, None]])
def test_with_none_right_nothing_is_accepted(wanted):
    mined: Mined = [(1.3, 0, 0), (1.2, 1, 1), (1.1, 2, 2)]
    assert accepted(mined, threshold(mined, wanted), 3) == [None] * 3
    assert accepted([], threshold([], wanted), 3) == [None] * 3


@st.composite
def judged(draw: st.DrawFn) -> tuple[Mined, References]:
    """Candidates, best first, many with the same margin; and what is right, some of them."""
    n = draw(st.integers(1, 9))
    partners = draw(st.permutations(range(n)))
    places = draw(st.lists(st.integers(0, n - 1), unique=True))
    steps = draw(st.lists(st.integers(0, 6), min_size=len(places), max_size=len(places)))
    margins = sorted((step / 8 for step in steps), reverse=True)
    mined = [(margin, i, partners[i]) for margin, i in zip(margins, places, strict=True)]
    right = draw(st.lists(st.sampled_from(["yes", "no", "none"]), min_size=n, max_size=n))
    other = {"yes": 0, "no": 1}
    wanted: References = [
        None if one == "none" else (partners[i] + other[one]) % (n + 1)
        for i, one in enumerate(right)
    ]
    return mined, wanted


@same_each_time
@given(judged())
def test_no_other_cut_has_a_larger_f1(case):
    mined, wanted = case
    cuts = [*(margin for margin, *_ in mined), float("inf")]
    best = max(f1(accepted(mined, cut, len(wanted)), wanted) for cut in cuts)
    found = accepted(mined, threshold(mined, wanted), len(wanted))
    assert f1(found, wanted) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_cut_of_mined_vectors(seed):
    sources, noise = vectors(40, seed), vectors(40, seed + 9)
    paired = torch.arange(40) % 3 > 0
    mined = mine(sources, torch.where(paired.unsqueeze(1), sources + noise, noise))
    wanted: References = [i if i % 3 else None for i in range(40)]
    by_cut = [f1(accepted(mined, margin, 40), wanted) for margin, *_ in mined]
    value = f1(accepted(mined, threshold(mined, wanted), 40), wanted)
    assert value == pytest.approx(max(by_cut))
    assert value > by_cut[-1]  # to accept all is not best here


def test_references_are_places():
    parallel = [True, False, True]
    rows: list[Row] = [{"source": "a", "target": "b", "parallel": one} for one in parallel]
    assert Mining().references(rows, BUCC) == [0, None, 2]


# The stage


@dataclass(frozen=True)
class Lists:
    """Rows as they are given, in every language."""

    dev: tuple[tuple[str, str, bool], ...]
    test: tuple[tuple[str, str, bool], ...]
    revision: str = "1"

    @property
    def stamp(self) -> str:
        return str(hash((self.dev, self.test)))

    def rows(self, split: str, language: str) -> list[Row]:
        names = ("source", "target", "parallel")
        found = self.dev if split == "dev" else self.test
        return [
            {"id": number, **dict(zip(names, one, strict=True))} for number, one in enumerate(found)
        ]


LANGUAGES = ("de", "ja")
EXAMPLES = 40


def evaluated(home: Home) -> dict[str, dict]:
    """Score events of an evaluate stage of the bare encoder, by language."""
    stage = Stage(
        StageKind.EVALUATE,
        "evaluate-1",
        "mini",
        "mini-s",
        "none",
        "mini-bucc",
        1,
        LANGUAGES,
        None,
        {"evaluation": EvaluationSettings(examples=EXAMPLES, retrieval_layer=2).model_dump()},
    )
    job = InlineExecutor().submit(home.create(), stage, "run-1", False)
    events, _, damaged = spool.read_events(home.job(stage.key) / spool.EVENTS)
    assert job.succeeded and not damaged, events[-1]
    return {e.payload["language"]: e.payload for e in events if e.type is EventType.SCORE}


@pytest.mark.slow
def test_the_stage_scores_every_language(tmp_path: Path):
    found = evaluated(Home(tmp_path))
    assert list(found) == list(LANGUAGES)
    for payload in found.values():
        rights, weights = payload["scores"], payload["weights"]
        assert payload["n_examples"] == len(rights) == len(weights) == EXAMPLES
        assert payload["metric"] == "mining_f1" and payload["split"] == "test"
        assert payload["value"] == pytest.approx(sum(rights) / sum(weights))
        assert set(weights) <= {0.0, 1.0, 2.0} and set(rights) <= {0.0, 2.0}
        assert all(weight == 2.0 for right, weight in zip(rights, weights, strict=True) if right)
        gold = sum(row["parallel"] for row in BUCC.source.rows("test", "de")[:EXAMPLES])
        assert gold <= sum(weights) <= gold + EXAMPLES


@pytest.mark.slow
def test_the_threshold_is_fitted_on_dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # Copies are found by any encoder, so nothing is found only if the threshold forbids it.
    sentences = [row["source"] for row in BUCC.source.rows("test", "de")]
    different = list(dict.fromkeys(sentences))[:60]
    pairs = [(one, one, True) for one in different[:20]]
    pairs += [(one, two, False) for one, two in zip(different[20:40], different[40:], strict=True)]
    hopeless = [(one, two, False) for one, two, _ in pairs]
    values = {}
    for name, dev in {"like test": pairs, "no pairs": hopeless}.items():
        source = Lists(tuple(dev), tuple(pairs))
        monkeypatch.setitem(catalog.tasks(), "mini-bucc", replace(BUCC, source=source))
        found = evaluated(Home(tmp_path / name.replace(" ", "-")))
        values[name] = {payload["value"] for payload in found.values()}
        assert {payload["n_examples"] for payload in found.values()} == {EXAMPLES}
    assert min(values["like test"]) > 0.8
    assert values["no pairs"] == {0.0}


def test_without_dev_sentences_there_is_no_threshold_and_it_says_so() -> None:
    vectors = [torch.eye(2, 4)[:, None, :] for _ in range(3)]
    rows = [{"id": str(at)} for at in range(3)]
    with pytest.raises(StageFailed, match="Add a dev split"):
        matched(BUCC, EvaluationSettings(), 0, rows, vectors, [], [])
