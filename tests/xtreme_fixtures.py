"""Tiny copies, in the real schema, of XTREME's nine tasks: hub repositories and XTREME's folder.

``write_hub(folder)`` writes repositories for ``fake_hub.FakeHub``; ``write_folder(folder)`` writes
what XTREME's download script leaves, test labels blanked unless ``labels`` is true. All sentences
are our own. The traps of the real data are in them: labels of -1, quotes in a field, all languages
of TyDiQA in one split, line feeds after sentences, languages without training or dev set.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

Raw = dict[str, Any]
Splits = dict[str, list[Raw]]

TRAIN, DEV, TEST = 24, 6, 8
SIZES = {"train": TRAIN, "validation": DEV, "test": TEST}
FIRST = {"train": 0, "validation": 40, "test": 60}
"""Number of a split's first sentence: no sentence is in two splits."""

NAMES = ("Ada", "Otto", "Mira", "Jonas", "Lena", "Paul")
SAYS = {"en": "sees", "de": "sieht", "fr": "voit", "fi": "näkee", "sw": "anaona"}
WHO = {"en": "Who", "de": "Wer", "fr": "Qui", "fi": "Kuka", "sw": "Nani"}
ANIMALS = {
    "en": ("the cat", "the dog", "the horse", "the bird", "the cow", "the sheep"),
    "de": ("die Katze", "den Hund", "das Pferd", "den Vogel", "die Kuh", "das Schaf"),
    "fr": ("le chat", "le chien", "le cheval", "un oiseau", "la vache", "le mouton"),
    "fi": ("kissan", "koiran", "hevosen", "linnun", "lehmän", "lampaan"),
    "sw": ("paka", "mbwa", "farasi", "ndege", "mbuzi", "kondoo"),
}
WHERE = {
    "en": ("in the garden", "at the station", "by the lake", "on the hill", "in town", "here"),
    "de": ("im Garten", "am Bahnhof", "am See", "auf dem Berg", "in der Stadt", "hier"),
    "fr": ("dans le jardin", "à la gare", "au lac", "sur la colline", "en ville", "ici"),
    "fi": ("puutarhassa", "asemalla", "järvellä", "kukkulalla", "kaupungissa", "täällä"),
    "sw": ("bustanini", "stesheni", "ziwani", "mlimani", "mjini", "hapa"),
}
POS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()
NER = "O B-PER I-PER B-ORG I-ORG B-LOC I-LOC".split()
NLI = ["entailment", "neutral", "contradiction"]
ADPOSITIONS = set("in at by on im am auf".split())
ARTICLES = set("the die den das der dem".split())
UD_NAMES = {"en": "English", "de": "German", "th": "Thai", "kk": "Kazakh"}
TYDI = {"en": "english", "fi": "finnish", "sw": "swahili"}
TYDI_TRAIN = {"en": TRAIN, "fi": 10, "sw": 5}
TATOEBA = {"de": "deu", "sw": "swh"}
BUCC = ("de", "fr")
FOREIGN_LINES, ENGLISH_LINES, GOLD = 20, 16, 4
"""Lines of the two lists, and pairs of translations in them."""


def write_hub(folder: Path) -> None:
    """All repositories that the nine tasks ask for."""
    _xnli(folder / "facebook" / "xnli")
    _pawsx(folder / "google-research-datasets" / "paws-x")
    _xtreme(folder / "google" / "xtreme")
    _questions(folder)
    bucc = {f"{code}-en": {"test": [_whole_lists(code)]} for code in BUCC}
    write_repository(folder / "mteb" / "BUCC", bucc)


def write_folder(folder: Path, labels: bool = False) -> None:
    """XTREME's ``download`` folder; ``labels`` keeps what its script takes from the test sets."""
    _pair_files(folder, labels)
    _tag_files(folder, labels)
    _question_files(folder, labels)
    _tatoeba_files(folder / "tatoeba", labels)
    _bucc_files(folder / "bucc2018", labels)


def write_repository(
    root: Path, sets: dict[str, Splits], features: dict[str, Any] | None = None
) -> None:
    """One Parquet file per configuration and split, and a card that names them.

    ``features`` are the card's types of the columns, where the real card has names of labels.
    """
    for name, splits in sets.items():
        for split, rows in splits.items():
            path = root / name / f"{split}-00000-of-00001.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows), path)
    told: Raw = {
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": split, "path": f"{name}/{split}-*"} for split in splits],
            }
            for name, splits in sets.items()
        ],
        "dataset_info": [
            {"config_name": name, "features": columns} for name, columns in (features or {}).items()
        ],
    }
    if not features:
        del told["dataset_info"]
    (root / "README.md").write_text(f"---\n{yaml.safe_dump(told, sort_keys=False)}---\n")


# Sentences


def sentence(number: int, language: str) -> str:
    """One of 216 sentences that all differ; the same number says the same in every language."""
    name, animal, where = _parts(number, language)
    return f"{name} {SAYS[language]} {animal} {where}."


def _parts(number: int, language: str) -> tuple[str, str, str]:
    return (
        NAMES[number % 6],
        ANIMALS[language][number // 6 % 6],
        WHERE[language][(number + number // 36) % 6],
    )


def numbers(split: str) -> range:
    return range(FIRST[split], FIRST[split] + SIZES[split])


# Pairs of sentences


def nli_pair(number: int, language: str) -> Raw:
    """The label goes round; every fourth premise has quotes in it."""
    premise, label = sentence(number, language), number % 3
    hypothesis = premise if label == 0 else sentence(number + 7 * label, language)
    if number % 4 == 0:
        premise = f'"{premise}"'
    return {"premise": premise, "hypothesis": hypothesis, "label": label}


def paraphrase(number: int, language: str) -> Raw:
    first = sentence(number, language)
    label = number % 2
    second = first if label else sentence(number + 5, language)
    return {"id": number + 1, "sentence1": first, "sentence2": second, "label": label}


def _xnli(root: Path) -> None:
    features = [_text("premise"), _text("hypothesis"), _label("label", NLI)]
    sets: dict[str, Splits] = {}
    for code in ("en", "de"):
        sets[code] = {s: [nli_pair(n, code) for n in numbers(s)] for s in SIZES}
        sets[code]["train"].append({**nli_pair(30, code), "label": -1})
    write_repository(root, sets, dict.fromkeys(sets, features))


def _pawsx(root: Path) -> None:
    features = [
        {"name": "id", "dtype": "int32"},
        _text("sentence1"),
        _text("sentence2"),
        _label("label", ["0", "1"]),
    ]
    sets = {
        code: {s: [paraphrase(n, code) for n in numbers(s)] for s in SIZES} for code in ("en", "de")
    }
    write_repository(root, sets, dict.fromkeys(sets, features))


def _pair_files(folder: Path, labels: bool) -> None:
    for task, columns in (
        ("xnli", ("premise", "hypothesis")),
        ("pawsx", ("sentence1", "sentence2")),
    ):
        pair = nli_pair if task == "xnli" else paraphrase
        for code in ("en", "de"):
            for split, name in (("train", "train"), ("validation", "dev"), ("test", "test")):
                if split == "train" and code != "en":
                    continue
                lines = []
                for number in numbers(split):
                    raw = pair(number, code)
                    told = NLI[raw["label"]] if task == "xnli" else raw["label"]
                    shown = split != "test" or labels
                    lines.append([*(raw[column] for column in columns), *([told] * shown)])
                _write_tsv(folder / task / f"{name}-{code}.tsv", lines)


def _write_tsv(path: Path, lines: Iterable[Sequence[Any]]) -> None:
    """As XTREME's script: fields with quotes are quoted, these are doubled, lines end in CRLF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, delimiter="\t").writerows(lines)


# Tagged sentences


def pos_tagged(number: int, language: str) -> tuple[list[str], list[str]]:
    if language == "th":
        return ["แมว", "นอน"][: 1 + number % 2], ["NOUN", "VERB"][: 1 + number % 2]
    if language == "kk":
        return ["Мысық", "ұйықтайды", "."], ["NOUN", "VERB", "PUNCT"]
    name, animal, where = _parts(number, language)
    tokens = [name, SAYS[language], *animal.split(), *where.split(), "."]
    return tokens, ["PROPN", "VERB", *map(_tag, tokens[2:-1]), "PUNCT"]


def _tag(token: str) -> str:
    if token in ADPOSITIONS:
        return "ADP"
    return "DET" if token in ARTICLES else "NOUN"


def ner_tagged(number: int, language: str) -> tuple[list[str], list[str]]:
    name, animal, _ = _parts(number, language)
    between = [SAYS[language], *animal.split(), "in"]
    tags = ["B-PER", "I-PER", *("O" for _ in between), "B-LOC", "O"]
    return [name, "Berg", *between, "Bonn", "."], tags


def pos_splits(language: str) -> dict[str, range]:
    """The real data's: Thai has a test set alone, Kazakh no dev set."""
    gone = {"th": ("train", "validation"), "kk": ("validation",)}.get(language, ())
    return {split: numbers(split) for split in SIZES if split not in gone}


def _xtreme(root: Path) -> None:
    sets: dict[str, Splits] = {}
    features: dict[str, Any] = {}
    for code, name in UD_NAMES.items():
        config = f"udpos.{name}"
        sets[config] = {s: [_pos_raw(n, code) for n in r] for s, r in pos_splits(code).items()}
        features[config] = [_texts("tokens"), _labels("pos_tags", POS)]
    for code in ("en", "de"):
        config = f"PAN-X.{code}"
        sets[config] = {s: [_ner_raw(n, code) for n in numbers(s)] for s in SIZES}
        features[config] = [_texts("tokens"), _labels("ner_tags", NER), _texts("langs")]
    for code, name in TATOEBA.items():
        sets[f"tatoeba.{name}"] = {"validation": [_tatoeba_raw(n, code) for n in range(TEST)]}
    for code in BUCC:
        sets[f"bucc18.{code}"] = {
            split: _bucc_pairs(code, name)
            for split, name in (("validation", "dev"), ("test", "test"))
        }
    write_repository(root, sets, features)


def _pos_raw(number: int, code: str) -> Raw:
    tokens, tags = pos_tagged(number, code)
    return {"tokens": tokens, "pos_tags": [POS.index(tag) for tag in tags]}


def _ner_raw(number: int, code: str) -> Raw:
    tokens, tags = ner_tagged(number, code)
    return {
        "tokens": tokens,
        "ner_tags": [NER.index(tag) for tag in tags],
        "langs": [code] * len(tokens),
    }


def _tag_files(folder: Path, labels: bool) -> None:
    names = {"train": "train", "validation": "dev", "test": "test"}
    for code in UD_NAMES:
        for split, found in pos_splits(code).items():
            shown = split != "test" or labels
            sentences = [pos_tagged(number, code) for number in found]
            _write_tags(folder / "udpos" / f"{names[split]}-{code}.tsv", sentences, shown)
    for code in ("en", "de"):
        for split in SIZES:
            shown = split != "test" or labels
            sentences = [ner_tagged(number, code) for number in numbers(split)]
            _write_tags(folder / "panx" / f"{names[split]}-{code}.tsv", sentences, shown)


def _write_tags(path: Path, sentences: list[tuple[list[str], list[str]]], shown: bool) -> None:
    told = [
        "\n".join(f"{token}\t{tag}" if shown else token for token, tag in zip(*one, strict=True))
        for one in sentences
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(told) + "\n\n", encoding="utf-8")


# Questions


def question(name: str, number: int, language: str) -> Raw:
    """A question about the second of two sentences; the answer is a name."""
    who, animal, where = _parts(number, language)
    before = sentence(number + 8, language)
    return {
        "id": name,
        "title": "Animals",
        "context": f"{before} {sentence(number, language)}",
        "question": f"{WHO[language]} {SAYS[language]} {animal} {where}?",
        "answers": {"text": [who], "answer_start": [len(before) + 1]},
    }


def squad(split: str) -> list[Raw]:
    return [question(f"squad-{split}-{n}", n, "en") for n in numbers(split)]


def xquad(code: str) -> list[Raw]:
    return [question(f"xquad-{n}", n, code) for n in numbers("test")]


def mlqa(code: str, split: str) -> list[Raw]:
    return [question(f"mlqa-{split}-{n}", n, code) for n in numbers(split)]


def tydiqa(code: str, split: str) -> list[Raw]:
    found = range(TYDI_TRAIN[code]) if split == "train" else numbers("test")
    return [question(f"{TYDI[code]}-{n:05d}-{n % 3}", n, code) for n in found]


def _questions(folder: Path) -> None:
    root = folder / "rajpurkar" / "squad"
    if not root.exists():  # the fixtures of the intermediate tasks write it as well
        splits = {split: squad(split) for split in ("train", "validation")}
        write_repository(root, {"plain_text": splits})
    sets = {f"xquad.{code}": {"validation": _untitled(xquad(code))} for code in ("en", "de")}
    write_repository(folder / "google" / "xquad", sets)
    write_repository(
        folder / "facebook" / "mlqa",
        {
            f"mlqa.{code}.{code}": {s: _untitled(mlqa(code, s)) for s in ("validation", "test")}
            for code in ("en", "de")
        },
    )
    # All languages in one split, one after the other.
    every = {s: [one for code in TYDI for one in tydiqa(code, s)] for s in ("train", "validation")}
    repository = folder / "google-research-datasets" / "tydiqa"
    write_repository(repository, {"secondary_task": every})


def _untitled(raws: list[Raw]) -> list[Raw]:
    return [{key: value for key, value in raw.items() if key != "title"} for raw in raws]


def _question_files(folder: Path, labels: bool) -> None:
    for split, name in (("train", "train"), ("validation", "dev")):
        _write_squad(folder / "squad" / f"{name}-v1.1.json", squad(split), True)
    for code in ("en", "de"):
        _write_squad(folder / "xquad" / f"xquad.{code}.json", xquad(code), labels)
        for split, name in (("validation", "dev"), ("test", "test")):
            path = f"MLQA_V1/{name}/{name}-context-{code}-question-{code}.json"
            shown = name == "dev" or labels
            _write_squad(folder / "mlqa" / path, mlqa(code, split), shown)
    root, train, dev = folder / "tydiqa", "tydiqa-goldp-v1.1-train", "tydiqa-goldp-v1.1-dev"
    every = [one for code in TYDI for one in tydiqa(code, "train")]
    _write_squad(root / train / f"{train}.json", every, True)
    for code in TYDI:
        path = root / dev / f"tydiqa.goldp.{code}.dev.json"
        _write_squad(path, tydiqa(code, "validation"), labels)


def _write_squad(path: Path, raws: list[Raw], shown: bool) -> None:
    """SQuAD JSON with a document per question, as XTREME's script leaves it."""
    documents = []
    for raw in raws:
        given = raw["answers"] if shown else {"text": [""], "answer_start": [0]}
        answers = [
            {"answer_start": start, "text": text}
            for text, start in zip(given["text"], given["answer_start"], strict=True)
        ]
        asked = {"answers": answers, "question": raw["question"], "id": raw["id"]}
        documents.append({"paragraphs": [{"context": raw["context"], "qas": [asked]}]})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"data": documents, "version": "1.1"}), encoding="utf-8")


# Translations


def tatoeba(number: int, code: str) -> tuple[str, str]:
    """English and foreign; not in alphabetical order."""
    return sentence(5 - number % 6 + 6 * number, "en"), sentence(5 - number % 6 + 6 * number, code)


def _tatoeba_raw(number: int, code: str) -> Raw:
    english, foreign = tatoeba(number, code)
    return {
        "source_sentence": f"{foreign}\n",
        "target_sentence": f"{english}\n",
        "source_lang": TATOEBA[code],
        "target_lang": "eng",
    }


def _tatoeba_files(folder: Path, labels: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for code in TATOEBA:
        pairs = [tatoeba(number, code) for number in range(TEST)]
        english = [one for one, _ in pairs]
        _write_lines(folder / f"{code}-en.{code}", [other for _, other in pairs])
        _write_lines(folder / f"{code}-en.en", english if labels else sorted(english))


def bucc_lists(
    code: str, split: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[int, int]]]:
    """(id, sentence) of the foreign and of the English list, and which lines are translations."""
    first = 0 if split == "dev" else 100
    foreign = [
        (f"{code}-{line:09d}", sentence(first + line, code)) for line in range(1, FOREIGN_LINES + 1)
    ]
    # Line 3k of the English list says what line 2k + 1 of the foreign one does; no other does.
    gold = [(2 * k + 1, 3 * k) for k in range(1, GOLD + 1)]
    told = {english: first + other for other, english in gold}
    english = [
        (f"en-{line:09d}", sentence(told.get(line, first + 40 + line), "en"))
        for line in range(1, ENGLISH_LINES + 1)
    ]
    return foreign, english, gold


def _bucc_pairs(code: str, split: str) -> list[Raw]:
    """As google/xtreme has it: the columns of languages hold ids."""
    foreign, english, gold = bucc_lists(code, split)
    return [
        {
            "source_sentence": foreign[i - 1][1],
            "target_sentence": english[j - 1][1],
            "source_lang": foreign[i - 1][0],
            "target_lang": english[j - 1][0],
        }
        for i, j in gold
    ]


def _whole_lists(code: str) -> Raw:
    foreign, english, gold = bucc_lists(code, "test")
    return {
        "sentence1": [text for _, text in foreign],
        "sentence2": [text for _, text in english],
        "gold": [list(pair) for pair in gold],
    }


def _bucc_files(folder: Path, labels: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for code in BUCC:
        for split in ("dev", "test"):
            foreign, english, gold = bucc_lists(code, split)
            stem = f"{code}-en.{split}"
            _write_lines(folder / f"{stem}.{code}", ["\t".join(line) for line in foreign])
            _write_lines(folder / f"{stem}.en", ["\t".join(line) for line in english])
            if split == "dev" or labels:
                pairs = [f"{foreign[i - 1][0]}\t{english[j - 1][0]}" for i, j in gold]
                _write_lines(folder / f"{stem}.gold", pairs)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


# Types of columns, as the cards write them


def _text(name: str) -> Raw:
    return {"name": name, "dtype": "string"}


def _texts(name: str) -> Raw:
    return {"name": name, "sequence": "string"}


def _label(name: str, labels: list[str]) -> Raw:
    return {"name": name, "dtype": _class_label(labels)}


def _labels(name: str, labels: list[str]) -> Raw:
    return {"name": name, "sequence": _class_label(labels)}


def _class_label(labels: list[str]) -> Raw:
    return {"class_label": {"names": {str(n): label for n, label in enumerate(labels)}}}
