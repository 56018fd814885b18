"""Ways to train an intermediate: their names, what overrules what, and how tasks are mixed."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from xfer_core.charts import theme
from xfer_core.domain import intermediate
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.regimes import resolved
from xfer_core.specification import IntermediateSettings
from xfer_core.stages import masked, mixing

PLAN = IntermediateSettings(steps=40)


@pytest.mark.parametrize(
    ("given_", "tasks", "name"),
    [
        ("none", (), "none"),
        ("mini-mnli", ("mini-mnli",), "mini-mnli"),
        ("multi:b+a", ("a", "b"), "multi:a+b"),
        ("multi:b+a+b", ("a", "b"), "multi:a+b"),
        ("multi:mini-anli++mini-mnli", ("mini-anli+", "mini-mnli"), "multi:mini-anli++mini-mnli"),
        ("multi:mini-mnli+mini-anli+", ("mini-anli+", "mini-mnli"), "multi:mini-anli++mini-mnli"),
        ("a~masked_share=0.20", ("a",), "a~masked_share=0.2"),
        ("a~languages=de+fr", ("a",), "a~languages=de+fr"),
        ("a~steps=40", ("a",), "a"),  # as the plan says anyway
        ("a~mixing=uniform", ("a",), "a"),  # nothing to mix
        ("multi:a+b~mixing=uniform", ("a", "b"), "multi:a+b~mixing=uniform"),
        ("a~lora_rank=4", ("a",), "a"),  # no LoRA that could have a rank
        ("a~lora_rank=4~tuning=lora", ("a",), "a~tuning=lora~lora_rank=4"),
        ("a~steps=50~learning_rate=0.001", ("a",), "a~steps=50~learning_rate=0.001"),
    ],
)
def test_equal_requests_have_one_name(given_, tasks, name):
    found, _ = resolved(given_, PLAN)
    assert (found.tasks, found.name) == (tasks, name)
    assert resolved(name, PLAN)[0] == found


def test_the_name_overrules_the_plan():
    _, settings = resolved("multi:a+b~mixing=weights~weights=a:3+b:1~masked_share=0.1", PLAN)
    assert settings.steps == 40 and settings.masked_share == 0.1
    assert settings.weights == {"a": 3, "b": 1}
    assert PLAN.masked_share == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("multi:a", "two tasks or more"),
        ("multi:", "two tasks or more"),
        ("a~steps", "mini-mnli~steps=500"),
        ("a~steps=many", "steps"),
        ("a~masked_share=2", "masked_share"),
        ("none~steps=5", "without settings"),
        ("a~patience=2", "select_on"),
    ],
)
def test_a_name_that_cannot_be_says_what_was_expected(name, said):
    with pytest.raises(UsageError, match=said):
        resolved(name, PLAN)


def test_an_unknown_setting_gets_a_suggestion():
    with pytest.raises(UnknownName, match="masked_share"):
        resolved("a~masked_shar=0.2", PLAN)


names = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,8}\+?", fullmatch=True), min_size=2, max_size=5)


@given(names)
def test_names_of_mixtures_can_be_read_back(tasks):
    name = intermediate.base(tasks)
    assert intermediate.parse(name).tasks == tuple(sorted(set(tasks)))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("none", "no intermediate"),
        ("mini-mnli", "MNLI"),
        ("multi:mini-mnli+mini-qqp", "MNLI + QQP"),
        ("mini-mnli~masked_share=0.2~languages=de+fr", "MNLI · 20% masked words · in de, fr"),
        ("mini-mnli~tuning=lora~steps=50", "MNLI · LoRA · 50 steps"),
        ("odd~name", "odd~name"),
    ],
)
def test_names_are_shown_in_words(name, label):
    assert theme.task_label(name) == label


SIZES = {"small": 1_000, "middle": 10_000, "large": 90_000}


@pytest.mark.parametrize(
    ("settings", "weights"),
    [
        ({}, (1_000, 10_000, 90_000)),
        ({"mixing": "uniform"}, (1, 1, 1)),
        ({"mixing": "temperature", "temperature": 2}, (10**1.5, 10**2, 300)),
        ({"mixing": "temperature", "temperature": 1}, (1_000, 10_000, 90_000)),
        ({"size_cap": 20_000}, (1_000, 10_000, 20_000)),
        (
            {"mixing": "weights", "weights": {"small": 3, "middle": 2, "large": 5}},
            (3, 2, 5),
        ),
    ],
)
def test_draws_follow_the_stated_proportions(settings, weights):
    """Chi-square over 10,000 draws, against proportions worked out by hand."""
    shares = mixing.shares(SIZES, IntermediateSettings(**settings))
    assert list(shares) == list(SIZES)
    wanted = [weight / sum(weights) for weight in weights]
    assert list(shares.values()) == pytest.approx(wanted)
    draws = Counter(mixing.drawn(list(shares.values()), 1, step) for step in range(10_000))
    counted = [draws[number] for number in range(3)]
    assert chisquare(counted, [10_000 * share for share in wanted]).pvalue > 1e-3


def test_draws_depend_on_seed_and_step_alone():
    shares = [0.3, 0.7]
    first = [mixing.drawn(shares, 1, step) for step in range(50)]
    assert first == [mixing.drawn(shares, 1, step) for step in range(50)]
    assert first != [mixing.drawn(shares, 2, step) for step in range(50)]
    assert mixing.drawn([0.0, 1.0], 1, 3) == 1


def test_hidden_words_follow_the_80_10_10_rule():
    ids = torch.full((400, 250), 7)
    ids[:, 0] = 0
    askable = ids == 7
    inputs, chosen = masked.hide(ids, askable, 4, range(100, 200), torch.Generator().manual_seed(1))
    asked = int(chosen.sum())
    assert not chosen[:, 0].any() and bool((inputs[:, 0] == 0).all())
    assert bool((inputs[~chosen] == ids[~chosen]).all())
    rest = int(askable.sum()) - asked
    share = masked.MASKED_SHARE
    expected = [share * int(askable.sum()), (1 - share) * int(askable.sum())]
    assert chisquare([asked, rest], expected).pvalue > 1e-3
    found = inputs[chosen]
    counts = [int((found == 4).sum()), int((found >= 100).sum()), int((found == 7).sum())]
    assert sum(counts) == asked
    assert chisquare(counts, [0.8 * asked, 0.1 * asked, 0.1 * asked]).pvalue > 1e-3
