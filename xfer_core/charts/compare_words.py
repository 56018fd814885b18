"""What a comparison says: a headline by fixed rules, and its tables in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.domain.language import MEANS

Row = Mapping[str, Any]
GOES_FROM = "Differences are B − A: above 0, B is better."
HOW_TO_READ = (
    "Every number is B minus A in points, paired by seed and, where both were measured on the "
    "same examples, by example. An interval that covers 0 means that the two cannot be told "
    "apart. With one seed the interval is over examples alone and says nothing about training "
    "again. ● stands after correction over the rows that are shown."
)


class Side(Protocol):
    """One side, as the view ``compare_sides`` gives it."""

    @property
    def encoder(self) -> str:
        """Name in results."""
        ...

    @property
    def intermediate(self) -> str:
        """Name of what was trained before the target."""
        ...

    @property
    def run(self) -> str:
        """Id of the run, or ""."""
        ...


def names(a: Side, b: Side) -> tuple[str, str]:
    """What tells the two sides apart, and nothing else: "MNLI" and "no intermediate task"."""
    parts: list[tuple[str, str]] = []
    if a.intermediate != b.intermediate:
        parts.append((_intermediate(a.intermediate), _intermediate(b.intermediate)))
    if a.encoder != b.encoder:
        parts.append((a.encoder, b.encoder))
    if a.run != b.run:
        parts.append((_run(a.run), _run(b.run)))
    if not parts:
        return "A", "B"
    first, second = (" · ".join(side) for side in zip(*parts, strict=True))
    return first, second


def both(a: Side, b: Side) -> str:
    """What the two sides have in common, in a line; "" for nothing."""
    parts = []
    if a.encoder == b.encoder:
        parts.append(a.encoder)
    if a.intermediate == b.intermediate:
        parts.append(_intermediate(a.intermediate))
    if a.run == b.run and a.run:
        parts.append(_run(a.run))
    return " · ".join(parts)


def headline(found: Any, row: Row | None, sides: tuple[str, str], place: str) -> str:
    """The finding in a sentence; it claims a difference only where the interval excludes 0.

    Args:
        found: the view's ``Comparison``.
        row: its row that the sentence is about; None without one.
        sides: from ``names``.
        place: where it was measured, from ``place``.
    """
    a, b = sides
    if found.is_same:
        return f"Both sides are the same results {place}: there is nothing to compare."
    if row is None or not _known(row["difference_points"]):
        return f"No difference can be told yet {place}."
    points = float(row["difference_points"])
    signed = theme.signed(points)
    level = "as high as" if signed == "0.0" else "higher than" if points > 0 else "lower than"
    by = "" if signed == "0.0" else f"{signed.lstrip('+' + theme.MINUS)} points "
    if int(row["n_seeds"]) < 2:
        return (
            f"With one seed, {b} scored {by}{level} {a} {place}; another training may turn out "
            "otherwise."
        )
    if not _known(row["ci_low"]):
        return f"{b} scored {by}{level} {a} {place}; how sure that is, is not known."
    bounds = theme.interval(row["ci_low"], row["ci_high"])
    if row["ci_low"] <= 0 <= row["ci_high"]:
        return (
            f"{b} and {a} cannot be told apart {place}: {signed} points, with an interval from "
            f"{bounds}."
        )
    if not _known(row["p_value"]):
        return f"{b} scored {by}{level} {a} {place}, without any spread to judge that by."
    return f"{b} scores {by}{level} {a} {place}, with an interval from {bounds} points."


def place(target: str, language: str, row: Row | None = None) -> str:
    """Where the numbers are from: "on XNLI, zero-shot mean over 11 languages"."""
    count = None if row is None or not _known(row["n_languages"]) else int(row["n_languages"])
    return f"on {theme.task_label(target)} ({words.language(language, count)})"


def evidence(found: Any, row: Row | None) -> str:
    """Both scores, interval, p and seeds; and what limits them."""
    if row is None or not _known(row["difference_points"]):
        return without_difference(found)
    seeds = [int(seed) for seed in row["seeds"]]
    parts = [
        f"{theme.percent(row['score_a'])} → {theme.percent(row['score_b'])} points of "
        f"{words.metric(found.metric)}",
        f"95% interval {theme.interval(row['ci_low'], row['ci_high'])}",
        f"{'seed' if len(seeds) == 1 else 'seeds'} {words.listed(seeds)}",
    ]
    if _known(row["p_value"]):
        p = float(row["p_value"])
        parts.insert(2, "p < 0.001" if p < 0.001 else f"p = {p:.3f}")
    if len(seeds) == 1:
        parts.append("the interval is over examples alone")
    parts.append("" if found.by_example else "measured on different examples: paired by seed only")
    return " · ".join(filter(None, parts))


def slide_choices(
    found: Any, sides: tuple[str, str], catalog: str, target: str, language: str
) -> dict[str, Any]:
    """What a slide of a comparison was made with, its sentence and evidence among it."""
    row = found.of(language)
    return {
        **{"catalog": catalog, "target": target, "language": language},
        **{"side_a": sides[0], "side_b": sides[1]},
        "sentence": headline(found, row, sides, place(target, language, row)),
        "evidence": evidence(found, row),
    }


def without_difference(found: Any) -> str:
    """Why there is no difference; "" if there could be one."""
    if found.missing == ("a", "b"):
        return "Neither side has a result here."
    if found.missing:
        return f"Side {found.missing[0].upper()} has no result here."
    if not set(found.seeds_a) & set(found.seeds_b):
        return (
            f"No seed is on both sides: A has {words.listed(found.seeds_a)}, B has "
            f"{words.listed(found.seeds_b)}. Differences are paired by seed."
        )
    return "This language was not measured on both sides."


def causes_line(found: Any, settings: pd.DataFrame) -> str:
    """Whether the difference can be put down to one setting; "" where it can, or there is none."""
    if found.missing or found.is_same:
        return ""
    made = {_cause(str(name)) for name in settings["setting"]} - {""}
    if len(made) < 2:
        return ""
    return (
        f"The sides differ in {len(made)} respects, so the difference cannot be put down to one "
        "of them."
    )


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """Languages and means with plain titles, all numbers in points."""
    return pd.DataFrame({"Language": _languages(table["language"]), **_numbers(table)})


def subjects_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same by subject or group of subjects."""
    return pd.DataFrame(
        {
            "Subject": [subject(str(name)) for name in table["name"]],
            "Questions": table["n_questions"].astype(int),
            **_numbers(table),
        }
    )


def targets_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same by target, with the intermediate task where there are several."""
    same = (table["intermediate_a"] == table["intermediate_b"]).all()
    several = same and table["intermediate_a"].nunique() > 1
    named = {"Intermediate task": [_intermediate(str(n)) for n in table["intermediate_a"]]}
    return pd.DataFrame(
        {
            **(named if several else {}),
            "Target": [theme.task_label(str(name)) for name in table["target"]],
            **_numbers(table),
        }
    )


def flips_table(table: pd.DataFrame) -> pd.DataFrame:
    """Flipped examples by language; counts are means over the seeds."""
    n = table["n_seeds"].clip(lower=1)
    return pd.DataFrame(
        {
            "Language": _languages(table["language"]),
            "Wrong → right": table["gained"] / n,
            "Right → wrong": table["lost"] / n,
            "Both right": table["both_right"] / n,
            "Both wrong": table["both_wrong"] / n,
            "Examples": table["n_examples"].astype(int),
            "Seeds": table["n_seeds"].astype(int),
        }
    )


def formats() -> dict[str, Any]:
    """How each number of these tables is written, on the page and on the command line."""
    signed = dict.fromkeys(("B − A", "95% low", "95% high"), theme.signed)
    plain = dict.fromkeys(("A", "B"), "{:.1f}")
    counts = ("Wrong → right", "Right → wrong", "Both right", "Both wrong")
    return {**plain, **signed, **dict.fromkeys(counts, "{:.1f}")}


def written(table: pd.DataFrame) -> pd.DataFrame:
    """A table of this file as texts, with the digits that the page shows."""
    known = {name: how for name, how in formats().items() if name in table}
    return pd.DataFrame(
        {
            name: [_written(value, known.get(name, str)) for value in table[name]]
            for name in table.columns
        }
    )


def flips_line(table: pd.DataFrame, language: str) -> str:
    """How many examples flipped in a language, in a sentence."""
    rows = table[table["language"] == language]
    if rows.empty:
        return ""
    row = rows.iloc[0]
    n = int(row["n_seeds"])
    gained, lost = (f"{row[name] / n:.1f}" for name in ("gained", "lost"))
    each = "" if n == 1 else f", on average over {n} seeds"
    return (
        f"{words.language(language)}: of {int(row['n_examples'])} examples {gained} turn from "
        f"wrong to right and {lost} from right to wrong{each}."
    )


def alt_text(table: pd.DataFrame, sides: tuple[str, str], what: str = "language") -> str:
    """The finding of a table of differences in a sentence."""
    rows = table[~table["language"].isin(MEANS)] if what == "language" else table
    rows = rows[rows["difference_points"].notna()]
    if rows.empty:
        return f"No difference by {what} yet."
    points = rows["difference_points"]
    marked = int(rows["significant"].sum())
    return (
        f"{sides[1]} minus {sides[0]} by {what}: above 0 in {int((points > 0).sum())} of "
        f"{len(rows)}, from {theme.signed(points.min())} to {theme.signed(points.max())} points; "
        f"{marked} of them differ from 0 after correction."
    )


def subject(name: str) -> str:
    """A subject as people write it: "odd_one_out" is "odd one out"."""
    return name.replace("_", " ")


def _numbers(table: pd.DataFrame) -> dict[str, Any]:
    return {
        "A": 100 * table["score_a"].astype(float),
        "B": 100 * table["score_b"].astype(float),
        "B − A": table["difference_points"].astype(float),
        "95% low": table["ci_low"].astype(float),
        "95% high": table["ci_high"].astype(float),
        "Mark": [theme.SIGNIFICANT if flag else "" for flag in table["significant"]],
        "Seeds": [0 if pd.isna(n) else int(n) for n in table["n_seeds"]],
    }


def _languages(codes: Sequence[Any] | pd.Series[Any]) -> list[str]:
    return [words.language(str(code)) for code in codes]


def _written(value: Any, how: Any) -> str:
    if isinstance(value, float) and value != value:
        return "–"
    return str(how.format(value) if isinstance(how, str) else how(value))


def _cause(setting: str) -> str:
    """What a setting belongs to; "" for what cannot change a score by itself."""
    first = setting.partition(".")[0]
    if first in ("made", "seeds", "languages"):
        return ""
    return first if first in ("encoder", "intermediate") else setting


def _intermediate(name: str) -> str:
    return "no intermediate task" if name == "none" else theme.task_label(name)


def _run(run_id: str) -> str:
    return f"run {run_id}" if run_id else "newest results"


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value)
