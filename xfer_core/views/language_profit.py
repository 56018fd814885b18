"""Which languages profit: properties of languages beside their gains on one target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from xfer_core import catalog as catalogue
from xfer_core import pretraining_text, typology
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import XferError
from xfer_core.domain.language import LANGUAGES, MEANS, REFERENCE_LANGUAGE
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.rows import Rows
from xfer_core.stats import RankCorrelation, rank_correlation
from xfer_core.stats.languages import LEAST_LANGUAGES, LanguageModel, leave_one_language_out
from xfer_core.views.examples import Kept, spoken
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, main_metric

TEXTS = 300
"""Test examples a language that tokens are counted in."""
UNSPACED = ("Han", "Kanji and kana", "Thai", "Myanmar")
"""Scripts that write no gaps between words: tokens per word mean nothing there."""
COUNTED = ("overlap", "length_ratio", "tokens_per_word")
"""Properties that the encoder's tokenizer shows in the test texts."""
NUMBERS = (*COUNTED, "distance", "pretraining_tokens")
GROUPS = ("script", "family")
SEED = 1
"""Of the languages drawn for the interval of the model."""


class Store(Queryable, Kept, Protocol):
    """A store that can be asked and knows its folder."""


@dataclass(frozen=True)
class Profit:
    """What goes with the gain of a language.

    ``table`` has one row per language but English: language, name, script, family, gain_points
    and score (means over the intermediates, in points and in [0, 1]), n_cells, and the features
    ``overlap`` (share of its tokens that English texts have too), ``length_ratio`` (tokens
    against the same texts in English), ``tokens_per_word``, ``distance`` (from English, by
    syntactic features; see ``typology``) and ``pretraining_tokens`` (of the language in the text
    that the encoder was pretrained on, millions; see ``pretraining_text``); NaN where unknown.
    ``correlations`` has one per feature with gain.
    """

    table: pd.DataFrame
    correlations: dict[str, RankCorrelation]
    note: str = ""
    """Why there are no features, one sentence."""


def language_profit(
    store: Store, *, catalog: str, encoder: str, target: str, intermediate: str | None = None
) -> Profit:
    """Gains of the languages of one target with properties of each language.

    Args:
        store: where to ask, and where rows are kept.
        catalog: of the cells.
        encoder: whose tokenizer counts.
        target: whose test texts are counted.
        intermediate: of the gains; None takes the mean over all that have every language.
    """
    cells = main_metric(store, gains(store, catalog=catalog, encoder=encoder, target=target))
    cells = cells[cells["gain_points"].notna() & (cells["intermediate"] != NO_INTERMEDIATE)]
    cells = cells[~cells["language"].isin([*MEANS, REFERENCE_LANGUAGE])]
    if intermediate is not None:
        cells = cells[cells["intermediate"] == intermediate]
    table, note = _with_features(store, _means(cells), encoder, target)
    found = {name: rank_correlation(table[name], table["gain_points"]) for name in NUMBERS}
    return Profit(table, found, note)


def language_model(
    store: Store, *, catalog: str, encoder: str, target: str, intermediate: str | None = None
) -> LanguageModel | None:
    """How well the features predict the gain of a language that the model has not seen.

    None with fewer than ``LEAST_LANGUAGES`` languages, or without features. Arguments as for
    ``language_profit``; it takes seconds longer.
    """
    place = {"catalog": catalog, "encoder": encoder, "target": target}
    table = language_profit(store, **place, intermediate=intermediate).table
    known = [name for name in NUMBERS if table[name].notna().sum() >= LEAST_LANGUAGES]
    return _model(table, known)


def _means(cells: pd.DataFrame) -> pd.DataFrame:
    """One row per language over the intermediates that have all of them."""
    most = cells.groupby("intermediate")["language"].nunique()
    whole = list(most[most == most.max()].index)
    kept = cells[cells["intermediate"].isin(whole)]
    return kept.groupby("language", as_index=False, sort=False).agg(
        gain_points=("gain_points", "mean"),
        score=("score", "mean"),
        n_cells=("intermediate", "nunique"),
    )


def _model(table: pd.DataFrame, known: list[str]) -> LanguageModel | None:
    if len(table) < LEAST_LANGUAGES or not known:
        return None
    columns = table[[*known, GROUPS[0]]]
    return leave_one_language_out(columns, table["gain_points"], list(table["language"]), seed=SEED)


def _with_features(
    store: Kept, table: pd.DataFrame, encoder: str, target: str
) -> tuple[pd.DataFrame, str]:
    about = [LANGUAGES.get(code) for code in table["language"]]
    table = table.assign(
        name=[
            one.name if one else code for one, code in zip(about, table["language"], strict=True)
        ],
        script=[one.script if one else "" for one in about],
        family=[one.family if one else "" for one in about],
    )
    table = table.assign(
        distance=table["language"].map(typology.distances()).astype(float),
        pretraining_tokens=table["language"].map(pretraining_text.millions(encoder)).astype(float),
    )
    missing = dict.fromkeys(COUNTED, float("nan"))
    try:
        counted, note = (
            language_features(
                store, encoder=encoder, target=target, languages=list(table["language"])
            ),
            "",
        )
    except (XferError, OSError) as error:
        counted, note = pd.DataFrame(columns=["language", *COUNTED]), str(error)
    merged = table.merge(counted, on="language", how="left")
    return merged.astype(dict.fromkeys(missing, float)), note


def language_features(
    store: Kept, *, encoder: str, target: str, languages: Iterable[str]
) -> pd.DataFrame:
    """Properties of languages that a tokenizer shows in the test texts of a task.

    Returns:
        One row per language: ``overlap``, ``length_ratio``, ``tokens_per_word`` (see ``Profit``).

    Raises:
        XferError: the texts or the tokenizer are not on this machine.
    """
    task, model = catalogue.task(target), catalogue.encoder(encoder)
    english = _tokens(model, _texts(store, task, REFERENCE_LANGUAGE))
    types = {token for tokens in english.values() for token in tokens}
    rows = []
    for code in languages:
        texts = _texts(store, task, code)
        tokens = _tokens(model, texts)
        every = [token for one in tokens.values() for token in one]
        both = [name for name in tokens if english.get(name)]
        words = sum(len(text.split()) for text in texts.values())
        known = LANGUAGES.get(code)
        spaced = known is not None and known.script not in UNSPACED
        theirs = sum(len(english[name]) for name in both)
        rows.append(
            {
                "language": code,
                "overlap": _ratio(sum(token in types for token in every), len(every)),
                "length_ratio": _ratio(sum(len(tokens[name]) for name in both), theirs),
                "tokens_per_word": _ratio(len(every), words if spaced else 0),
            }
        )
    return pd.DataFrame(rows, columns=["language", *COUNTED])


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _texts(store: Kept, task: Task, language: str) -> dict[str, str]:
    """Id -> text of the first test examples; English of pairs is their English side."""
    pairs = task.kind in (TaskKind.RETRIEVAL, TaskKind.MINING)
    source = language
    if pairs and language == REFERENCE_LANGUAGE:
        source = next(code for code in spoken(task, "test") if code != REFERENCE_LANGUAGE)
    rows = Rows(store.home.root / "rows").of(task, "test", source)[:TEXTS]
    side = "source" if language == REFERENCE_LANGUAGE else "target"
    return {str(row["id"]): row[side] if pairs else _text(task, row) for row in rows}


def _text(task: Task, row: Row) -> str:
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return " ".join(row[column] for column in task.columns)
        case TaskKind.TAGGING:
            return " ".join(row["tokens"])
        case TaskKind.MULTIPLE_CHOICE:
            return " ".join([row["question"], *row["choices"]])
        case _:
            return f"{row['context']} {row['question']}"


def _tokens(model: Encoder, texts: dict[str, str]) -> dict[str, list[int]]:
    from tokenizers import Tokenizer  # Loaded on first use: pages open without it.

    file = catalogue.tokenizer_folder(model) / "tokenizer.json"
    if not file.is_file():
        raise XferError(f"Expected the tokenizer of {model.name} in {file.parent}; it is not here.")
    tokenizer = Tokenizer.from_file(str(file))
    found = tokenizer.encode_batch(list(texts.values()), add_special_tokens=False)
    return {name: list(one.ids) for name, one in zip(texts, found, strict=True)}
