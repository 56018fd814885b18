"""xfer compare: two models, and what may be said about their difference."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
import typer

from xfer_core import catalog as catalogue
from xfer_core.charts import compare_words, flip_cards, setting_words, theme, words
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
    print_notes,
    print_table,
    records,
)
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.language import MEANS, ZERO_SHOT
from xfer_core.store import Store
from xfer_core.views import compare as view
from xfer_core.views import compare_examples, compare_sides
from xfer_core.views.choices import choices
from xfer_core.views.compare_settings import settings_diff
from xfer_core.views.compare_sides import Side
from xfer_core.views.compare_subjects import compare_subjects

Text = Annotated[
    str,
    typer.Argument(
        help="An intermediate task, an encoder, a run or several of them with a slash between, "
        "such as mini-mnli/mini-xnli (a cell) or none/mini-s."
    ),
]


def compare(
    a: Text,
    b: Text,
    target: Annotated[
        str | None, typer.Option(help="By language on this one (default: all targets).")
    ] = None,
    language: Annotated[
        str, typer.Option(help="Of the headline: a code, zero-shot or all.")
    ] = ZERO_SHOT,
    catalog: Annotated[str | None, typer.Option(help="Only this one (default: newest).")] = None,
    examples: Annotated[
        int, typer.Option(min=0, help="List so many flipped examples; needs one language.")
    ] = 0,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Two models side by side: settings that differ, B − A with intervals, flipped examples."""
    if language not in MEANS:
        catalogue.language(language)
    if examples and language in MEANS:
        raise UsageError("Expected --language with one code beside --examples, such as de.")
    with Store.connect(home_of(home)) as store:
        chosen = _catalog(store, catalog)
        sides, named_target = _sides(store, chosen, (a, b))
        place: dict[str, Any] = {"catalog": chosen, "a": sides[0], "b": sides[1]}
        if target is not None:
            catalogue.task(target)
        wanted = target or named_target
        if wanted is None:
            _everywhere(store, place, json)
        else:
            _on_target(store, {**place, "target": wanted}, language, examples, json)


def _catalog(store: Store, given: str | None) -> str:
    known = choices(store).catalogs
    if not known:
        raise UsageError("Nothing is measured in this store yet; 'xfer demo' makes a first grid.")
    if given is not None and given not in known:
        raise UnknownName("catalogue", given, known)
    return given or known[0]


def _sides(
    store: Store, catalog: str, texts: tuple[str, str]
) -> tuple[tuple[Side, Side], str | None]:
    """Both sides and the target that one of them names; what one leaves open, the other fills."""
    known = compare_sides.names(store, catalog)
    a, b = (compare_sides.parse(text, known) for text in texts)
    target = compare_sides.one_target(a, b)
    usual = known["encoders"][0]
    left, right = (
        compare_sides.side_of(store, catalog, own, other, usual) for own, other in ((a, b), (b, a))
    )
    return (left, right), target


def _on_target(
    store: Store, place: dict[str, Any], language: str, examples: int, json: bool
) -> None:
    found = view.compare(store, **place)
    diff = settings_diff(store, **place)
    row = found.of(language)
    sides = compare_words.names(place["a"], place["b"])
    headline = compare_words.headline(
        found, row, sides, compare_words.place(place["target"], language, row)
    )
    subjects = _subjects(store, place, language)
    counts = compare_examples.flip_counts(store, **place)
    flips = compare_examples.flipped(store, language=language, **place).head(examples)
    if json:
        print_json(
            {
                **_named(place),
                "target": place["target"],
                "language": language,
                "metric": found.metric or None,
                "headline": headline,
                "missing": list(found.missing),
                "seeds_a": list(found.seeds_a),
                "seeds_b": list(found.seeds_b),
                "settings": [
                    {**one, "name": setting_words.setting(one["setting"])}
                    for one in records(diff.table)
                ],
                "settings_same": diff.n_same,
                "languages": records(found.table.drop(columns="metric")),
                "subjects": records(subjects),
                "flips": records(counts),
                "examples": records(flips),
            }
        )
        return
    _say(headline, compare_words.evidence(found, row), compare_words.causes_line(found, diff.table))
    _print("What differs in the settings", setting_words.as_table(diff.table))
    _say(setting_words.same_line(diff.n_same, len(diff.table)))
    _print("By language, points", compare_words.written(compare_words.as_table(found.table)))
    if len(subjects):
        table = compare_words.written(compare_words.subjects_table(subjects))
        _print(f"By subject, points, {words.language(language)}", table)
    if len(counts):
        flipped = compare_words.written(compare_words.flips_table(counts))
        _print("Examples that flipped, mean over seeds", flipped)
    if len(flips):
        _print("Flipped examples", _texts(store, flips, place["target"], language))
    print_notes(found.table.assign(target=place["target"]))
    _say(compare_words.GOES_FROM)


def _everywhere(store: Store, place: dict[str, Any], json: bool) -> None:
    """Every target that either side has."""
    table = view.compare_everywhere(store, **place)
    if json:
        print_json({**_named(place), "language": ZERO_SHOT, "targets": records(table)})
        return
    if table.empty:
        console.print("Neither side has a result; 'xfer gains' lists what there is.")
        return
    sides = compare_words.names(place["a"], place["b"])
    title = f"A: {sides[0]}; B: {sides[1]}. Zero-shot means, points"
    _print(title, compare_words.written(compare_words.targets_table(table)))
    _say(compare_words.GOES_FROM + " Name a --target to see languages, settings and examples.")


def _subjects(store: Store, place: dict[str, Any], language: str) -> pd.DataFrame:
    if place["target"] not in catalogue.tasks():
        return pd.DataFrame()
    return compare_subjects(store, language=language, **place)


def _texts(store: Store, flips: pd.DataFrame, target: str, language: str) -> pd.DataFrame:
    """The listed examples with their text, where it is here, and both answers."""
    table = compare_examples.texts(store, target=target, language=language)
    here = {} if table is None else {language: table}
    texts = flip_cards.Texts(catalogue.task(target), language, here)
    rows = []
    for record in flips.to_dict("records"):
        at = int(record["place"])
        found = texts.at(at, record["id"])
        row = found[1] if found else None
        text = str(table["text"].iloc[at]) if found and table is not None else ""
        said = [flip_cards.answer(record[f"prediction_{side}"], row, texts) for side in "ab"]
        rows.append(
            {
                "Id": str(record["id"] if record["id"] is not None else at),
                "Change": flip_cards.CHANGES[record["change"]],
                "In seeds": f"{record['n_changed']} of {record['n_seeds']}",
                "A": _short(said[0]) if record["seed"] is not None else "–",
                "B": _short(said[1]) if record["seed"] is not None else "–",
                "Text": _short(text),
            }
        )
    return pd.DataFrame(rows)


def _short(text: str) -> str:
    return theme.shortened(words.visible(text), 120)


def _named(place: dict[str, Any]) -> dict[str, Any]:
    """Both sides as plain values."""
    return {"catalog": place["catalog"], **{name: vars(place[name]) for name in "ab"}}


def _print(title: str, table: pd.DataFrame) -> None:
    if len(table):
        print_table(title, list(table.columns), table.to_numpy().tolist())


def _say(*lines: str) -> None:
    for line in filter(None, lines):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
