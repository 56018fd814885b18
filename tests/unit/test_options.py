"""Multiple choice: any number of options, contexts, and what is left out of long texts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.domain.task import Row
from xfer_core.stages import arrays, checkpoints
from xfer_core.stages.batches import ordered_batches
from xfer_core.stages.kinds.multiple_choice import MultipleChoice

CHOICE = MultipleChoice()
TASK = catalog.task("mini-mmlu")
BEGIN, PAD, STOP = 0, 1, 2
LONG = 10_000


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return checkpoints.load_tokenizer("mini-s")


def ids(text: str) -> list[int]:
    return tokenizer()(text, add_special_tokens=False)["input_ids"]


def row(question: str, *choices: str, context: str | None = None, answer: int = 0) -> Row:
    made: Row = {"id": 0, "question": question, "choices": list(choices), "answer": answer}
    return made if context is None else {**made, "context": context}


def encoded(*rows: Row, max_length: int = LONG) -> arrays.Encoded:
    return CHOICE.encode(list(rows), TASK, tokenizer(), max_length)


def items(found: arrays.Encoded) -> list[list[int]]:
    cuts = found.offsets.tolist()
    return [found.ids[a:b].tolist() for a, b in zip(cuts, cuts[1:], strict=False)]


QUESTION = "Who bought the old red house?"
CONTEXT = "Anna saw the house in May. Boris bought it in June. Clara slept."


def test_rows_may_have_any_number_of_options():
    rows = [row(QUESTION, *[f"option {n}" for n in range(size)]) for size in (2, 5, 1, 12, 3)]
    found = encoded(*rows)
    assert np.diff(found.groups).tolist() == [2, 5, 1, 12, 3]
    asked = ids(QUESTION)
    wanted = [
        [BEGIN, *asked, STOP, STOP, *ids(choice), STOP] for one in rows for choice in one["choices"]
    ]
    assert items(found) == wanted


def test_a_context_comes_first_and_the_question_goes_with_the_option():
    found = items(encoded(row(QUESTION, "Anna", "Boris", context=CONTEXT)))
    assert found == [
        [BEGIN, *ids(CONTEXT), STOP, STOP, *ids(f"{QUESTION} {name}"), STOP]
        for name in ("Anna", "Boris")
    ]


def test_a_context_without_a_question_goes_on_with_the_option():
    (found,) = items(encoded(row("", "He sleeps.", context=CONTEXT)))
    assert found == [BEGIN, *ids(CONTEXT), STOP, STOP, *ids("He sleeps."), STOP]


def test_an_empty_context_is_none():
    with_it, without = (items(encoded(row(QUESTION, "a", "b", context=c))) for c in ("", None))
    assert with_it == without


def test_a_long_context_loses_its_beginning_and_nothing_else_does():
    whole = row(QUESTION, "Anna", "Boris the cook", context=CONTEXT * 4)
    told = ids(CONTEXT * 4)
    for limit in (30, 50, 64):
        for name, found in zip(
            whole["choices"], items(encoded(whole, max_length=limit)), strict=True
        ):
            rest = [STOP, STOP, *ids(f"{QUESTION} {name}"), STOP]
            kept = limit - 1 - len(rest)
            assert 0 < kept < len(told)
            assert found == [BEGIN, *told[-kept:], *rest]


def test_a_long_question_loses_its_beginning_and_keeps_its_option():
    story = "Anna met Boris. " * 20
    whole = row(story + QUESTION, "no", "Boris bought it in June")
    asked = ids(story + QUESTION)
    for name, found in zip(whole["choices"], items(encoded(whole, max_length=32)), strict=True):
        rest = [STOP, STOP, *ids(name), STOP]
        assert found == [BEGIN, *asked[-(31 - len(rest)) :], *rest]


def test_behind_a_context_the_question_is_cut_before_the_option():
    story = "Anna met Boris. " * 20
    whole = row(story + QUESTION, "Boris bought it", context=CONTEXT)
    (found,) = items(encoded(whole, max_length=32))
    both = ids(f"{story}{QUESTION} Boris bought it")
    assert found == [BEGIN, STOP, STOP, *both[-(32 - 4) :], STOP]


def test_only_an_option_that_does_not_fit_loses_its_end():
    option = "Boris bought it in June. " * 9
    for context in (None, CONTEXT):
        (found,) = items(encoded(row(QUESTION, option, context=context), max_length=16))
        assert len(found) == 16 and found[:3] == [BEGIN, STOP, STOP]
        assert found[3:-1] == ids(option)[: 16 - 4]


@pytest.mark.parametrize("language", ["zh", "ja", "ar", "hi"])
def test_no_limit_is_passed_in_any_script(language):
    rows = [{**one, "context": one["question"]} for one in TASK.source.rows("dev", language)[:40]]
    found = encoded(*rows, max_length=24)
    assert found.lengths().max() == 24
    assert all(one[0] == BEGIN and one[-1] == STOP for one in items(found))


def test_scores_of_ragged_options():
    rows = [row("q", *"ab"), row("q", *"abcde", answer=4), row("q", *"abc", answer=1)]
    found = encoded(*rows)
    (batch,) = ordered_batches(found, LONG, PAD)
    # The largest number of all belongs to another question each time.
    numbers = {0: [1.0, 2.0], 1: [5.0, 1.0, 0.0, 3.0, 6.0], 2: [-9.0, -7.0, -8.0]}
    hidden = torch.zeros(*batch.ids.shape, 1)
    hidden[:, 0, 0] = torch.tensor([n for e in batch.examples for n in numbers[int(e)]])
    best = CHOICE.predict(nn.Identity(), hidden, batch, TASK)
    assert dict(zip(batch.examples.tolist(), best, strict=True)) == {0: 1, 1: 4, 2: 1}
    wanted = np.mean(
        [np.log(np.exp(numbers[e]).sum()) - numbers[e][rows[e]["answer"]] for e in range(3)]
    )
    loss = CHOICE.loss(nn.Identity(), hidden, batch)
    assert loss.item() == pytest.approx(wanted, rel=1e-5)
    assert CHOICE.references(rows, TASK) == [0, 4, 1]
