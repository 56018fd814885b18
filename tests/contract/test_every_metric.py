"""The contract of a metric: a ratio of sums over examples, in [0, 1]."""

from __future__ import annotations

import random

import pytest

from xfer_core import catalog
from xfer_core.domain.task import Task, TaskKind

METRICS = catalog.metrics()
LANGUAGE = "en"
every_metric = pytest.mark.parametrize("name", list(METRICS))


def scored_by(task: Task) -> tuple[str, ...]:
    return (task.metric, *task.more_metrics)


def counted(name: str, found: list, gold: list) -> tuple[list[float], list[float]]:
    return METRICS[name].counts(found, gold, LANGUAGE)


def examples(name: str, n: int, seed: int) -> tuple[list, list]:
    """Predictions, most of them right, and references, of a task that uses the metric."""
    rng = random.Random(seed)
    task = next(task for task in catalog.tasks().values() if name in scored_by(task))
    labels = list(task.labels or range(4))
    if task.kind is TaskKind.SPAN:
        return answers(rng, n)
    if task.kind is TaskKind.MINING:
        gold = [i if rng.random() < 0.5 else None for i in range(n)]
        return [one if rng.random() < 0.8 else rng.choice([None, n]) for one in gold], gold
    if task.kind is TaskKind.TAGGING:
        gold = [[rng.choice(labels) for _ in range(rng.randint(1, 9))] for _ in range(n)]
        found = [[tag if rng.random() < 0.8 else rng.choice(labels) for tag in r] for r in gold]
        return found, gold
    gold = [rng.choice(labels) for _ in range(n)]
    return [one if rng.random() < 0.8 else rng.choice(labels) for one in gold], gold


def answers(rng: random.Random, n: int) -> tuple[list, list]:
    """Texts, and per question none to two right answers."""
    words = "in New York 北京 القاهرة".split()
    texts = [" ".join(rng.choices(words, k=rng.randint(1, 3))) for _ in range(n)]
    gold = [[text, *rng.sample(words, 1)][: rng.randint(0, 2)] for text in texts]
    best = right("span_f1", gold)
    return [one if rng.random() < 0.8 else rng.choice(texts) for one in best], gold


def right(name: str, gold: list) -> list:
    """Predictions without a fault; where a question has several answers, the last of them."""
    tasks = [task for task in catalog.tasks().values() if name in scored_by(task)]
    if any(task.kind is TaskKind.SPAN for task in tasks):
        return [one[-1] if one else "" for one in gold]
    return gold


@every_metric
def test_a_task_uses_it_and_its_name_is_its_key(name):
    assert METRICS[name].name == name
    assert METRICS[name].title and METRICS[name].higher_is_better in (True, False)
    assert any(name in scored_by(task) for task in catalog.tasks().values())


@every_metric
@pytest.mark.parametrize("seed", range(3))
def test_one_numerator_and_denominator_per_example(name, seed):
    found, gold = examples(name, 50, seed)
    numerators, denominators = counted(name, found, gold)
    assert len(numerators) == len(denominators) == 50
    if not METRICS[name].linearised:
        assert all(0 <= a <= b for a, b in zip(numerators, denominators, strict=True))
    value = METRICS[name].value((numerators, denominators))
    assert value == pytest.approx(sum(numerators) / sum(denominators))
    assert 0 < value < 1


@every_metric
def test_examples_count_for_themselves(name):
    found, gold = examples(name, 40, 7)
    whole = counted(name, found, gold)
    parts = [counted(name, found[i : i + 1], gold[i : i + 1]) for i in range(40)]
    alone = ([p[0][0] for p in parts], [p[1][0] for p in parts])
    assert (whole == alone) is not METRICS[name].linearised


@every_metric
def test_the_order_of_examples_does_not_matter(name):
    found, gold = examples(name, 40, 7)
    back = counted(name, found[::-1], gold[::-1])
    assert counted(name, found, gold) == tuple(pytest.approx(one[::-1]) for one in back)


@every_metric
def test_all_right_is_one_and_nothing_is_none(name):
    _, gold = examples(name, 20, 1)
    assert METRICS[name].value(counted(name, right(name, gold), gold)) == pytest.approx(1.0)
    assert METRICS[name].value(counted(name, [], [])) is None
