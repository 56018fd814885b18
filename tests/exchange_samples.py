"""All nine tasks of XTREME in all languages with a few rows each, and runs that predicted them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xfer_core import catalog, kept, spool
from xfer_core.domain import xtreme
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.home import Home

Raw = dict[str, Any]
POS = "ADJ ADP CCONJ DET NOUN PROPN PUNCT SCONJ VERB X".split()
BIO = "O B-PER I-PER B-LOC I-LOC".split()
ENGLISH = ("zebra runs", "Apples fall", "the sea", "apples fall", "Apples fall", "music")
"""Capitals before small letters, and a sentence twice: how XTREME sorts them matters."""


def write_data(folder: Path) -> None:
    """A test set of each task and language, as a person's own files; BUCC's is its dev as well."""
    for name, languages in xtreme.LANGUAGES.items():
        for code in languages:
            (folder / name / code).mkdir(parents=True)
            text = "".join(f"{json.dumps(row)}\n" for row in _raws(name, code))
            for split in ("test", "dev") if name == "bucc2018" else ("test",):
                (folder / name / code / f"{split}.jsonl").write_text(text, encoding="utf-8")


def rows_of(name: str, language: str) -> list[Row]:
    return catalog.task(name).source.rows("test", language)


def predicted(name: str, language: str, rows: list[Row], seed: int) -> list[Any]:
    """Predictions in the form of the references, about half of them right."""
    task, rng = catalog.task(name), random.Random(f"{name} {language} {seed}")
    return [_guess(task, at, rows, rng) for at in range(len(rows))]


def write_run(
    home: Home,
    run_id: str,
    tasks: Iterable[str] = tuple(xtreme.LANGUAGES),
    seed: int = 1,
    **more: Any,
) -> list[Stage]:
    """A run that evaluated the tasks in all languages, with its predictions kept."""
    stages = [_stage(name, seed, **more) for name in tasks]
    for stage in stages:
        for code in stage.languages:
            rows = rows_of(str(stage.target), code)
            found = predicted(str(stage.target), code, rows, seed)
            kept.keep(home, stage.key, "test", code, [row["id"] for row in rows], found)
        result = {"state": "succeeded", "attempt": 1, "parent_attempt": None}
        spool.publish(home.job(stage.key) / spool.RESULT, result)
    spool.publish(home.run(run_id) / spool.PLAN, {"stages": [one.to_json() for one in stages]})
    return stages


def _stage(name: str, seed: int, **more: Any) -> Stage:
    values: dict[str, Any] = {"encoder": "xlm-r", "intermediate": "none", "variant": "v1"}
    values |= {"languages": xtreme.LANGUAGES[name], "catalog": "paper", **more}
    key = f"{name}-{values['encoder']}-{seed}".lower()
    return Stage(StageKind.EVALUATE, key, target=name, seed=seed, **values)


def _raws(name: str, language: str) -> Iterable[Raw]:
    rng = random.Random(f"{name} {language}")
    sides = {"source_lang": language, "target_lang": "en"}
    match name:
        case "xnli":
            for at in range(7):
                yield {"premise": f"p {at}", "hypothesis": f"h {at}", "label": rng.randrange(3)}
        case "pawsx":
            for at in range(6):
                yield {"sentence1": f"a {at}", "sentence2": f"b {at}", "label": rng.randrange(2)}
        case "udpos" | "panx":
            tags, column = (POS, "pos_tags") if name == "udpos" else (BIO, "ner_tags")
            for n in (3, 1, 5, 2):
                tokens = [f"w{rng.randrange(9)}" for _ in range(n)]
                yield {"tokens": tokens, column: [rng.choice(tags) for _ in tokens]}
        case "bucc2018":
            yield {
                "sentence1": [f"{language} {at}" for at in range(9)],
                "sentence2": [f"en {at}" for at in range(7)],
                "gold": [[2, 3], [5, 1], [9, 7]],
            }
        case "tatoeba":
            for at, english in enumerate(ENGLISH):
                yield {"source_sentence": f"{language} {at}", "target_sentence": english, **sides}
        case _:
            yield from _questions(name, language, rng)


def _questions(name: str, language: str, rng: random.Random) -> Iterable[Raw]:
    words = "the red house der Garten 北京 大学 el mar القاهرة ada, in 1905".split()
    begin = LANGUAGES[language].name.lower() if name == "tydiqa" else language
    for at in range(5):
        context = " ".join(rng.choice(words) for _ in range(8))
        answer = " ".join(context.split()[2 : 3 + rng.randint(1, 3)])
        start = context.index(answer)
        yield {
            "id": f"{begin}--{rng.randrange(10**12)}-{at}",
            "context": context,
            "question": f"q {at}?",
            "answers": {"text": [answer], "answer_start": [start]},
        }


def _guess(task: Task, at: int, rows: list[Row], rng: random.Random) -> Any:
    row, right = rows[at], rng.random() < 0.5
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return row["label"] if right else rng.choice(task.labels)
        case TaskKind.TAGGING:
            tags = POS if task.name == "udpos" else BIO
            return [tag if rng.random() < 0.6 else rng.choice(tags) for tag in row["tags"]]
        case TaskKind.SPAN:
            words = row["context"].split()
            return row["answers"]["text"][0] if right else " ".join(words[1 : rng.randint(2, 5)])
        case TaskKind.RETRIEVAL:
            return at if right else rng.randrange(len(rows))
        case _:
            if not row["source"]:
                return None
            others = [place for place, one in enumerate(rows) if one["target"]]
            return at if right and row["target"] else rng.choice([None, *others])
