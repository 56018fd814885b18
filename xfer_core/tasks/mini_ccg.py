"""mini-ccg: a lexical category of combinatory categorial grammar for each word, in English.

The categories follow CCGbank's conventions for the constructions that the mini world's English
has; they are read off the part of speech and the place of the word in its template.
"""

from __future__ import annotations

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts, sentences
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.source import Generated

ADJUNCT = r"((S\NP)\(S\NP))/NP"
BY_SLOT = {
    ("PROPN", "agent"): "NP",
    ("PROPN", "day"): "NP",
    ("NOUN", "day"): "NP",
    ("ADJ", "object"): "N/N",
    ("ADP", "place"): ADJUNCT,
    ("ADP", "day"): ADJUNCT,
    ("VERB", "verb"): r"(S\NP)/NP",
    ("VERB", "base"): r"(S[b]\NP)/NP",
}
"""(Part of speech, slot) -> category."""
BY_TAG = {
    "DET": "NP/N",
    "NOUN": "N",
    "PROPN": r"N\N",
    "ADJ": r"S[adj]\NP",
    "ADP": "PP/NP",
    "AUX": r"(S\NP)/(S[adj]\NP)",
    "PART": r"(S\NP)\(S\NP)",
    "ADV": r"(S[adj]\NP)/(S[adj]\NP)",
    "VERB": r"(S\NP)/NP",
    "PRON": r"S[wq]/(S\NP)",
    "NUM": "N",
    "CCONJ": r"(N\N)/N",
    "INTJ": "S/S",
    "PUNCT": ".",
}
FRONTED = "(S/S)/NP"
DO_SUPPORT = r"(S\NP)/(S[b]\NP)"
QUESTION_ADVERB = "S[wq]/S[q]"
INTRANSITIVE = r"(S\NP)/PP"
LABELS = tuple(
    dict.fromkeys(
        (*BY_TAG.values(), *BY_SLOT.values(), FRONTED, DO_SUPPORT, QUESTION_ADVERB, INTRANSITIVE)
    )
)


def render(item: sentences.Utterance, grammar: Grammar) -> Row:
    """Words and categories of one utterance."""
    tokens = sentences.tokens(item, grammar)
    tags = [_category(tokens, place) for place in range(len(tokens))]
    return {"tokens": [token.text for token in tokens], "tags": tags}


def _category(tokens: list[Token], place: int) -> str:
    token = tokens[place]
    following = tokens[place + 1].tag if place + 1 < len(tokens) else ""
    if token.tag == "ADP" and token.slot == "day" and place == 0:
        return FRONTED
    if token.tag == "AUX" and token.text == "did":
        return DO_SUPPORT
    if token.tag in ("ADV", "PRON") and place == 0:
        return QUESTION_ADVERB
    if token.tag == "VERB" and not token.slot and following == "ADP":
        return INTRANSITIVE
    return BY_SLOT.get((token.tag, token.slot), BY_TAG.get(token.tag, "."))


MINI_CCG = Task(
    name="mini-ccg",
    title="mini CCG",
    kind=TaskKind.TAGGING,
    catalog="mini",
    source=Generated("mini-ccg", sentences.draw, render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    labels=LABELS,
    metric="f1",
    train_examples=2400,
    steps=60,
)
