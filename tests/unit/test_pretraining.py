"""What pretraining reads, asks and keeps: items, labels, losses, rates, start, resume."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from typing import TypeVar

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from threadpoolctl import threadpool_limits
from torch import nn
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from xfer_core import catalog
from xfer_core.home import Home
from xfer_core.mini.languages import grammars
from xfer_core.specification import PretrainingSettings
from xfer_core.stages import checkpoints
from xfer_core.stages.pretraining import items, kept, objectives, stage
from xfer_core.stages.pretraining.items import BOS, EOS, NOT_ASKED, PAD, Tokens
from xfer_core.stages.pretraining.start import cross_lingual_embeddings
from xfer_core.stages.pretraining.text import parallel_lines

VOCABULARY, LONGEST = 8000, 40
LANGUAGES = 3
ALL = ("masked", "translation", "contrastive", "detection")


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Nothing here is big enough for two."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)


def settings(**more: object) -> PretrainingSettings:
    return PretrainingSettings.model_validate(more)


@pytest.fixture(scope="module")
def lines() -> list[Tokens]:
    """Line i in language k is made of the token 100 + 10 * i + k alone, up to 24 times."""
    rng = random.Random(0)
    found = []
    for number in range(300):
        length = rng.randint(1, 24)
        texts = [[100 + 10 * number + k] * length for k in range(LANGUAGES)]
        found.append(Tokens(texts, [[*text[:-1], 7000] for text in texts]))
    return found


@pytest.fixture(scope="module")
def text() -> list[Tokens]:
    """A little of the real text, as the shipped vocabulary cuts it."""
    return items.tokenized(parallel_lines(300, 1), checkpoints.load_tokenizer("mini-s"))


def rows(batch: items.MaskedBatch) -> list[list[int]]:
    """The items of a batch, without padding."""
    shown = zip(batch.ids.tolist(), batch.attention.tolist(), strict=True)
    return [[i for i, seen in zip(ids, row, strict=True) if seen] for ids, row in shown]


def parts(item: list[int]) -> list[list[int]]:
    """The one or two texts between the special tokens."""
    assert (item[0], item[-1]) == (BOS, EOS)
    found: list[list[int]] = [[]]
    for token in item[1:-1]:
        found = [*found, []] if token == EOS else [*found[:-1], [*found[-1], token]]
    return [part for part in found if part]


def language(token: int) -> int:
    return (token - 100) % 10


B = TypeVar("B", bound=items.MaskedBatch)


def pools(stream: Iterator[B], n: int) -> list[B]:
    """The batches of n whole pools: a part of one has too many items of some lengths."""
    found: list[B] = []
    while sum(len(batch.ids) for batch in found) < n * items.POOL:
        found.append(next(stream))
    return found


def pooled(stream: Iterator[B], n: int) -> list[tuple[list[int], list[int]]]:
    """The items of n whole pools, each with its row of marks (of ids where there are none)."""
    return [
        (item, marks)
        for batch in pools(stream, n)
        for item, marks in zip(
            rows(batch), getattr(batch, "changed", batch.ids).tolist(), strict=True
        )
    ]


# Batches


def test_batches_keep_to_their_budget_and_items_to_their_length(lines):
    many = [Tokens(line.texts, line.altered) for line in lines]
    for batch in islice(items.masked_batches(many, 1, 256, LONGEST, True), 300):
        assert batch.ids.numel() <= 256 or len(batch.ids) == 1
        assert batch.ids.shape == batch.attention.shape
        for item, ids in zip(rows(batch), batch.ids.tolist(), strict=True):
            assert (item[0], item[-1]) == (BOS, EOS) and 3 <= len(item) <= LONGEST
            assert set(ids[len(item) :]) <= {PAD}
    for batch in islice(items.detection_batches(many, 1, 256, LONGEST), 100):
        assert batch.ids.numel() <= 256 or len(batch.ids) == 1
        assert batch.changed.shape == batch.ids.shape
        assert max(map(len, rows(batch))) <= LONGEST
    for pair in islice(items.pair_batches(many, 1, 256, LONGEST), 100):
        sizes = [len(a) + len(b) for a, b in zip(rows(pair.one), rows(pair.other), strict=True)]
        assert len(sizes) * max(sizes) <= 256 or len(sizes) == 1
        assert max(pair.one.ids.shape[1], pair.other.ids.shape[1]) <= LONGEST


def test_a_budget_that_no_item_fits_still_gives_every_item(lines):
    batches = list(islice(items.masked_batches(lines, 1, 2, LONGEST, True), items.POOL))
    assert {len(batch.ids) for batch in batches} == {1}


def test_one_pool_has_its_items_once_in_an_order_that_is_not_by_length(lines):
    pool = pools(items.masked_batches(lines, 1, 256, LONGEST, True), 1)
    assert sum(len(batch.ids) for batch in pool) == items.POOL
    widths = [batch.ids.shape[1] for batch in pool]
    assert widths != sorted(widths)


@pytest.mark.parametrize(("paired", "share"), [(True, items.PAIR_SHARE), (False, 0.0)])
def test_the_share_of_translation_pairs(lines, paired, share):
    stream = items.masked_batches(lines, 1, 2048, LONGEST, paired)
    found = [parts(item) for item, _ in pooled(stream, 3)]
    pairs = [item for item in found if len(item) == 2]
    if not share:
        assert not pairs
        return
    n = len(found)
    assert chisquare([len(pairs), n - len(pairs)], [n * share, n * (1 - share)]).pvalue > 1e-3
    for one, other in pairs:
        (left,), (right,) = {language(t) for t in one}, {language(t) for t in other}
        assert left != right
        shortest = min(len(one), len(other))
        assert [t - left for t in one[:shortest]] == [t - right for t in other[:shortest]]


def test_a_line_in_one_language_is_never_paired(lines):
    alone = [Tokens([[6000 + number] * 3]) for number in range(300)]
    stream = items.masked_batches(lines + alone, 1, 2048, LONGEST, True)
    found = [parts(item) for item, _ in pooled(stream, 1)]
    with_lone = [item for item in found if any(t >= 6000 for part in item for t in part)]
    assert len(with_lone) > 100
    for item in with_lone:
        assert len(item) == 1 and len(set(item[0])) == 1
    lone = items.pair_batches(lines + alone, 1, 512, LONGEST)
    for batch in islice(lone, 20):
        assert max(int(batch.one.ids.max()), int(batch.other.ids.max())) < 6000


def test_pairs_are_the_same_line_in_two_languages(lines):
    for batch in islice(items.pair_batches(lines, 1, 512, LONGEST), 40):
        for one, other in zip(rows(batch.one), rows(batch.other), strict=True):
            assert (one[1] - 100) // 10 == (other[1] - 100) // 10
            assert language(one[1]) != language(other[1])
            assert len(one) == len(other)


def test_detection_marks_the_changed_tokens_and_no_others():
    # A word of one piece for another; a word of two for one of one; a word of one for none.
    line = Tokens(
        [[10, 11, 12, 13], [20, 21, 22, 23]],
        [[10, 91, 12, 13], [20, 92, 93, 22, 23]],
    )
    expected = {
        (10, 11, 12, 13): [0, 0, 0, 0],
        (20, 21, 22, 23): [0, 0, 0, 0],
        (10, 91, 12, 13): [0, 1, 0, 0],
        (20, 92, 93, 22, 23): [0, 1, 1, 0, 0],
    }
    same = changed = n = 0
    seen = set()
    stream = items.detection_batches([line, Tokens([[50]])], 1, 512, LONGEST)
    for item, marks in pooled(stream, 2):
        first, second = parts(item)
        if len(first) > 4:
            continue  # two sentences; the next test has those
        asked = marks[len(first) + 3 :]
        assert asked[: len(second)] == expected[tuple(second)]
        assert marks[0] == int(any(mark == 1 for mark in asked))
        assert {*marks[1 : len(first) + 3], *asked[len(second) :]} == {NOT_ASKED}
        seen.add(tuple(second))
        n += 1
        same += first[0] == second[0]
        changed += any(token > 90 for token in second)
    assert seen == expected.keys()
    for found, share in (
        (same, items.SAME_LANGUAGE_SHARE),
        (changed, 1 - items.UNCHANGED_SHARE),
    ):
        assert chisquare([found, n - found], [n * share, n * (1 - share)]).pvalue > 1e-3


def test_detection_marks_survive_two_sentences_and_a_cut():
    lines = [
        Tokens([[a, a + 1, a + 2], [b, b + 1, b + 2]], [[a, 90, a + 2], [b, b + 1, 90]])
        for a, b in ((10, 20), (30, 40), (50, 60))
    ]
    cut = 0
    for item, marks in pooled(items.detection_batches(lines, 1, 512, 12), 1):
        first, second = parts(item)
        cut += len(second) == 4  # of six: half of twelve less four special ones
        asked = marks[len(first) + 3 :]
        assert asked[: len(second)] == [int(token == 90) for token in second]
        assert marks[0] == int(any(mark == 1 for mark in asked))
        assert {*marks[1 : len(first) + 3], *asked[len(second) :]} == {NOT_ASKED}
    assert cut > 100


@pytest.fixture
def small_pools(monkeypatch) -> None:
    """So that a few batches are of more than one pool."""
    monkeypatch.setattr(items, "POOL", 64)


def plain(batch: object) -> object:
    """What a batch holds, in a form that compares."""
    if isinstance(batch, torch.Tensor):
        return batch.tolist()
    return {field.name: plain(getattr(batch, field.name)) for field in fields(batch)}


@pytest.mark.parametrize("name", ["masked", "detection", "contrastive"])
def test_batch_k_depends_on_seed_and_k_alone(lines, small_pools, name):
    more = settings(objectives=ALL, batch_tokens=256, max_length=LONGEST)

    def read(seed: int) -> list[object]:
        return [plain(b) for b in islice(stage._streams(lines, more, seed)[name], 40)]

    reference = read(1)
    random.seed(7)
    torch.manual_seed(7)
    assert read(1) == reference
    assert not [batch for batch in read(2) if batch in reference]
    assert len({repr(batch) for batch in reference}) == len(reference)


def test_a_resumed_run_reads_on_where_the_killed_one_stopped(lines, small_pools):
    more = settings(objectives=ALL, batch_tokens=256, max_length=LONGEST)

    def read(batches: stage.Batches, start: int, stop: int) -> list[object]:
        return [plain(next(batches[stage.turn(more, step)])) for step in range(start, stop)]

    whole = read(stage._streams(lines, more, 1), 0, 60)
    for done in (0, 1, 2, 7, 49):
        batches = stage._streams(lines, more, 1)
        stage._skip(batches, more, done)
        assert read(batches, done, 60) == whole[done:]


def test_tokens_of_the_real_text_are_its_lines():
    told = parallel_lines(40, 5)
    tokenizer = checkpoints.load_tokenizer("mini-s")
    found = items.tokenized(told, tokenizer)
    assert any(line.altered for line in told) and any(len(line.texts) == 1 for line in told)
    for line, tokens in zip(told, found, strict=True):
        for told_in, ids in ((line.texts, tokens.texts), (line.altered, tokens.altered)):
            if told_in is None:
                assert ids is None
                continue
            assert len(told_in) in (1, len(grammars()))
            texts = told_in.values()
            wanted = [tokenizer(one, add_special_tokens=False)["input_ids"] for one in texts]
            assert [list(one) for one in ids] == wanted


def test_the_kept_text_is_the_text_and_a_damaged_one_is_made_anew(tmp_path, monkeypatch):
    tokenizer = checkpoints.load_tokenizer("mini-s")
    home = Home(tmp_path).create()
    made = kept.lines(home, "mini-s", tokenizer, 40, 5)
    assert made == items.tokenized(parallel_lines(40, 5), tokenizer)
    monkeypatch.setattr(kept, "parallel_lines", None)  # whoever makes the text now fails
    assert kept.lines(home, "mini-s", tokenizer, 40, 5) == made
    (file,) = (tmp_path / "arrays").glob("pretraining-*.npz")
    file.write_bytes(file.read_bytes()[:-100])
    monkeypatch.undo()
    assert kept.lines(home, "mini-s", tokenizer, 40, 5) == made
    assert kept.lines(home, "mini-s", tokenizer, 41, 5) != made


# Labels and losses


def test_labels_follow_15_percent_and_80_10_10():
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, VOCABULARY, (64, 128), generator=generator)
    ids[:, :8] = torch.arange(5).repeat(64, 2)[:, :8]  # special tokens, often
    batch = items.MaskedBatch(ids, torch.ones_like(ids))
    n = hidden = 0
    counts: Counter[str] = Counter()
    noise = []
    for step in range(20):
        draw = torch.Generator().manual_seed(step)
        inputs, chosen = objectives.hide(batch, draw, VOCABULARY, 0.15)
        assert torch.equal(inputs[~chosen], ids[~chosen])
        assert int(ids[chosen].min()) >= objectives.SPECIALS
        n += int((ids >= objectives.SPECIALS).sum())
        hidden += int(chosen.sum())
        now, was = inputs[chosen], ids[chosen]
        other = (now != objectives.MASK) & (now != was)
        counts["mask"] += int((now == objectives.MASK).sum())
        counts["kept"] += int((now == was).sum())
        counts["noise"] += int(other.sum())
        noise.append(now[other])
    shares = np.array([0.8, 0.1, 0.1]) * hidden
    found = [counts["mask"], counts["noise"], counts["kept"]]
    assert chisquare([hidden, n - hidden], [0.15 * n, 0.85 * n]).pvalue > 1e-3
    assert chisquare(found, shares).pvalue > 1e-3
    drawn = torch.cat(noise)
    assert int(drawn.min()) >= objectives.SPECIALS
    tenths = np.histogram(drawn.numpy(), bins=10, range=(objectives.SPECIALS, VOCABULARY))[0]
    assert chisquare(tenths).pvalue > 1e-3


def tiny(pooled_layer: int = 1) -> objectives.Pretrained:
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=64,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=40,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        type_vocab_size=1,
        pad_token_id=PAD,
    )
    return objectives.Pretrained(XLMRobertaForMaskedLM(config), pooled_layer)


def batch_of(*rows_: list[int]) -> items.MaskedBatch:
    width = max(map(len, rows_))
    ids = torch.tensor([[*row, *[PAD] * (width - len(row))] for row in rows_])
    return items.MaskedBatch(ids, (ids != PAD).long())


def test_the_masked_loss_is_the_cross_entropy_of_the_hidden_tokens():
    model = tiny()
    batch = batch_of([0, *range(5, 35), 2], [0, *range(35, 55), 2])
    inputs, chosen = objectives.hide(batch, torch.Generator().manual_seed(3), 64, 0.15)
    assert int(chosen.sum()) > 2
    logits = model.model(input_ids=inputs, attention_mask=batch.attention).logits
    scores = logits.detach().log_softmax(-1)
    places = [(row, place) for row, place in chosen.nonzero().tolist()]
    expected = -sum(float(scores[r, p, batch.ids[r, p]]) for r, p in places) / len(places)
    loss = objectives.masked_loss(model, batch, torch.Generator().manual_seed(3), 0.15)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_a_hidden_token_teaches_nothing():
    model, batch = tiny(), batch_of([0, 5, 2])
    seeds = range(20)
    empty = next(
        s
        for s in seeds
        if not objectives.hide(batch, torch.Generator().manual_seed(s), 64, 0.15)[1].any()
    )
    loss = objectives.masked_loss(model, batch, torch.Generator().manual_seed(empty), 0.15)
    loss.backward()
    assert loss.item() == 0
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    assert all(bool((grad == 0).all()) for grad in grads)


def test_the_detection_loss_weighs_changed_words_threefold_and_asks_no_others():
    model = tiny()
    plain = batch_of([0, 5, 2, 2, 6, 7, 2])
    changed = torch.tensor([[1] + [NOT_ASKED] * 3 + [1, 0] + [NOT_ASKED]])
    batch = items.DetectionBatch(plain.ids, plain.attention, changed)
    answers = model.detector(model.hidden(plain))[0, :, 0].tolist()
    differs, right, wrong = (1 / (1 + math.exp(-answers[place])) for place in (0, 4, 5))
    expected = (-3 * math.log(right) - math.log(1 - wrong)) / 2 - math.log(differs)
    assert objectives.detection_loss(model, batch).item() == pytest.approx(expected, rel=1e-5)


class Given(nn.Module):
    """An encoder whose sentence vectors are given: the row of the sentence's only word."""

    def __init__(self, vectors: list[list[float]]) -> None:
        super().__init__()
        self.vectors = torch.tensor(vectors)

    def sentences(self, batch: items.MaskedBatch) -> torch.Tensor:
        return self.vectors[batch.ids[:, 1]]


def contrast(vectors: list[list[float]], one: list[int], other: list[int]) -> float:
    sides = [batch_of(*([0, number, 2] for number in side)) for side in (one, other)]
    return float(objectives.contrastive_loss(Given(vectors), items.PairBatch(*sides)))


def test_the_contrastive_loss_is_infonce_in_both_directions():
    vectors = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.8, 0.6]]
    # Similarities over the temperature of 0.05: rows are one side, columns the other.
    table = np.array([[0.6, 0.8], [0.8, 0.6]]) / 0.05  # words 0 and 2 against 1 and 3
    expected = 0.0
    for matrix in (table, table.T):
        for row in range(2):
            expected -= (matrix[row, row] - np.log(np.exp(matrix[row]).sum())) / 4
    assert contrast(vectors, [0, 2], [1, 3]) == pytest.approx(expected, rel=1e-5)
    assert expected == pytest.approx(4 + math.log(1 + math.exp(-4)), rel=1e-9)


def test_aligned_translations_have_the_lower_contrastive_loss():
    vectors = [[1.0, 0.0], [0.0, 1.0]]
    aligned, crossed = contrast(vectors, [0, 1], [0, 1]), contrast(vectors, [0, 1], [1, 0])
    assert aligned == pytest.approx(math.log(1 + math.exp(-20)), abs=1e-6)
    assert crossed == pytest.approx(20, rel=1e-5)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_sentence_is_the_mean_of_its_layer_without_padding(layer):
    model = tiny(layer)
    short, long = [0, 5, 6, 2], [0, 7, 8, 9, 10, 11, 2]
    found = model.sentences(batch_of(short, long))
    for row, item in zip(found, (short, long), strict=True):
        alone = batch_of(item)
        states = model.model.roberta(input_ids=alone.ids, output_hidden_states=True).hidden_states
        mean = states[layer][0].mean(0)
        assert torch.allclose(row, mean / mean.norm(), atol=1e-5)


# Turns and rates


@pytest.mark.parametrize(
    ("names", "turns"),
    [
        (("masked", "translation"), "mmmmmm"),
        (("masked", "contrastive"), "mcmcmc"),
        (("masked", "translation", "contrastive", "detection"), "mdmdmcmd"),
        (("masked", "detection", "contrastive"), "mdmdmcmdmdmc"),
    ],
)
def test_objectives_take_turns(names, turns):
    more = settings(objectives=names)
    assert "".join(stage.turn(more, step)[0] for step in range(len(turns))) == turns


def test_the_rate_warms_up_and_ends_at_zero():
    more = settings(tokens=10_000, warmup_tokens=1000, learning_rate=0.01)
    rates = [stage.rate_at(more, tokens) for tokens in range(0, 10_001, 100)]
    assert rates[0] == pytest.approx(0.01 / 1000)
    assert rates[5] == pytest.approx(0.01 * 0.501 * (1 + math.cos(math.pi * 0.05)) / 2)
    assert rates[50] == pytest.approx(0.005)
    assert rates[-1] == 0 == stage.rate_at(more, 10_500)
    top = rates.index(max(rates))
    assert top == 10
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


# Start


@pytest.mark.parametrize("name", [n for n, e in catalog.encoders().items() if e.catalog == "mini"])
def test_a_new_model_is_of_the_declared_size(name):
    encoder = catalog.encoder(name)
    with torch.device("meta"):
        model = stage.new_model(encoder, [], VOCABULARY, settings(start="random"), seed=1)
    assert sum(p.numel() for p in model.roberta.parameters()) == encoder.parameters
    assert model.training and model.config.hidden_dropout_prob == 0


def test_words_of_the_same_utterances_start_alike():
    rng = random.Random(0)
    drawn = [[rng.randrange(12) for _ in range(4)] for _ in range(200)]
    lines = [[[5 + word for word in line], [17 + word for word in line]] for line in drawn]
    vectors = cross_lingual_embeddings(lines, 40, 8, seed=1)
    assert vectors.shape == (40, 8) and vectors.dtype == np.float32
    assert np.allclose(vectors[5:17], vectors[17:29], atol=1e-4)
    assert vectors[5:29].std() == pytest.approx(0.05, rel=0.1)
    unit = vectors[5:17] / np.linalg.norm(vectors[5:17], axis=1, keepdims=True)
    others = (unit @ unit.T)[~np.eye(12, dtype=bool)]
    assert others.mean() < 0.3
    assert np.array_equal(vectors, cross_lingual_embeddings(lines, 40, 8, seed=1))


def test_translations_of_the_real_text_start_nearer_than_other_words(text):
    encoder, small = catalog.encoder("mini-s"), settings(svd_lines=300)
    model = stage.new_model(encoder, text, VOCABULARY, small, seed=1)
    vectors = model.roberta.embeddings.word_embeddings.weight.detach()
    assert bool((vectors[PAD] == 0).all())
    assert model.lm_head.decoder.weight is model.roberta.embeddings.word_embeddings.weight
    pairs = known_words("en", "hi", text)
    assert len(pairs) >= 20
    one, other = (nn.functional.normalize(vectors[list(side)]) for side in zip(*pairs, strict=True))
    similarity = one @ other.T
    own = similarity.diagonal()
    elsewhere = (similarity.sum() - own.sum()) / (len(own) * (len(own) - 1))
    assert float(own.mean()) > 0.8 > 0.2 > float(elsewhere)
    assert float((similarity.argmax(1) == torch.arange(len(own))).float().mean()) > 0.9


def known_words(one: str, other: str, text: list[Tokens]) -> list[tuple[int, int]]:
    """Kinds of things that are one token in both languages and occur in the text."""
    from xfer_core.stages.pretraining.text import _members

    tokenizer = checkpoints.load_tokenizer("mini-s")
    counts = Counter(t for line in text for told in line.texts for t in told)
    found = []
    for member in _members():
        words = [grammars()[code].option(*member) for code in (one, other)]
        cut = [tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
        if all(len(ids) == 1 and counts[ids[0]] >= 3 for ids in cut):
            found.append((cut[0][0], cut[1][0]))
    return found


def same(one: nn.Module, other: nn.Module) -> bool:
    there = other.state_dict()
    return all(torch.equal(value, there[name]) for name, value in one.state_dict().items())


def test_a_continued_model_starts_with_the_shipped_weights():
    encoder, more = catalog.encoder("mini-s-aligned"), settings(continues="mini-s")
    model = stage.new_model(encoder, [], VOCABULARY, more, seed=1)
    shipped = checkpoints.load_encoder(catalog.encoder_folder(catalog.encoder("mini-s")))
    assert same(shipped, model.roberta)
    assert model.lm_head.decoder.weight is model.roberta.embeddings.word_embeddings.weight


def test_a_deeper_model_starts_by_saying_what_the_shallower_one_says():
    encoder, more = catalog.encoder("mini-l-aligned"), settings(continues="mini-m-aligned")
    deep = stage.new_model(encoder, [], VOCABULARY, more, seed=1).eval()
    older = checkpoints.load_encoder(catalog.encoder_folder(catalog.encoder("mini-m-aligned")))
    assert (len(deep.roberta.encoder.layer), len(older.encoder.layer)) == (8, 4)
    ids = torch.randint(5, VOCABULARY, (8, 24), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        states = older(ids, output_hidden_states=True).hidden_states
        grown = deep.roberta(ids, output_hidden_states=True).hidden_states
    for number in range(5):
        likeness = torch.cosine_similarity(states[number], grown[2 * number], dim=-1)
        assert float(likeness.mean()) > 0.95
    untouched = stage.new_model(encoder, [], VOCABULARY, settings(start="random"), seed=1).eval()
    with torch.inference_mode():
        other = untouched.roberta(ids).last_hidden_state
    assert float(torch.cosine_similarity(states[-1], other, dim=-1).mean()) < 0.5


def test_the_new_layers_of_a_deeper_model_learn():
    encoder, more = catalog.encoder("mini-l-aligned"), settings(continues="mini-m-aligned")
    deep = stage.new_model(encoder, [], VOCABULARY, more, seed=1)
    deep.roberta(torch.randint(5, VOCABULARY, (4, 16))).last_hidden_state[..., 0].sum().backward()
    for layer in deep.roberta.encoder.layer:
        for dense in (layer.attention.output.dense, layer.output.dense):
            assert float(dense.weight.grad.abs().max()) > 0


def test_fewer_lines_than_columns_are_no_error():
    lines = [[[5 + number, 6], [20 + number, 21]] for number in range(6)]
    vectors = cross_lingual_embeddings(lines, 40, 16, seed=1)
    assert vectors.shape == (40, 16) and bool(np.isfinite(vectors).all())
    assert np.allclose(vectors[7], vectors[22], atol=1e-4) and np.abs(vectors[7]).max() > 0
