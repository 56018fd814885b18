"""Which languages profit: a ridge regression of gains on properties of languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from xfer_core.domain.errors import ShapeError

Array = NDArray[np.float64]

PENALTIES: tuple[float, ...] = tuple(10.0**power for power in np.arange(-2, 3.5, 0.5))
LEAST_LANGUAGES = 5


@dataclass(frozen=True)
class LanguageModel:
    """What properties of languages say about gains in languages that the model has not seen.

    ``predicted`` has one entry per row, each from a model without the row's language;
    ``guess`` likewise the mean of the other languages. ``error_points`` and ``guess_error_points``
    are their root mean squared errors. ``explained`` is 1 - their squared ratio: above 0 the
    properties help, below they mislead; ``explained_low`` and ``explained_high`` bound it over
    languages drawn anew. ``coefficients`` are of the model of all languages, in points per
    standard deviation (numbers) or for belonging (groups), the largest first; of properties that
    go together each gets a share, so they are hints and no causes.
    """

    predicted: Array
    guess: Array
    error_points: float
    guess_error_points: float
    explained: float
    explained_low: float
    explained_high: float
    coefficients: pd.Series[float]
    n_languages: int


def leave_one_language_out(
    features: pd.DataFrame,
    gain_points: ArrayLike,
    languages: Sequence[str],
    *,
    seed: int,
    penalties: Sequence[float] = PENALTIES,
    level: float = 0.95,
    replicates: int = 2000,
) -> LanguageModel:
    """Predict the gain in each language from all other languages.

    Numbers are standardised (a missing one takes the median), groups become one column each (a
    group that the other languages lack says nothing), and the penalty is chosen among the other
    languages alone, so that nothing of a language is in its own prediction.

    Args:
        features: one row per gain; columns of numbers (tokens per word, overlap of sub-words) or
            of names (family, script).
        gain_points: one per row.
        languages: of the rows; all rows of a language are left out together.
        seed: of the languages drawn for the interval.
        penalties: of the ridge, to choose from.
        level: of the interval of ``explained``.
        replicates: how many times languages are drawn.

    Raises:
        ShapeError: the rows do not match, or there are fewer than ``LEAST_LANGUAGES`` languages.
    Source: Hoerl and Kennard 1970, Technometrics 12, 55-67; the question is that of Muller et al.
        2022, arXiv:2212.01757.
    """
    y, groups = np.asarray(gain_points, dtype=float), np.asarray(languages, dtype=str)
    names = np.unique(groups)
    if not len(features) == len(y) == len(groups) or len(names) < LEAST_LANGUAGES:
        raise ShapeError(
            f"Expected equally many features, gains and languages, of {LEAST_LANGUAGES} languages "
            f"at least; got {len(features)}, {len(y)} and {len(groups)} of {len(names)}; evaluate "
            "more languages."
        )
    predicted, guess = np.empty(len(y)), np.empty(len(y))
    for name in names:
        out = groups == name
        model = _ridge(features, penalties).fit(features[~out], y[~out])
        predicted[out], guess[out] = model.predict(features[out]), y[~out].mean()
    squared = np.array(
        [[((y - each)[groups == name] ** 2).sum() for name in names] for each in (predicted, guess)]
    )
    errors = np.sqrt(squared.sum(axis=1) / len(y))
    low, high = _explained_interval(squared, seed, level, replicates)
    return LanguageModel(
        predicted,
        guess,
        float(errors[0]),
        float(errors[1]),
        _explained(squared),
        low,
        high,
        _coefficients(_ridge(features, penalties).fit(features, y)),
        len(names),
    )


def _ridge(features: pd.DataFrame, penalties: Sequence[float]) -> Any:
    from sklearn.compose import ColumnTransformer  # Takes a second to import.
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in features if pd.api.types.is_numeric_dtype(features[name])]
    groups = [name for name in features if name not in numbers]
    fill = SimpleImputer(strategy="median", keep_empty_features=True)
    parts = ColumnTransformer(
        [
            ("numbers", make_pipeline(fill, StandardScaler()), numbers),
            ("groups", OneHotEncoder(handle_unknown="ignore", sparse_output=False), groups),
        ],
        verbose_feature_names_out=False,
    )
    return make_pipeline(parts, RidgeCV(alphas=penalties))


def _coefficients(model: Any) -> pd.Series[float]:
    found = pd.Series(model[-1].coef_, index=model[0].get_feature_names_out(), dtype=float)
    return found.sort_values(key=np.abs, ascending=False)


def _explained(squared: Array) -> float:
    """From squared errors (2, n_languages) of model and guess."""
    ours, theirs = squared.sum(axis=1)
    return float(1 - ours / theirs) if theirs > 0 else float("nan")


def _explained_interval(
    squared: Array, seed: int, level: float, replicates: int
) -> tuple[float, float]:
    n = squared.shape[1]
    drawn = np.random.default_rng(seed).integers(n, size=(replicates, n))
    ours, theirs = squared[:, drawn].sum(axis=-1)
    shares = 1 - ours[theirs > 0] / theirs[theirs > 0]
    if not shares.size:
        return float("nan"), float("nan")
    low, high = np.quantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
