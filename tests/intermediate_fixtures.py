"""Tiny copies, in the real schema, of the hub's intermediate tasks and MMLU sets, and CCG files.

``write_hub(folder)`` writes repositories for ``fake_hub.FakeHub``: Parquet, JSON lines or CSV, and
a README.md with the configurations and, where the real one has them, the names of the labels.
``write_ccg(folder)`` writes what a user brings, for XFER_DATA_DIR. All sentences are our own. The
traps of the real sets are in them: hidden labels, labels that are texts, letters, empty options.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Raw = dict[str, Any]
Sets = dict[str, dict[str, list[Raw]]]
"""Configuration -> split -> rows."""

NLI = ["entailment", "neutral", "contradiction"]
NAMES = "Ada Ben Cleo Dan Eva Finn Gus Hana Ida Jon Kim Leo".split()
THINGS = "apple bread chair drum eraser flute globe hat jar kite lamp map".split()
PLACES = "garden kitchen cellar attic market harbour".split()
SUBJECTS = (
    "abstract_algebra college_physics jurisprudence philosophy "
    "econometrics sociology anatomy virology"
).split()
"""Two of each of MMLU's groups, in the order of the groups."""
ASKED = {
    "en": "What is {} plus {}?",
    "de": "Was ist {} plus {}?",
    "sw": "{} jumlisha {} ni ngapi?",
    "es": "¿Cuánto es {} más {}?",
}
POINTS = {"en": "{} points", "de": "{} Punkte", "sw": "alama {}", "es": "{} puntos"}
TRAIN, HELD_OUT = 24, 8

COSMOS_COMMIT = "ed50fe83db62b355759053b1cd5eef344ee371e0"
SCRIPT = "raise RuntimeError('nobody runs this')\n"


def write_hub(folder: Path) -> None:
    """All repositories that the tasks of this catalogue ask for, a few rows each."""
    _glue(folder)
    _anli_and_snli(folder)
    _squad(folder)
    _hellaswag(folder)
    _cosmosqa(folder)
    _csqa(folder)
    _mmlu(folder)
    _mmmlu(folder)
    _global_mmlu(folder)
    _m_mmlu(folder)


def write_ccg(folder: Path) -> None:
    """ccg/en/{train,dev,test}.tsv; dev has a supertag that train does not have."""
    for split, size in (("train", TRAIN), ("dev", HELD_OUT), ("test", HELD_OUT)):
        sentences = [_tagged(number) for number in range(size)]
        if split == "dev":
            sentences[0][1] = (sentences[0][1][0], r"((S\NP)\NP)/NP")
        text = "\n\n".join("\n".join("\t".join(pair) for pair in one) for one in sentences)
        path = folder / "ccg" / "en" / f"{split}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")


def _tagged(number: int) -> list[tuple[str, str]]:
    name, thing, place = _words(number)
    return [
        (name, "N"),
        ("carries", r"((S[dcl]\NP)/PP)/NP"),
        ("the", "NP[nb]/N"),
        (thing, "N"),
        ("to", "PP/NP"),
        ("the", "NP[nb]/N"),
        (place, "N"),
        (".", "."),
    ]


def sizes(train: int = TRAIN) -> dict[str, int]:
    """Rows of the splits that most sets have."""
    return {"train": train, "validation": HELD_OUT, "test": HELD_OUT}


def pair(number: int) -> Raw:
    """A premise and a hypothesis; the label goes round."""
    name, thing, place = _words(number)
    other = PLACES[(number + 1) % len(PLACES)]
    hypotheses = (
        f"The {thing} is in the {place}.",
        f"The {thing} is old.",
        f"The {thing} is in the {other}.",
    )
    return {
        "premise": f"{name} put the {thing} in the {place}.",
        "hypothesis": hypotheses[number % 3],
        "label": number % 3,
    }


def _words(number: int) -> tuple[str, str, str]:
    return (
        NAMES[number % len(NAMES)],
        THINGS[(number * 5 + 1) % len(THINGS)],
        PLACES[(number * 7 + 2) % len(PLACES)],
    )


def _glue(folder: Path) -> None:
    names = {
        "train": TRAIN,
        "validation_matched": HELD_OUT,
        "validation_mismatched": HELD_OUT,
        "test_matched": HELD_OUT,
        "test_mismatched": HELD_OUT,
    }
    offsets = {split: 100 * place for place, split in enumerate(names)}
    mnli = {
        split: [
            _hidden_in_test(split, {**pair(number + offsets[split]), "idx": number})
            for number in range(size)
        ]
        for split, size in names.items()
    }
    qqp = {
        split: [_hidden_in_test(split, one) for one in map(_qqp, range(size))]
        for split, size in sizes().items()
    }
    sst2 = {
        split: [_hidden_in_test(split, one) for one in map(_sst2, range(size))]
        for split, size in sizes().items()
    }
    text, label, index = "string", "label", "idx"
    features = {
        "mnli": {"premise": text, "hypothesis": text, label: NLI, index: "int32"},
        "qqp": {
            "question1": text,
            "question2": text,
            label: ["not_duplicate", "duplicate"],
            index: "int32",
        },
        "sst2": {"sentence": text, label: ["negative", "positive"], index: "int32"},
    }
    _parquet_repository(
        folder / "nyu-mll" / "glue", {"mnli": mnli, "qqp": qqp, "sst2": sst2}, features
    )


def _hidden_in_test(split: str, row: Raw) -> Raw:
    return {**row, "label": -1} if split.startswith("test") else row


def _qqp(number: int) -> Raw:
    name, thing, place = _words(number)
    seconds = (f"Who owns the {place}?", f"In which place is the {thing} of {name}?")
    return {
        "question1": f"Where is the {thing} of {name}?",
        "question2": seconds[number % 2],
        "label": number % 2,
        "idx": number,
    }


def _sst2(number: int) -> Raw:
    name, thing, _ = _words(number)
    said = ("a dull", "a splendid")[number % 2]
    return {"sentence": f"{said} film about {name} and a {thing} ", "label": number % 2,
            "idx": number}  # fmt: skip


def _anli_and_snli(folder: Path) -> None:
    rounds = {}
    for number in (1, 2, 3):
        for split, size in (("train", TRAIN), ("dev", HELD_OUT), ("test", HELD_OUT)):
            rounds[f"{split}_r{number}"] = [
                {"uid": f"{split}-{number}-{row}", **pair(1000 * number + row), "reason": ""}
                for row in range(size)
            ]
    text = "string"
    columns: dict[str, Any] = {"premise": text, "hypothesis": text, "label": NLI}
    _parquet_repository(
        folder / "facebook" / "anli",
        {"plain_text": rounds},
        {"plain_text": {"uid": text, **columns, "reason": text}},
    )
    snli = {
        split: [pair(5000 + row) for row in range(size)] + [{**pair(9), "label": -1}]
        for split, size in sizes().items()
    }
    _parquet_repository(
        folder / "stanfordnlp" / "snli", {"plain_text": snli}, {"plain_text": columns}
    )


def question(number: int) -> Raw:
    """SQuAD's columns; the answer is a place."""
    name, thing, place = _words(number)
    context = f"In the morning {name} took the {thing}. Later it lay in the {place}, under a cloth."
    answers = {"text": [place], "answer_start": [context.index(place)]}
    return {
        "id": f"{number:024x}",
        "title": thing,
        "context": context,
        "question": f"Where was the {thing} of {name} later?",
        "answers": answers,
    }


def unanswerable(number: int) -> Raw:
    """A question that the context says nothing of."""
    _, thing, _ = _words(number)
    return {
        **question(number),
        "question": f"Who made the {thing}?",
        "answers": {"text": [], "answer_start": []},
    }


def _squad(folder: Path) -> None:
    splits = {"train": TRAIN, "validation": HELD_OUT}
    first = {split: [question(row) for row in range(size)] for split, size in splits.items()}
    second = {
        split: [(unanswerable if row % 3 == 0 else question)(row) for row in range(size)]
        for split, size in splits.items()
    }
    _parquet_repository(folder / "rajpurkar" / "squad", {"plain_text": first})
    _parquet_repository(folder / "rajpurkar" / "squad_v2", {"squad_v2": second})


def _hellaswag(folder: Path) -> None:
    def row(number: int, split: str) -> Raw:
        name, thing, place = _words(number)
        answer = number % 4
        endings = [f"eats the {place}.", f"sings to the {place}.", f"melts the {place}."]
        endings.insert(answer, f"carries it to the {place}.")
        first, second = f"{name} takes the {thing}.", name
        return {
            "ind": number,
            "activity_label": "Carrying",
            "ctx_a": first,
            "ctx_b": second,
            "ctx": f"{first} {second}",
            "endings": endings,
            "source_id": f"made~{number}",
            "split": split,
            "split_type": "indomain",
            "label": "" if split == "test" else str(answer),
        }

    sets = {split: [row(n, split) for n in range(size)] for split, size in sizes().items()}
    _parquet_repository(folder / "Rowan" / "hellaswag", {"default": sets})


def _cosmosqa(folder: Path) -> None:
    """A loading script on main, and the Parquet copy that the hub makes of such a repository."""

    def row(number: int, split: str) -> Raw:
        name, thing, place = _words(number)
        answers = [f"To clean the {place}.", "To go to sleep.", "None of the above choices ."]
        answers.insert(number % 4, f"To use the {thing} there.")
        return {
            "id": f"made-{number}",
            "context": f"I went to the {place} with the {thing}, and {name} came along.",
            "question": f"Why did we take the {thing}?",
            **{f"answer{option}": text for option, text in enumerate(answers)},
            "label": -1 if split == "test" else number % 4,
        }

    main = folder / "allenai" / "cosmos_qa"
    main.mkdir(parents=True)
    (main / "cosmos_qa.py").write_text(SCRIPT)
    copy = folder / "allenai" / f"cosmos_qa@{COSMOS_COMMIT}"
    for split, size in sizes().items():
        path = copy / "default" / split / "0000.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist([row(n, split) for n in range(size)]), path)


def _csqa(folder: Path) -> None:
    def row(number: int, split: str) -> Raw:
        _, thing, place = _words(number)
        texts = ["the sea", "the moon", "a dream", "a song"]
        texts.insert(number % 5, f"the {place}")
        return {
            "id": f"{number:032x}",
            "question": f"Where in the house does one look for the {thing}?",
            "question_concept": thing,
            "choices": {"label": list("ABCDE"), "text": texts},
            "answerKey": "" if split == "test" else "ABCDE"[number % 5],
        }

    sets = {split: [row(n, split) for n in range(size)] for split, size in sizes().items()}
    _parquet_repository(folder / "tau" / "commonsense_qa", {"default": sets})


def sum_of(number: int, language: str) -> tuple[str, list[str], int]:
    """A question, four options and the number of the right one; the same in each language."""
    first, second = number % 9 + 1, number * 3 % 8 + 1
    answer = number % 4
    sums = [first + second + away for away in (1, 2, 3)]
    sums.insert(answer, first + second)
    options = [POINTS[language].format(one) for one in sums]
    return ASKED[language].format(first, second), options, answer


def _mmlu(folder: Path) -> None:
    def row(number: int, subject: str) -> Raw:
        asked, options, answer = sum_of(number, "en")
        return {"question": asked, "subject": subject, "choices": options, "answer": answer}

    def by_subject(each: int, first: int) -> list[Raw]:
        return [
            row(first + place * each + one, subject)
            for place, subject in enumerate(SUBJECTS)
            for one in range(each)
        ]

    sets = {
        "auxiliary_train": [row(number, "") for number in range(TRAIN)],
        "dev": by_subject(5, 500),
        "validation": by_subject(1, 300),
        "test": by_subject(2, 100),
    }
    features: dict[str, Any] = {
        "question": "string",
        "subject": "string",
        "choices": "strings",
        "answer": list("ABCD"),
    }
    _parquet_repository(folder / "cais" / "mmlu", {"all": sets}, {"all": features})


MMMLU = {"de": "DE-DE", "sw": "SW-KE"}


def _mmmlu(folder: Path) -> None:
    """CSV with an index, letters, and in Swahili the names of files as subjects."""
    root = folder / "openai" / "MMMLU"
    (root / "test").mkdir(parents=True)
    for language, name in MMMLU.items():
        with (root / "test" / f"mmlu_{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["", "Question", *"ABCD", "Answer", "Subject"])
            for number in range(2 * len(SUBJECTS)):
                asked, options, answer = sum_of(100 + number, language)
                subject = SUBJECTS[number // 2]
                if language == "sw":
                    subject = f"{subject}_test.csv_{name}.csv"
                if language == "de" and number == 3:
                    options[0] = "None"  # which a reader of CSV takes for a missing value
                writer.writerow([number, asked, *options, "ABCD"[answer], subject])
    _card(
        root,
        {name.replace("-", "_"): {"test": f"test/mmlu_{name}.csv"} for name in MMMLU.values()},
    )


def _global_mmlu(folder: Path) -> None:
    def row(number: int, language: str, subject: str, split: str) -> Raw:
        asked, options, answer = sum_of(number, language)
        if language == "sw" and split == "test" and number == 101:
            options[2] = ""
        culture = ("CS", "CA", "-")[number % 3]
        return {
            "sample_id": f"{subject}/{split}/{number}",
            "subject": subject,
            "subject_category": "STEM",
            "question": asked,
            **{f"option_{letter}": text for letter, text in zip("abcd", options, strict=True)},
            "answer": "ABCD"[answer],
            "required_knowledge": "[]",
            "time_sensitive": "[]",
            "reference": "[]",
            "culture": "[]",
            "region": "[]",
            "country": "[]",
            "cultural_sensitivity_label": culture,
            "is_annotated": culture != "-",
        }

    sets = {
        language: {
            "test": [row(100 + n, language, SUBJECTS[n // 2], "test") for n in range(16)],
            "dev": [row(500 + n, language, SUBJECTS[n // 5], "dev") for n in range(40)],
        }
        for language in ("en", "de", "sw")
    }
    _parquet_repository(folder / "CohereLabs" / "Global-MMLU", sets)


def _m_mmlu(folder: Path) -> None:
    """JSON lines, a split called val, the subject in the id; a translation lacks an option."""
    root = folder / "alexandrainst" / "m_mmlu"
    configurations: dict[str, dict[str, str]] = {}
    for language in ("en", "de", "es"):
        for split, first, size in (("train", 500, 40), ("val", 300, 8), ("test", 100, 16)):
            rows = []
            for place in range(size):
                asked, options, answer = sum_of(first + place, language)
                if (language, split, place) == ("de", "test", 2):
                    options[1] = None  # type: ignore[call-overload]
                subject = SUBJECTS[place * len(SUBJECTS) // size]
                rows.append(
                    {
                        "instruction": asked,
                        **dict(
                            zip(
                                ("option_a", "option_b", "option_c", "option_d"),
                                options,
                                strict=True,
                            )
                        ),
                        "answer": "ABCD"[answer],
                        "id": f"{subject}/{split}/{place}",
                    }
                )
            path = root / "data" / language / f"{split}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
            configurations.setdefault(language, {})[split] = f"data/{language}/{split}.jsonl"
    _card(root, configurations)


Feature = str | Sequence[str]
"""A type, "strings" for a list of them, or the names of a label's values."""


def _parquet_repository(
    root: Path, sets: Sets, features: dict[str, dict[str, Feature]] | None = None
) -> None:
    """One Parquet file per configuration and split, and the card."""
    paths: dict[str, dict[str, str]] = {}
    for name, splits in sets.items():
        for split, rows in splits.items():
            path = root / name / f"{split}-00000-of-00001.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows), path)
            paths.setdefault(name, {})[split] = f"{name}/{split}-*"
    _card(root, paths, features or {})


def _card(
    root: Path,
    paths: dict[str, dict[str, str]],
    features: dict[str, dict[str, Feature]] | None = None,
) -> None:
    """README.md with the configurations; ``features`` names types of those that have labels."""
    told: dict[str, Any] = {
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": one, "path": path} for one, path in splits.items()],
            }
            for name, splits in paths.items()
        ]
    }
    if features:
        told["dataset_info"] = [
            {"config_name": name, "features": [_feature(*one) for one in columns.items()]}
            for name, columns in features.items()
        ]
    root.mkdir(parents=True, exist_ok=True)
    (root / "README.md").write_text(f"---\n{yaml.safe_dump(told, sort_keys=False)}---\n")


def _feature(name: str, told: Feature) -> Raw:
    if told == "strings":
        return {"name": name, "sequence": "string"}
    if isinstance(told, str):
        return {"name": name, "dtype": told}
    names = {str(number): label for number, label in enumerate(told)}
    return {"name": name, "dtype": {"class_label": {"names": names}}}
