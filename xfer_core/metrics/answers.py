"""How extracted answers are compared: the words of SQuAD's and of MLQA's scorers.

Each rule is that of the scorer which the data set came with, odd ones included, because a number
is only comparable with the published one if it was counted in the same way.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from xfer_core.domain.errors import UsageError
from xfer_core.domain.score import Counts

Words = list[str]
Compare = Callable[[Words, Words], float]

_ASCII = str.maketrans("", "", string.punctuation)


def _whole(words: str) -> re.Pattern[str]:
    """Matches each of the words where it stands alone; nothing where there are none."""
    return re.compile(rf"\b({'|'.join(words.split())})\b" if words else r"(?!)")


_ENGLISH = _whole("a an the")
_ARTICLES = {
    "ar": re.compile("\u0627\u0644"),  # MLQA cuts "al" wherever it stands, inside words as well
    "de": _whole("ein eine einen einem eines einer der die das den dem des"),
    "en": _ENGLISH,
    "es": _whole("un una unos unas el la los las"),
    "hi": _whole(""),
    "vi": _whole("c\u1ee7a l\u00e0 c\u00e1i chi\u1ebfc nh\u1eefng"),
    "zh": _whole(""),
}
"""MLQA's languages and what is no word of an answer in them."""
_IDEOGRAPH = re.compile("([\u4e00-\u9fa5])")


def squad_words(text: str) -> Words:
    """Lower-case words without ASCII punctuation and English articles, in any language.

    Source: Rajpurkar et al. 2016, arXiv:1606.05250, evaluate-v1.1.py; XTREME scores XQuAD and
    TyDiQA with it.
    """
    return _ENGLISH.sub(" ", text.lower().translate(_ASCII)).split()


def mlqa_words(text: str, language: str) -> Words:
    """Lower-case words without punctuation and the language's articles; Chinese by character.

    Raises:
        UsageError: a language that MLQA does not have.
    Source: Lewis et al. 2020, arXiv:1910.07475, mlqa_evaluation_v1.py.
    """
    if language not in _ARTICLES:
        raise UsageError(
            f"Expected one of MLQA's languages ({', '.join(_ARTICLES)}); got {language!r}: take "
            "the metric squad_f1 or squad_exact_match there."
        )
    kept = "".join(letter for letter in text.lower() if not _is_punctuation(letter))
    kept = _ARTICLES[language].sub(" ", kept)
    return (_IDEOGRAPH.sub(r" \1 ", kept) if language == "zh" else kept).split()


def word_f1(found: Words, wanted: Words) -> float:
    """F1 of two bags of words; 0 where nothing is shared, so also of nothing with nothing."""
    common = (Counter(found) & Counter(wanted)).total()
    return 2 * common / (len(found) + len(wanted)) if common else 0.0


def word_f1_or_nothing(found: Words, wanted: Words) -> float:
    """As ``word_f1``, but 1 where neither has a word, as SQuAD v2.0 rewards no answer."""
    return word_f1(found, wanted) if found and wanted else float(found == wanted)


def same_words(found: Words, wanted: Words) -> float:
    """1 if the words and their order are the same, else 0."""
    return float(found == wanted)


def best(
    predictions: Sequence[str],
    references: Sequence[Sequence[str]],
    words: Callable[[str], Words],
    compare: Compare,
) -> Counts:
    """Per question how well the prediction agrees with the best of its answers, over 1.

    A question without any answer wants a prediction without any word.
    """
    scores = []
    for predicted, answers in zip(predictions, references, strict=True):
        found = words(predicted)
        known = (compare(found, words(answer)) for answer in answers)
        scores.append(max(known, default=float(not found)))
    return scores, [1.0] * len(scores)


def some_words(answers: Sequence[str]) -> list[str]:
    """The answers that have a word: SQuAD v2.0 does not look at the others."""
    return [answer for answer in answers if squad_words(answer)]


def _is_punctuation(letter: str) -> bool:
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")
