"""Decoder models on multiple-choice questions: the most likely answer after a prompt.

``predictions(home, stage, task, rows_by_language, settings, device, observe)`` gives, by language,
the index of the chosen option of each row: what ``kind.predict`` gives for an encoder with a head.

Prompts are those of lm-evaluation-harness: its MMLU for letters (options are listed, " A", " B" ...
are weighed), its continuation form for texts. A prompt is computed once; the options go on from
its cached keys and values.
"""

from __future__ import annotations

import copy
import inspect
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.run import Stage
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.home import Home
from xfer_core.sources.solved import solved_questions
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import checkpoints, data

Observe = Callable[[int, int], None]
"""Hears after each batch how many questions are done, of how many."""

LETTERS = string.ascii_uppercase
_LISTED = "The following are multiple choice questions (with answers)"
_UNLISTED = "The following are questions (with answers)"


def predictions(
    home: Home,
    stage: Stage,
    task: Task,
    rows_by_language: dict[str, list[Row]],
    settings: EvaluationSettings,
    device: torch.device,
    observe: Observe = lambda done, of: None,
) -> dict[str, list[int]]:
    """Index of the most likely option of each row, by language.

    Raises:
        UsageError: a task without options, or a model that was trained here.
        DataError: examples for the prompt are asked for, and dev has none.
    """
    scorer = load(home, stage, task, settings, device)
    asked = {
        code: list(zip(rows, shots(home, task, code, rows, settings.shots), strict=True))
        for code, rows in rows_by_language.items()
    }
    chosen = iter(scorer.choose([pair for pairs in asked.values() for pair in pairs], observe))
    return {code: [next(chosen) for _ in pairs] for code, pairs in asked.items()}


def load(
    home: Home, stage: Stage, task: Task, settings: EvaluationSettings, device: torch.device
) -> Scorer:
    """The model of a stage, ready to choose: as published on a GPU, in fp32 elsewhere.

    Raises:
        CheckpointError: files that are missing, broken or refused.
        UsageError: a task without options, or a model that was trained here.
    """
    if task.kind is not TaskKind.MULTIPLE_CHOICE:
        raise UsageError(
            f"Expected a multiple-choice task for the causal model {stage.encoder!r}; {task.name} "
            f"is of kind {task.kind}. Choose a task such as mmlu, or an encoder."
        )
    if stage.parent is not None:
        raise UsageError(
            f"Expected the causal model {stage.encoder!r} as it is published; the plan trained it "
            "first. Plan it with no intermediate task and no target training."
        )
    folder = checkpoints.encoder_folder(home, stage.encoder, None)
    model = checkpoints.load_causal(folder, "auto" if device.type == "cuda" else "float32")
    return Scorer(
        model.to(device).eval(),  # type: ignore[arg-type]
        checkpoints.load_tokenizer(stage.encoder),
        settings,
    )


def shots(home: Home, task: Task, language: str, rows: list[Row], n: int) -> list[list[Row]]:
    """For each row the n solved questions that its prompt shows: the first of the same subject.

    Those that ``solved_questions`` names, never the question itself. Where none of them is of the
    subject, all count.

    Raises:
        DataError: n > 0 and dev is empty.
    """
    if n == 0:
        return [[] for _ in rows]
    place = solved_questions(task, language)
    dev = data.rows(home, task, *place) if place else []
    if not dev:
        raise DataError(
            f"Expected solved questions in dev of {task.name} for {n} shots; there are none. Set "
            "evaluation.shots=0."
        )
    by_subject: dict[str, list[Row]] = {}
    for one in dev:
        by_subject.setdefault(one.get("subject", ""), []).append(one)
    return [
        [
            one
            for one in by_subject.get(row.get("subject", ""), dev)[: n + 1]
            if one != row  # ids of dev and test may be the same numbers
        ][:n]
        for row in rows
    ]


def prompt(row: Row, examples: list[Row], listed: bool) -> str:
    """All that is read before an answer: subject, solved examples, the question."""
    subject = row.get("subject", "").replace("_", " ").strip()
    head = (_LISTED if listed else _UNLISTED) + (f" about {subject}." if subject else ".")
    solved = [f"{_question(one, listed)} {options(one, listed)[one['answer']]}" for one in examples]
    return "\n\n".join([head, *solved, _question(row, listed)])


def options(row: Row, listed: bool) -> list[str]:
    """What may follow the prompt and a blank: letters, or the options themselves.

    Raises:
        DataError: more options than letters.
    """
    if not listed:
        return list(row["choices"])
    if len(row["choices"]) > len(LETTERS):
        raise DataError(
            f"Expected at most {len(LETTERS)} options to name by letters; question {row['id']} has "
            f"{len(row['choices'])}. Set evaluation.likelihood=text."
        )
    return list(LETTERS[: len(row["choices"])])


def _question(row: Row, listed: bool) -> str:
    context = row.get("context", "")
    text = "\n".join(part.strip() for part in (context, row["question"]) if part.strip())
    if not listed:
        return f"Question: {text}\nAnswer:"
    named = zip(options(row, True), row["choices"], strict=True)
    return "\n".join([text, *(f"{letter}. {choice}" for letter, choice in named), "Answer:"])


@dataclass(frozen=True)
class Asked:
    """Token ids of a prompt and of each option behind it; where the question came in the list."""

    place: int
    prompt: list[int]
    options: list[list[int]]

    @property
    def tokens(self) -> int:
        """Of the prompt with the longest option."""
        return len(self.prompt) + max(map(len, self.options))

    @property
    def lines(self) -> int:
        """Sequences that it takes at once: the prompt, then each option of more than one token."""
        return max(1, sum(len(option) > 1 for option in self.options))


class Scorer:
    """A causal model that weighs options. Whole texts, or letters, as the settings say."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        settings: EvaluationSettings,
    ) -> None:
        """The model is on its device and in evaluation mode."""
        self._model, self._tokenizer, self._settings = model, tokenizer, settings
        self._known = set(inspect.signature(model.forward).parameters)
        longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self._longest = min(settings.prompt_length, longest or settings.prompt_length)
        pad = tokenizer.pad_token_id
        self._pad = int(pad if pad is not None else tokenizer.eos_token_id or 0)

    @property
    def model(self) -> PreTrainedModel:
        """The model itself."""
        return self._model

    def in_fp32(self) -> Scorer:
        """The same with a copy of the model in fp32."""
        whole = copy.deepcopy(self._model).float()
        return Scorer(whole, self._tokenizer, self._settings)

    def choose(
        self,
        questions: list[tuple[Row, list[Row]]],
        observe: Observe = lambda done, of: None,
    ) -> list[int]:
        """Index of the best option of each (question, solved examples); of equals the first."""
        scores = self.log_likelihoods(questions, observe)
        return [self.best(row, values) for (row, _), values in zip(questions, scores, strict=True)]

    def best(self, row: Row, values: list[float]) -> int:
        """Index of the best option of a question by its log-likelihoods; of equals the first."""
        if self._settings.likelihood == "text_per_character":
            lengths = [max(1, len(choice)) for choice in row["choices"]]
            values = [value / n for value, n in zip(values, lengths, strict=True)]
        return max(range(len(values)), key=values.__getitem__)

    @torch.inference_mode()
    def weigh(self, batch: list[Asked]) -> list[list[float]]:
        """Log-likelihoods of the options of questions that are computed together, all at once."""
        return self._scored(batch)

    @torch.inference_mode()
    def log_likelihoods(
        self,
        questions: list[tuple[Row, list[Row]]],
        observe: Observe = lambda done, of: None,
    ) -> list[list[float]]:
        """Sum of the log-probabilities of each option's tokens, by question."""
        asked = [self.tokens(place, *question) for place, question in enumerate(questions)]
        found: list[list[float]] = [[] for _ in questions]
        done = 0
        for batch in _batches(asked, self._settings.batch_tokens):
            for one, values in zip(batch, self._scored(batch), strict=True):
                found[one.place] = values
            done += len(batch)
            observe(done, len(questions))
        return found

    def tokens(self, place: int, row: Row, examples: list[Row]) -> Asked:
        """A question as token ids; a prompt that is too long loses its beginning.

        An option's tokens are those that the text of prompt and option has behind the prompt's.
        """
        listed = self._settings.likelihood == "letter"
        text = prompt(row, examples, listed)
        texts = [text, *(f"{text} {option}" for option in options(row, listed))]
        first, *wholes = self._tokenizer(texts, add_special_tokens=False, verbose=False)[
            "input_ids"
        ]
        # An option that melts into the prompt's last token is that token.
        found = [whole[len(first) :] or whole[-1:] for whole in wholes]
        room = self._longest - max(map(len, found))
        start = self._start()
        return Asked(place, [*start, *first[-max(1, room - len(start)) :]], found)

    def _start(self) -> list[int]:
        """The token that begins a text, where the tokenizer puts one by itself."""
        begin = self._tokenizer.bos_token_id
        ids = self._tokenizer("a")["input_ids"]
        return [begin] if begin is not None and ids[:1] == [begin] else []

    def _scored(self, batch: list[Asked]) -> list[list[float]]:
        """Of questions that are computed together."""
        rows = [(n, one) for n, asked in enumerate(batch) for one in asked.options if len(one) > 1]
        prompts = [asked.prompt for asked in batch]
        ids, mask = self._padded(prompts, left=True)
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            use_cache=bool(rows),
            **self._if_known(position_ids=(mask.cumsum(1) - 1).clamp(min=0), logits_to_keep=1),
        )
        first = output.logits[:, -1].float().log_softmax(-1)
        scores = [
            [float(first[n, one[0]]) for one in asked.options] for n, asked in enumerate(batch)
        ]
        if rows:
            rest = iter(self._continued(rows, mask, output.past_key_values))
            for asked, values in zip(batch, scores, strict=True):
                for place, one in enumerate(asked.options):
                    values[place] += next(rest) if len(one) > 1 else 0.0
        return scores

    def _continued(
        self, rows: list[tuple[int, list[int]]], mask: torch.Tensor, cache: Any
    ) -> list[float]:
        """Log-likelihood of each option but for its first token; rows are (prompt, option)."""
        which = torch.tensor([n for n, _ in rows], device=mask.device)
        cache.batch_select_indices(which)
        before = mask[which]
        ids, own = self._padded([option[:-1] for _, option in rows], left=False)
        wanted, _ = self._padded([option[1:] for _, option in rows], left=False)
        positions = before.sum(1, keepdim=True) + own.cumsum(1) - 1
        output = self._model(
            input_ids=ids,
            attention_mask=torch.cat([before, own], 1),
            past_key_values=cache,
            use_cache=True,
            **self._if_known(position_ids=positions),
        )
        each = output.logits.float().log_softmax(-1).gather(2, wanted.unsqueeze(2)).squeeze(2)
        return list((each * own).sum(1).tolist())

    def _padded(self, items: list[list[int]], left: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """(items, longest) ids and mask. Prompts are padded on the left: options follow at once."""
        longest = max(map(len, items))
        ids = torch.full((len(items), longest), self._pad)
        mask = torch.zeros_like(ids)
        for number, item in enumerate(items):
            place = slice(longest - len(item), None) if left else slice(0, len(item))
            ids[number, place] = torch.tensor(item)
            mask[number, place] = 1
        return ids.to(self._model.device), mask.to(self._model.device)

    def _if_known(self, **arguments: Any) -> dict[str, Any]:
        """Those that the model's architecture takes."""
        return {name: value for name, value in arguments.items() if name in self._known}


def _batches(asked: list[Asked], tokens: int) -> Iterator[list[Asked]]:
    """Questions of about one length whose padded sequences stay within the budget."""
    batch: list[Asked] = []
    longest = lines = 0
    for one in sorted(asked, key=lambda one: -one.tokens):
        longest, lines = max(longest, one.tokens), lines + one.lines
        if batch and longest * lines > tokens:
            yield batch
            batch, longest, lines = [], one.tokens, one.lines
        batch.append(one)
    if batch:
        yield batch
