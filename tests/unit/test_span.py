"""Span extraction: labels lead back to the answers, the loss and the best span are as by hand."""

from __future__ import annotations

import math
import random
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Row, TaskKind
from xfer_core.executors.inline import InlineExecutor
from xfer_core.home import Home
from xfer_core.metrics.span_f1 import SPAN_F1
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import arrays, checkpoints
from xfer_core.stages.batches import Batch, ordered_batches
from xfer_core.stages.kinds.span import END, LONGEST, OUTSIDE, START, Span
from xfer_core.stages.model import Model

SPAN = Span()
TASKS = {
    name: task
    for name, task in catalog.tasks().items()
    if task.kind is TaskKind.SPAN and task.catalog == "mini"
}
NAMES = ("mini-squad1", "mini-squad2", "mini-xquad", "mini-mlqa", "mini-tydiqa")
WITH_ANSWER, WITHOUT = TASKS["mini-squad1"], TASKS["mini-squad2"]
MAX_LENGTH = EvaluationSettings().max_length
PAD, STOP = 1, 2
BOTH = START | END
HIGH = 50.0
"""A score that would win wherever it was allowed."""

Found = tuple[int, int] | None


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return checkpoints.load_tokenizer("mini-s")


@cache
def rows(name: str, language: str, split: str = "dev") -> list[Row]:
    return TASKS[name].source.rows(split, language)


def parts(values, encoded: arrays.Encoded) -> list[list[int]]:
    """Ids or labels, cut into items."""
    cuts = encoded.offsets.tolist()
    return [values[a:b].tolist() for a, b in zip(cuts, cuts[1:], strict=False)]


def marked(labels: list[int]) -> Found:
    """The one token that starts the answer and the one that ends it."""
    starts = [place for place, label in enumerate(labels) if label > 0 and label & START]
    ends = [place for place, label in enumerate(labels) if label > 0 and label & END]
    assert len(starts) == len(ends) <= 1
    return (starts[0], ends[0]) if starts else None


def context(ids: list[int]) -> tuple[int, int]:
    """First token of the context and the one behind its last: <s> q </s></s> c </s>."""
    first, second, last = (place for place, token in enumerate(ids) if token == STOP)
    assert second == first + 1 and last == len(ids) - 1
    return second + 1, last


def single(row: Row, max_length: int = MAX_LENGTH) -> tuple[list[int], str]:
    """Labels of one row, and the text that they lead back to."""
    labels = SPAN.encode([row], WITH_ANSWER, tokenizer(), max_length).labels.tolist()
    return labels, SPAN.texts([marked(labels) or (0, 0)], [row], tokenizer(), max_length)[0]


def row(question: str, text: str, answer: str) -> Row:
    answers = {"text": [answer], "answer_start": [text.index(answer)]}
    return {"id": 0, "question": question, "context": text, "answers": answers}


def batch(*labels: list[int]) -> Batch:
    """A batch of items with these labels, the longest first as evaluation orders them."""
    ids = [list(range(10, 10 + len(one))) for one in labels]
    encoded = arrays.single(ids, [label for one in labels for label in one])
    (made,) = ordered_batches(encoded, 100_000, PAD)
    assert made.examples.tolist() == list(range(len(labels)))
    return made


def scores(*items: list[tuple[float, float]]) -> torch.Tensor:
    """(start, end) scores per token; padding would win if it could."""
    longest = max(map(len, items))
    return torch.tensor([[*one, *[(HIGH, HIGH)] * (longest - len(one))] for one in items])


# Encoding


def test_these_are_the_span_tasks():
    assert set(TASKS) == set(NAMES)
    assert {name for name, task in TASKS.items() if task.no_answer} == {"mini-squad2"}


@pytest.mark.parametrize(
    ("name", "language"), [(name, code) for name in NAMES for code in TASKS[name].languages]
)
def test_labels_lead_back_to_the_answer(name, language):
    task, found = TASKS[name], rows(name, language)
    encoded = SPAN.encode(found, task, tokenizer(), MAX_LENGTH)
    assert encoded.n_examples == len(found) >= 100
    assert encoded.lengths().max() < MAX_LENGTH  # so nothing was cut
    spans = []
    items = zip(found, parts(encoded.ids, encoded), parts(encoded.labels, encoded), strict=True)
    for one, ids, labels in items:
        first, behind = context(ids)
        assert (labels[0] != OUTSIDE) == task.no_answer
        assert set(labels[1:first]) == {OUTSIDE}
        assert OUTSIDE not in labels[first:behind] and labels[behind:] == [OUTSIDE]
        span = marked(labels)
        assert span is not None
        if one["answers"]["text"]:
            assert first <= span[0] <= span[1] < min(behind, span[0] + LONGEST)
        else:
            assert task.no_answer and span == (0, 0)
        spans.append(span)
    texts = SPAN.texts(spans, found, tokenizer(), MAX_LENGTH)
    assert texts == [(one["answers"]["text"] or [""])[0] for one in found]


def test_only_some_questions_have_no_answer_and_these_point_at_the_first_token():
    found = rows("mini-squad2", "en")
    encoded = SPAN.encode(found, WITHOUT, tokenizer(), MAX_LENGTH)
    firsts = [labels[0] for labels in parts(encoded.labels, encoded)]
    assert firsts == [0 if one["answers"]["text"] else BOTH for one in found]
    assert 0.2 < sum(map(bool, firsts)) / len(firsts) < 0.5


def test_the_longest_texts_fit():
    # The test split is twice as large as dev; Japanese takes the most tokens.
    found = rows("mini-tydiqa", "ja", "test")
    encoded = SPAN.encode(found, TASKS["mini-tydiqa"], tokenizer(), MAX_LENGTH)
    assert 100 < encoded.lengths().max() < MAX_LENGTH


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Anna bought it in São Tomé, not here.", "São Tomé"),
        ("Anna paid $5.", "$5"),
        ("Er kam am \uff11\uff12. Mai.", "\uff11\uff12"),  # full-width digits
        ("The of\ufb01ce of Anna.", "of\ufb01ce"),  # NFKC makes two letters of the ligature
        ("安娜住在北京。", "北京"),
        ("アンナは東京に住む。", "東京"),
        ("تسكن آنا في القاهرة.", "القاهرة"),
        ("  Anna   sleeps ", "Anna   sleeps"),
    ],
)
def test_an_answer_keeps_its_letters_and_blanks(text, answer):
    assert single(row("Who?", text, answer))[1] == answer


def test_an_answer_that_ends_within_a_token_takes_the_whole_token():
    labels, text = single(row("Who?", "Anna saw the.", "t"))
    assert marked(labels) is not None and "t" in text


def test_a_long_context_loses_its_end_and_with_it_late_answers():
    found, shorter = rows("mini-tydiqa", "en"), 40
    whole = SPAN.encode(found, WITH_ANSWER, tokenizer(), MAX_LENGTH)
    cut = SPAN.encode(found, WITH_ANSWER, tokenizer(), shorter)
    assert cut.lengths().max() == shorter
    kept = 0
    for one, other in zip(parts(whole.labels, whole), parts(cut.labels, cut), strict=True):
        span = marked(one)
        assert span is not None
        there = span[1] < len(other) - 1
        assert marked(other) == (span if there else None)
        kept += there
    assert 0.2 < kept / len(found) < 0.8


def test_half_an_answer_is_none():
    text = "Anna met Maria Garcia today."
    for name in ("Maria", "Maria Garcia"):
        assert single(row("Who?", text, name))[1] == name
    _, behind = context(tokenizer()("Who?", "Anna met Maria")["input_ids"])
    assert single(row("Who?", text, "Maria"), behind + 1)[1] == "Maria"
    assert single(row("Who?", text, "Maria Garcia"), behind + 1)[1] == ""


@pytest.mark.parametrize("max_length", [8, 12, 20])
def test_a_question_longer_than_the_limit_is_no_failure(max_length):
    question = "Who bought the old red house in the city on Monday, and who did not buy it at all?"
    one = row(question, "Anna bought the old house.", "Anna")
    assert len(tokenizer()(question)["input_ids"]) > max_length
    encoded = SPAN.encode([one], WITH_ANSWER, tokenizer(), max_length)
    assert len(encoded.ids) == max_length
    first, behind = context(encoded.ids.tolist())
    assert behind > first > 3
    assert single(one, max_length)[1] in ("Anna", "")


def test_references_are_all_answers():
    one = {"answers": {"text": ["a", "b"], "answer_start": [0, 4]}}
    none: Row = {"answers": {"text": [], "answer_start": []}}
    assert SPAN.references([one, none], WITHOUT) == [["a", "b"], []]


# Loss

LABELS = (
    [OUTSIDE, OUTSIDE, 0, START, END, OUTSIDE],
    [BOTH, OUTSIDE, 0, 0],
    [OUTSIDE, 0, 0],  # its answer was cut off
)
SCORES = scores(
    [(HIGH, HIGH), (HIGH, HIGH), (1.0, 0.0), (2.0, -1.0), (0.5, 3.0), (HIGH, HIGH)],
    [(0.3, 0.1), (HIGH, HIGH), (-2.0, 1.0), (1.5, 0.2)],
    [(1.0, 2.0), (3.0, 4.0), (5.0, 6.0)],
)


def entropy(wanted: float, *others: float) -> float:
    return math.log(sum(math.exp(one) for one in (wanted, *others))) - wanted


def test_loss_by_hand():
    starts = entropy(2.0, 1.0, 0.5) + entropy(0.3, -2.0, 1.5)
    ends = entropy(3.0, 0.0, -1.0) + entropy(0.1, 1.0, 0.2)
    loss = SPAN.loss(nn.Identity(), SCORES, batch(*LABELS))
    assert loss.item() == pytest.approx((starts / 2 + ends / 2) / 2, rel=1e-5)


def learned(labels: list[list[int]], hidden: torch.Tensor) -> tuple[float, nn.Linear, torch.Tensor]:
    """The loss, and what a head and the encoder's output learn from it."""
    torch.manual_seed(0)
    head, hidden = nn.Linear(2, 2), hidden.clone().requires_grad_()
    loss = SPAN.loss(head, hidden, batch(*labels))
    loss.backward()
    assert hidden.grad is not None
    return loss.item(), head, hidden.grad


def test_gradients_reach_only_what_may_be_an_answer():
    _, head, gradient = learned(list(LABELS), SCORES)
    assert all(one.grad is not None and one.grad.isfinite().all() for one in head.parameters())
    allowed = [[label != OUTSIDE for label in labels] for labels in LABELS]
    allowed[2] = []
    for place, one in enumerate(gradient):
        inside = torch.tensor([*allowed[place], *[False] * (6 - len(allowed[place]))])
        assert (one.abs().sum(-1) > 0).tolist() == inside.tolist()


@pytest.mark.parametrize(
    "labels",
    [[[OUTSIDE, OUTSIDE, 0, 0, OUTSIDE], [OUTSIDE, 0, OUTSIDE]], [[OUTSIDE] * 5, [OUTSIDE] * 2]],
    ids=["cut off", "no context at all"],
)
def test_a_batch_without_answers_teaches_nothing(labels):
    hidden = torch.randn(2, 5, 2, generator=torch.Generator().manual_seed(1))
    loss, head, gradient = learned(labels, hidden)
    assert loss == 0.0
    assert not gradient.any()
    assert all(one.grad is not None and not one.grad.any() for one in head.parameters())


def test_a_head_learns_any_answers():
    rng, width, tokens = random.Random(3), 64, 14
    labels, wanted = [], []
    for number in range(10):
        marks = [0 if number % 2 else OUTSIDE, OUTSIDE, *[0] * (tokens - 2 - number // 4)]
        first = 0 if number == 1 else rng.randrange(2, len(marks))
        last = 0 if number == 1 else rng.randrange(first, len(marks))
        marks[first] |= START
        marks[last] |= END
        labels.append(marks)
        wanted.append((first, last))
    learning = batch(*labels)
    torch.manual_seed(3)
    hidden = torch.randn(len(labels), tokens, width)
    head = SPAN.head(WITHOUT, width)
    losses = []
    for _ in range(60):
        loss = SPAN.loss(head, hidden, learning)
        head.zero_grad()
        loss.backward()
        with torch.no_grad():  # by hand, because importing an optimizer takes seconds
            for weights in head.parameters():
                weights -= 0.5 * weights.grad
        losses.append(loss.item())
    assert losses[0] > 1.5 > 0.1 > losses[-1]
    assert SPAN.predict(head, hidden, learning, WITHOUT) == wanted


# Prediction


def predicted(task, labels: list[list[int]], hidden: torch.Tensor) -> list[tuple[int, int]]:
    return SPAN.predict(nn.Identity(), hidden, batch(*labels), task)


def test_no_answer_ends_before_it_starts():
    labels = [OUTSIDE, OUTSIDE, 0, 0, 0, 0, OUTSIDE]
    outside = (HIGH, HIGH)
    # Start of token 4 and end of token 3 have the largest scores, but in the wrong order.
    one = [outside, outside, (1.0, 4.0), (2.0, 6.0), (5.0, 0.0), (0.0, 0.5), outside]
    short = [outside, (1.0, 0.0), (0.0, 2.0)]
    found = predicted(WITH_ANSWER, [labels, [OUTSIDE, 0, 0]], scores(one, short))
    assert found == [(3, 3), (1, 2)]


def test_an_answer_is_no_longer_than_the_longest():
    labels = [OUTSIDE, *[0] * (LONGEST + 6), OUTSIDE]
    one = [(0.0, 0.0)] * len(labels)
    one[1] = (10.0, 0.0)
    one[LONGEST] = (0.0, 9.0)  # with token 1 an answer of just the longest
    one[LONGEST + 1] = (0.0, 10.0)  # one token more
    assert predicted(WITH_ANSWER, [labels], scores(one)) == [(1, LONGEST)]


@pytest.mark.parametrize(("end", "wanted"), [(5.0, (0, 0)), (1.0, (3, 4))])
def test_no_answer_stands_alone(end, wanted):
    # The best pair is the first token's start with the last one's end: neither one nor the other.
    labels = [0, OUTSIDE, OUTSIDE, 0, 0, OUTSIDE]
    one = [(6.0, end), (HIGH, HIGH), (HIGH, HIGH), (1.0, 7.0), (0.0, 8.0), (HIGH, HIGH)]
    assert predicted(WITHOUT, [labels], scores(one)) == [wanted]


def test_an_item_without_context_has_no_answer():
    found = predicted(WITH_ANSWER, [[OUTSIDE] * 4], scores([(HIGH, HIGH)] * 4))
    assert found == [(0, 0)]
    assert SPAN.texts(found, [row("Who?", "Anna.", "Anna")], tokenizer(), MAX_LENGTH) == [""]


def best(labels: list[int], values: list[list[float]], no_answer: bool) -> tuple[int, int]:
    """The best span by trying them all."""
    tried = {
        (i, j): values[i][0] + values[j][1]
        for i in range(len(labels))
        for j in range(i, min(i + LONGEST, len(labels)))
        if OUTSIDE not in (labels[i], labels[j]) and not (no_answer and i == 0 and j > 0)
    }
    return max(tried, key=tried.__getitem__)


@pytest.mark.parametrize("task", [WITH_ANSWER, WITHOUT], ids=["answer", "or none"])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_all_spans_in_batches_of_any_length(task, seed):
    rng = random.Random(seed)
    lengths = sorted((rng.randint(8, 70) for _ in range(12)), reverse=True)
    questions = [rng.randint(1, 5) for _ in lengths]
    labels = [
        [
            0 if task.no_answer else OUTSIDE,
            *[OUTSIDE] * (asked + 2),
            *[0] * (length - asked - 4),
            OUTSIDE,
        ]
        for length, asked in zip(lengths, questions, strict=True)
    ]
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(12, lengths[0], 2, generator=generator) * 3
    hidden[:, 0] += 5  # else one token would hardly ever win against fifty
    wanted = [
        best(one, values, task.no_answer)
        for one, values in zip(labels, hidden.tolist(), strict=True)
    ]
    assert predicted(task, labels, hidden) == wanted
    if task.no_answer:
        assert 0 < sum(span == (0, 0) for span in wanted) < 12


# The stage

LANGUAGES = ("de", "zh")
EXAMPLES = 40


def evaluated(home: Home) -> dict[str, dict]:
    """Score events of an evaluate stage by language; its parent has a head that learned nothing."""
    encoder = checkpoints.load_encoder(catalog.encoder_folder(catalog.encoder("mini-s")))
    torch.manual_seed(5)
    checkpoints.save(home, "parent", encoder, SPAN.head(TASKS["mini-xquad"], 128))
    settings = EvaluationSettings(split="dev", examples=EXAMPLES, batch_tokens=512).model_dump()
    stage = Stage(
        StageKind.EVALUATE,
        "evaluate-1",
        "mini",
        "mini-s",
        "none",
        "mini-xquad",
        1,
        LANGUAGES,
        "parent",
        {"evaluation": settings},
    )
    job = InlineExecutor().submit(home, stage, "run-1", False)
    events, _, damaged = spool.read_events(home.job(stage.key) / spool.EVENTS)
    assert job.succeeded and not damaged, events[-1]
    return {e.payload["language"]: e.payload for e in events if e.type is EventType.SCORE}


@torch.inference_mode()
def answered(model: Model, one: Row) -> str:
    """The text of the best span, found without batches."""
    encoded = SPAN.encode([one], TASKS["mini-xquad"], tokenizer(), MAX_LENGTH)
    (alone,) = ordered_batches(encoded, 100_000, PAD)
    values = model.head(model.hidden(alone))[0].tolist()
    first, last = best(encoded.labels.tolist(), values, False)
    places = tokenizer()(one["question"], one["context"], return_offsets_mapping=True)
    spans = places["offset_mapping"]
    return one["context"][spans[first][0] : spans[last][1]]


@pytest.mark.slow
def test_the_stage_scores_the_answers_of_every_language(tmp_path: Path):
    home = Home(tmp_path / "store").create()
    found = evaluated(home)
    assert list(found) == list(LANGUAGES)
    folder = home.checkpoint("parent")
    head = checkpoints.load_head(folder, SPAN.head(TASKS["mini-xquad"], 128))
    model = Model(checkpoints.load_encoder(folder), head).eval()
    for language, payload in found.items():
        asked = rows("mini-xquad", language)[:EXAMPLES]
        texts = [answered(model, one) for one in asked]
        wanted, _ = SPAN_F1.counts(texts, [one["answers"]["text"] for one in asked])
        assert payload["scores"] == pytest.approx(wanted)
        assert payload["n_examples"] == EXAMPLES and payload["weights"] is None
        assert payload["metric"] == "span_f1" and payload["split"] == "dev"
        assert payload["value"] == pytest.approx(sum(wanted) / EXAMPLES)
    assert 0 < sum(payload["value"] for payload in found.values()) < 2
