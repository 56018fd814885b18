"""Windows over long contexts, against the way of SQuAD's and XTREME's scripts, written anew."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.domain.task import Row
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings, TargetSettings
from xfer_core.stages import arrays, checkpoints, data
from xfer_core.stages.batches import ordered_batches, training_batches
from xfer_core.stages.kinds.base import PLAIN, Reading
from xfer_core.stages.kinds.span import END, LONGEST_QUESTION, OUTSIDE, START, Span

SPAN = Span()
WITH_ANSWER, WITHOUT = catalog.task("mini-squad1"), catalog.task("mini-squad2")
BOTH = START | END
BEGIN, PAD, STOP = 0, 1, 2
LIMIT = 60


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return checkpoints.load_tokenizer("mini-s")


@cache
def long_rows(language: str = "en", n: int = 25) -> list[Row]:
    """Questions on contexts of one to eight passages; the answer may be anywhere."""
    rng = random.Random(f"{language} {n}")
    rows = WITH_ANSWER.source.rows("dev", language) if language == "en" else None
    rows = rows or catalog.task("mini-tydiqa").source.rows("dev", language)
    found = []
    for number in range(n):
        picked = rng.sample(rows, 1 + number % 8)
        asked = rng.choice(picked)
        before = [one["context"] for one in picked[: picked.index(asked)]]
        context = " ".join(one["context"] for one in picked)
        start = len(" ".join([*before, ""])) + asked["answers"]["answer_start"][0]
        answers = {"text": asked["answers"]["text"][:1], "answer_start": [start]}
        assert context[start:].startswith(answers["text"][0])
        found.append(
            {"id": number, "question": asked["question"], "context": context, "answers": answers}
        )
    return found


def row(question: str, context: str, answer: str) -> Row:
    answers = {"text": [answer], "answer_start": [context.index(answer)]}
    return {"id": 0, "question": question, "context": context, "answers": answers}


# The way of the scripts: features of a question, and the answer out of their scores


class Feature:
    """A window: its ids, which tokens are of the context, and which of them are best shown here."""

    def __init__(self, question: list[int], told: list[int], start: int, width: int) -> None:
        shown = told[start : start + width]
        self.ids = [BEGIN, *question, STOP, STOP, *shown, STOP]
        self.start, self.length, self.offset = start, len(shown), len(question) + 3
        self.best: dict[int, bool] = {}


def is_max_context(features: list[Feature], current: int, position: int) -> bool:
    best_score, best_index = None, None
    for index, feature in enumerate(features):
        end = feature.start + feature.length - 1
        if position < feature.start or position > end:
            continue
        left, right = position - feature.start, end - position
        score = min(left, right) + 0.01 * feature.length
        if best_score is None or score > best_score:
            best_score, best_index = score, index
    return current == best_index


def features(one: Row, limit: int, stride: int) -> list[Feature]:
    question = tokenizer()(one["question"], add_special_tokens=False)["input_ids"][:64]
    told = tokenizer()(one["context"], add_special_tokens=False)["input_ids"]
    width, start, found = limit - len(question) - 4, 0, []
    while True:
        found.append(Feature(question, told, start, width))
        if start + found[-1].length == len(told):
            break
        start += min(found[-1].length, stride)
    for index, feature in enumerate(found):
        for place in range(feature.length):
            feature.best[feature.offset + place] = is_max_context(
                found, index, feature.start + place
            )
    return found


def answer_tokens(one: Row) -> tuple[int, int]:
    """First and last token of the context that the answer touches."""
    spans = tokenizer()(one["context"], add_special_tokens=False, return_offsets_mapping=True)
    start = one["answers"]["answer_start"][0]
    stop = start + len(one["answers"]["text"][0])
    touched = [
        place
        for place, (first, last) in enumerate(spans["offset_mapping"])
        if first < stop and last > start
    ]
    return touched[0], touched[-1]


def positions(one: Row, feature: Feature) -> tuple[int, int]:
    """Where the answer is in a window; the first token if it is not wholly there."""
    first, last = answer_tokens(one)
    if first < feature.start or last > feature.start + feature.length - 1:
        return 0, 0
    return first - feature.start + feature.offset, last - feature.start + feature.offset


def squad_answer(
    one: Row,
    found: list[Feature],
    scores: list[tuple[list[float], list[float]]],
    longest: int,
    no_answer: bool,
    threshold: float,
) -> str:
    """The text with the best score of all windows, or "" where none is better by enough."""
    tried, null = [], 1e6
    for feature, (start, end) in zip(found, scores, strict=True):
        null = min(null, start[0] + end[0])
        for i in range(len(feature.ids)):
            for j in range(len(feature.ids)):
                if i not in feature.best or j not in feature.best or not feature.best[i]:
                    continue
                if j < i or j - i + 1 > longest:
                    continue
                shift = feature.start - feature.offset
                tried.append((start[i] + end[j], i + shift, j + shift))
    score, i, j = max(tried, key=lambda one: one[0])
    if no_answer and null - score > threshold:
        return ""
    spans = tokenizer()(one["context"], add_special_tokens=False, return_offsets_mapping=True)
    spans = spans["offset_mapping"]
    return one["context"][spans[i][0] : spans[j][1]]


# Encoding


def items(encoded: arrays.Encoded, values: np.ndarray) -> list[list[list[int]]]:
    """Ids or labels per window, by question."""
    cuts = encoded.offsets
    single = [values[cuts[i] : cuts[i + 1]].tolist() for i in range(len(cuts) - 1)]
    groups = encoded.groups
    return [single[groups[e] : groups[e + 1]] for e in range(encoded.n_examples)]


@pytest.mark.parametrize(("limit", "stride"), [(60, 16), (60, 30), (60, 500), (100, 7), (384, 128)])
def test_windows_are_those_of_the_scripts(limit, stride):
    rows = long_rows()
    encoded = SPAN.encode(rows, WITH_ANSWER, tokenizer(), limit, Reading(stride))
    found = items(encoded, encoded.ids)
    wanted = [features(one, limit, stride) for one in rows]
    assert found == [[one.ids for one in windows] for windows in wanted]
    if limit < 384:
        assert max(map(len, found)) > 3 and min(map(len, found)) == 1


@pytest.mark.parametrize("task", [WITH_ANSWER, WITHOUT], ids=["answer", "or none"])
def test_each_window_is_marked_with_its_part_of_the_answer(task):
    rows = long_rows()
    encoded = SPAN.encode(rows, task, tokenizer(), LIMIT, Reading(20))
    without = 0
    for one, windows in zip(rows, items(encoded, encoded.labels), strict=True):
        for labels, feature in zip(windows, features(one, LIMIT, 20), strict=True):
            starts = [n for n, label in enumerate(labels) if label != OUTSIDE and label & START]
            ends = [n for n, label in enumerate(labels) if label != OUTSIDE and label & END]
            assert (starts, ends) == tuple([n] for n in positions(one, feature))
            allowed = {n for n, label in enumerate(labels) if label != OUTSIDE}
            assert allowed == {0, *feature.best}
            shown_best = {n for n in allowed - {0} if not labels[n] & 4}
            assert shown_best == {n for n, best in feature.best.items() if best}
            without += starts == [0]
    assert without > 20


def test_every_token_is_best_shown_in_just_one_window():
    rows = long_rows()
    encoded = SPAN.encode(rows, WITH_ANSWER, tokenizer(), LIMIT, Reading(9))
    for one, windows in zip(rows, items(encoded, encoded.labels), strict=True):
        best = sum(label != OUTSIDE and not label & 4 for labels in windows for label in labels)
        told = tokenizer()(one["context"], add_special_tokens=False)["input_ids"]
        assert best - len(windows) == len(told)  # each window's first token apart


def test_an_answer_that_one_window_cuts_is_whole_in_another():
    words = [f"w{n}" for n in range(40)]
    one = row("Who?", " ".join(words), "w19 w20")
    first, last = answer_tokens(one)
    question = len(tokenizer()("Who?", add_special_tokens=False)["input_ids"])
    width = first + 1  # the first window ends within the answer
    encoded = SPAN.encode([one], WITH_ANSWER, tokenizer(), question + 4 + width, Reading(5))
    labels = items(encoded, encoded.labels)[0]
    assert labels[0][0] == BOTH  # cut off: as if it were not there
    offset = question + 3
    assert labels[1][offset + first - 5] & START and not labels[1][0]
    assert labels[1][offset + last - 5] & END


@pytest.mark.parametrize("language", ["zh", "ja", "ar", "hi"])
def test_answers_come_back_in_every_script(language):
    rows = long_rows(language)
    reading = Reading(15)
    encoded = SPAN.encode(rows, WITH_ANSWER, tokenizer(), LIMIT, reading)
    found = []
    for windows in items(encoded, encoded.labels):
        behind, span = 0, (0, 0)
        for labels in windows:
            starts = [n for n, label in enumerate(labels) if n and label > 0 and label & START]
            ends = [n for n, label in enumerate(labels) if n and label > 0 and label & END]
            if starts:
                span = (behind + starts[0], behind + ends[0])
            behind += len(labels)
        found.append(span)
    texts = SPAN.texts(found, rows, tokenizer(), LIMIT, reading)
    assert texts == [one["answers"]["text"][0] for one in rows]
    assert np.diff(encoded.groups).max() > 3


def test_a_letter_of_a_script_without_blanks_can_be_an_answer():
    context = "安娜住在北京，马克住在上海。" * 12
    start = context.index("上海", 60)
    one = {
        "id": 0,
        "question": "马克住在哪里？",
        "context": context,
        "answers": {"text": ["上海"], "answer_start": [start]},
    }
    encoded = SPAN.encode([one], WITH_ANSWER, tokenizer(), 40, Reading(10))
    windows, behind, texts = items(encoded, encoded.labels)[0], 0, set()
    for labels in windows:
        for n, label in enumerate(labels):
            if n and label > 0 and label & START:
                end = next(m for m in range(n, len(labels)) if labels[m] > 0 and labels[m] & END)
                texts |= set(
                    SPAN.texts([(behind + n, behind + end)], [one], tokenizer(), 40, Reading(10))
                )
        behind += len(labels)
    assert len(texts) == 1 and "上海" in texts.pop()


@pytest.mark.parametrize("limit", [8, 12, 20, 60, 100])
def test_a_question_longer_than_the_limit_leaves_room_for_windows(limit):
    question = "Who bought the old red house in the city on Monday, and why? " * 6
    one = row(question, "Anna bought the old house. " * 9 + "Boris left.", "Boris")
    asked = tokenizer()(question, add_special_tokens=False)["input_ids"]
    told = tokenizer()(one["context"], add_special_tokens=False)["input_ids"]
    assert len(asked) > 100
    encoded = SPAN.encode([one], WITH_ANSWER, tokenizer(), limit, Reading(4))
    windows = items(encoded, encoded.ids)[0]
    kept = min(LONGEST_QUESTION, (limit - 4) // 2)
    width = limit - 4 - kept
    joined: list[int] = []
    for ids in windows:
        assert len(ids) <= limit and ids[: kept + 1] == [BEGIN, *asked[:kept]]
        shown = ids[kept + 3 : -1]
        joined += shown[len(joined) - joined_start(windows, ids, min(4, width)) :]
    assert joined == told
    marked = [
        any(n and x > 0 and x & START for n, x in enumerate(one))
        for one in items(encoded, encoded.labels)[0]
    ]
    assert any(marked) or limit < 20  # its tokens alone are as many


def joined_start(windows: list[list[int]], ids: list[int], step: int) -> int:
    return next(n for n, one in enumerate(windows) if one is ids) * step


def test_blank_answers_of_a_hidden_test_set_mark_nothing():
    one = {
        "id": 0,
        "question": "Who?",
        "context": "Anna met Boris. " * 20,
        "answers": {"text": [""], "answer_start": [0]},
    }
    encoded = SPAN.encode([one], WITH_ANSWER, tokenizer(), 40, Reading(10))
    assert not any(label > 0 and label & BOTH for label in encoded.labels)


def test_without_a_stride_nothing_but_the_first_window_is_read():
    rows = long_rows()
    plain = SPAN.encode(rows, WITH_ANSWER, tokenizer(), LIMIT)
    assert np.diff(plain.groups).tolist() == [1] * len(rows)
    strided = SPAN.encode(rows, WITH_ANSWER, tokenizer(), LIMIT, Reading(20))
    first = [windows[0] for windows in items(strided, strided.ids)]
    assert [one for (one,) in items(plain, plain.ids)] == first


# Prediction


@torch.no_grad()
def predicted(rows, task, limit, reading, hidden_by_item, budget) -> list[str]:
    """Texts, through batches as evaluation makes them; the head is given scores."""
    encoded = SPAN.encode(rows, task, tokenizer(), limit, reading)
    found: list = [None] * encoded.n_examples
    for batch in ordered_batches(encoded, budget, PAD):
        hidden = torch.full((*batch.ids.shape, 2), 99.0)  # padding would win if it could
        for line, item in enumerate(encoded.items(batch.examples)):
            values = hidden_by_item[item]
            hidden[line, : len(values)] = values
        answers = SPAN.predict(nn.Identity(), hidden, batch, task, reading)
        for example, one in zip(batch.examples, answers, strict=True):
            found[int(example)] = one
    return SPAN.texts(found, rows, tokenizer(), limit, reading)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("task", "threshold"), [(WITH_ANSWER, 0.0), (WITHOUT, 0.0), (WITHOUT, -4.0), (WITHOUT, 3.0)]
)
def test_answers_are_those_of_the_scripts(seed, task, threshold):
    rows, limit, stride, longest = long_rows(), 50, 13, 6
    reading = Reading(stride, longest_answer=longest, null_threshold=threshold)
    generator = torch.Generator().manual_seed(seed)
    hidden, wanted = [], []
    for one in rows:
        windows = features(one, limit, stride)
        values = [torch.randn(len(w.ids), 2, generator=generator) * 3 for w in windows]
        for each in values:
            each[0] += 4.5  # else "no answer" would hardly ever win
        hidden += values
        scores = [(v[:, 0].tolist(), v[:, 1].tolist()) for v in values]
        wanted.append(squad_answer(one, windows, scores, longest, task.no_answer, threshold))
    for budget in (200, 100_000):
        assert predicted(rows, task, limit, reading, hidden, budget) == wanted
    assert len(set(wanted)) > 1
    if task.no_answer and threshold == 0:
        assert 0 < wanted.count("") < len(wanted)


def test_the_longest_answer_is_a_setting():
    one = row("Who?", "Anna met Boris and Clara in the old red house.", "Anna")
    (ids,) = items(*(lambda e: (e, e.ids))(SPAN.encode([one], WITH_ANSWER, tokenizer(), LIMIT)))[0]
    offset = len(tokenizer()("Who?", add_special_tokens=False)["input_ids"]) + 3
    hidden = torch.zeros(len(ids), 2)
    hidden[offset, 0] = hidden[-2, 1] = 9.0  # from the first token to the last
    n = len(ids) - 1 - offset
    whole = predicted([one], WITH_ANSWER, LIMIT, Reading(longest_answer=n), [hidden], 999)
    assert whole == [one["context"]]
    less = predicted([one], WITH_ANSWER, LIMIT, Reading(longest_answer=n - 1), [hidden], 999)
    assert less != whole


def test_the_least_sure_window_speaks_for_no_answer():
    # Null scores by hand: 9, 2, 7. The best answer has 5: 2 - 5 < 0, so there is an answer.
    one = row("Who?", " ".join(f"w{n}" for n in range(30)), "w3")
    stride = 12
    windows = features(one, 40, stride)[:3]
    all_windows = features(one, 40, stride)
    hidden = [torch.zeros(len(w.ids), 2) for w in all_windows]
    for values, null in zip(hidden, [9.0, 2.0, 7.0, *[9.0] * 99], strict=False):
        values[0] = null / 2
    place = next(n for n, best in windows[2].best.items() if best)
    hidden[2][place] = 2.5
    found = {
        threshold: predicted(
            [one], WITHOUT, 40, Reading(stride, null_threshold=threshold), hidden, 999
        )[0]
        for threshold in (-3.5, -3.0, 0.0)
    }
    assert found[-3.5] == "" and found[-3.0] and found[0.0] == found[-3.0]


# Learning and storing


def test_training_draws_a_question_with_all_its_windows():
    rows = long_rows()
    encoded = SPAN.encode(rows, WITH_ANSWER, tokenizer(), LIMIT, Reading(20))
    batches = training_batches(encoded, 300, PAD, np.random.default_rng(1))
    head = SPAN.head(WITH_ANSWER, 8)
    seen: set[int] = set()
    while len(seen) < len(rows):
        batch = next(batches)
        assert sum(batch.options) == len(batch.ids)
        hidden = torch.randn(*batch.ids.shape, 8, generator=torch.Generator().manual_seed(2))
        assert SPAN.loss(head, hidden, batch).isfinite()
        seen |= set(batch.examples.tolist())


def test_loss_of_windows_by_hand():
    # Two windows of one question: the second has the answer at token 3, the first points at 0.
    rows = [row("Who?", " ".join(f"w{n}" for n in range(14)), "w13")]
    encoded = SPAN.encode(rows, WITH_ANSWER, tokenizer(), 30, Reading(10))
    (batch,) = ordered_batches(encoded, 9999, PAD)
    hidden = torch.randn(*batch.ids.shape, 2, generator=torch.Generator().manual_seed(3))
    loss = SPAN.loss(nn.Identity(), hidden, batch).item()
    total, n = 0.0, 0
    for feature, values in zip(features(rows[0], 30, 10), hidden, strict=True):
        allowed = [0, *feature.best]
        for side, place in enumerate(positions(rows[0], feature)):
            scores = values[allowed, side].double()
            total += (scores.logsumexp(0) - values[place, side]).item()
            n += 1
    assert loss == pytest.approx(total / n, rel=1e-5)


def test_arrays_of_different_strides_are_kept_apart(tmp_path: Path):
    home, task = Home(tmp_path / "store").create(), catalog.task("mini-xquad")
    plain = data.encoded(home, task, "dev", "en", "mini-s", 40)
    windows = data.encoded(home, task, "dev", "en", "mini-s", 40, Reading(10))
    assert windows.n_examples == plain.n_examples
    assert len(windows.offsets) > len(plain.offsets)
    again = data.encoded(home, task, "dev", "en", "mini-s", 40, Reading(10, longest_answer=3))
    assert np.array_equal(again.ids, windows.ids)  # what is predicted does not change the ids
    assert len(list((home.root / "arrays").iterdir())) == 2
    few = data.first(windows, 5)
    assert few.n_examples == 5 and len(few.ids) == len(few.labels) < len(windows.ids)


def test_settings_become_a_reading():
    assert Reading.of(EvaluationSettings()) == Reading.of(TargetSettings()) == PLAIN
    settings = EvaluationSettings(
        stride=128, long_sentences="split", longest_answer=30, null_threshold=1.5
    )
    assert Reading.of(settings) == Reading(128, "split", 30, 1.5)
    assert Reading.of(TargetSettings(stride=64)) == Reading(64)
