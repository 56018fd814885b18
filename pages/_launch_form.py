"""The form of a plan, prefilled from a preset or from a run there was."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages import _filters
from pages._frame import ask, note
from xfer_core import catalog, spool
from xfer_core.charts import launch_words, theme, words
from xfer_core.domain import intermediate
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.task import Task
from xfer_core.specification import preset, still_known
from xfer_core.store import Store
from xfer_core.views import gaps

PRESETS = {
    "demo": "The demo: four by four mini tasks, two seeds",
    "mini": "The whole mini benchmark",
    "paper-small": "Paper catalogue, a first look on one GPU",
    "paper": "Paper catalogue, the whole study",
}


def choose_template(store: Store) -> tuple[str, dict[str, Any]]:
    """What the form starts from: its name, which widgets are told apart by, and its values."""
    last = ask(store, gaps.last_request)
    asked = _filters.kept("from")
    runs = [last[0]] if last else []
    if asked and asked not in (*runs, *PRESETS) and _request(store, asked):
        runs.append(asked)
    titles = {run: f"Run {run}" for run in runs} | PRESETS
    if last:
        titles[last[0]] = f"The last run, {last[0]}"
    chosen = _filters.choose(
        "Start from",
        [*runs, *PRESETS],
        "from",
        show=titles.__getitem__,
        default=last[0] if last else "demo",
    )
    values = preset(chosen) if chosen in PRESETS else _request(store, chosen) or preset("demo")
    return chosen, values


def plan_form(name: str, first: dict[str, Any]) -> dict[str, Any]:
    """The form: one line per part of a plan.

    Args:
        name: of the template; another one makes other widgets, with its own first values.
        first: the values of the template.
    """
    tasks, encoders = catalog.tasks(), catalog.encoders()
    catalogs = sorted({task.catalog for task in tasks.values()})
    chosen = st.selectbox(
        "Catalogue",
        catalogs,
        index=launch_words.place(catalogs, first["catalog"]),
        key=f"catalog_{name}",
    )
    own = [each for each, task in tasks.items() if task.catalog == chosen]
    trained = [each for each in own if tasks[each].trained]
    rows = _rows(first, trained, is_same=chosen == first["catalog"])
    models = [each for each, model in encoders.items() if model.catalog == chosen]
    key = f"{name}_{chosen}"
    left, right = st.columns(2)
    values: dict[str, Any] = {"catalog": chosen}
    values["intermediates"] = left.multiselect(
        "Intermediate tasks",
        rows,
        default=launch_words.among(first["intermediates"], rows),
        format_func=theme.task_label,
        key=f"intermediates_{key}",
        help="Trained in English before the target. The run without one is added by itself.",
    )
    values["targets"] = right.multiselect(
        "Target tasks",
        own,
        default=launch_words.among(first["targets"], own),
        format_func=theme.task_label,
        key=f"targets_{key}",
        help="Trained in English, measured in every language.",
    )
    values["encoders"] = left.multiselect(
        "Encoders",
        models,
        default=launch_words.among(first.get("encoders", []), models),
        key=f"encoders_{key}",
    )
    spoken = sorted({code for each in own for code in tasks[each].languages})
    values["languages"] = right.multiselect(
        "Languages",
        spoken,
        default=launch_words.among(first.get("languages", []), spoken),
        format_func=words.language,
        placeholder="All that the target has",
        key=f"spoken_{key}",
    )
    values["seeds"] = left.text_input(
        "Seeds",
        words.listed(first.get("seeds", [1])),
        key=f"seeds_{key}",
        help="Numbers with commas. More seeds make the intervals narrower.",
    )
    parts = {
        "intermediate": [tasks[one] for one in values["intermediates"] if one in trained],
        "target": [tasks[one] for one in values["targets"]],
    }
    settings = _settings(
        first.get("settings") or {} if chosen == first["catalog"] else {},
        key,
        sorted({code for each in own for code in tasks[each].source.train_languages}),
        parts,
        [encoders[one] for one in values["encoders"]],
    )
    values["intermediates"] += _mixture(values["intermediates"], key)
    return values | {"settings": settings}


def _request(store: Store, run_id: str) -> dict[str, Any] | None:
    """What a run was asked for; None if there is no such run in this store."""
    known = {folder.name for folder in spool.folders(store.home.runs)}
    plan = spool.read_json(store.home.run(run_id) / spool.PLAN) if run_id in known else None
    spec = (plan or {}).get("spec")
    return still_known(spec) if isinstance(spec, dict) and spec.get("targets") else None


def _rows(first: dict[str, Any], trained: list[str], is_same: bool) -> list[str]:
    """The tasks that can be intermediate ones, and the template's mixtures and variants."""
    others = [name for name in first["intermediates"] if name not in (*trained, NO_INTERMEDIATE)]
    return [*trained, *(others if is_same else [])]


def _mixture(tasks: list[str], key: str) -> list[str]:
    """The chosen tasks as one more row of the heatmap, if that is wanted."""
    plain = [name for name in tasks if name in catalog.tasks()]
    wanted = st.checkbox(
        "Also train on all chosen intermediate tasks at once",
        key=f"mixture_{key}",
        disabled=len(plain) < 2,
        help="One more row of the heatmap: a mixture, with a head for each task.",
    )
    return [intermediate.base(plain)] if wanted and len(plain) > 1 else []


def _settings(
    first: dict[str, Any],
    key: str,
    languages: list[str],
    tasks: dict[str, list[Task]],
    encoders: list[Encoder],
) -> dict[str, Any]:
    settings = {name: dict(values) for name, values in first.items() if values}
    for part, title in launch_words.PHASES.items():
        known = launch_words.training(part, settings.get(part) or {})
        usual = launch_words.usual(part, known, tasks[part], encoders)
        place = f"{part}_{key}"
        with st.expander(title):
            values = _training(part, known, usual, languages, place)
            extra = _intermediate if part == "intermediate" else _few_shot
            settings[part] = {**settings.get(part, {}), **values, **extra(known, languages, place)}
            if settings[part]["steps"]:
                settings[part].pop("epochs", None)
            for line in launch_words.own_settings(known):
                note(line)
    return settings


def _training(
    part: str, first: Any, usual: launch_words.Usual, languages: list[str], key: str
) -> dict[str, Any]:
    """What both phases have: how long, how fast, on which languages, which weights."""
    left, right = st.columns(2)
    steps = left.number_input(
        "Steps",
        1,
        1_000_000,
        first.steps,
        key=f"steps_{key}",
        placeholder=usual.length or "As each task declares",
        help="Empty: what each task takes by itself, as shown.",
    )
    asked = "learning_rate" in first.model_fields_set
    rate = right.text_input(
        "Learning rate",
        f"{first.learning_rate:g}" if asked else "",
        key=f"rate_{key}",
        placeholder=usual.learning_rate or "As each task declares",
        help="Empty: what each task takes by itself with the chosen encoders, as shown.",
    ).strip()
    spoken = left.multiselect(
        "Languages of the training data",
        languages,
        default=launch_words.among(first.languages, languages),
        format_func=words.language,
        key=f"languages_{key}",
        help=launch_words.TRANSLATED[part],
    )
    tuning = right.selectbox(
        "Weights that learn",
        list(launch_words.TUNING),
        index=launch_words.place(list(launch_words.TUNING), first.tuning),
        format_func=launch_words.TUNING.get,
        key=f"tuning_{key}",
    )
    select_on = left.selectbox(
        "Checkpoint that is kept",
        list(launch_words.SELECTION),
        index=launch_words.place(list(launch_words.SELECTION), first.select_on),
        format_func=launch_words.SELECTION.get,
        key=f"select_{key}",
        help="Chosen on dev; test is never looked at.",
    )
    values: dict[str, Any] = {"steps": steps, "languages": spoken}
    values["learning_rate"] = rate or None
    values |= {"tuning": tuning, "select_on": select_on, "patience": None}
    if select_on != "last":
        values["patience"] = right.number_input(
            "Stop after so many measurements without a better one",
            1,
            1000,
            first.patience,
            key=f"patience_{key}",
            placeholder="Never",
        )
    return {name: value for name, value in values.items() if name != "learning_rate" or value}


def _intermediate(first: Any, languages: list[str], key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    masked = left.slider(
        "Steps that learn masked words of text in all languages",
        0,
        90,
        round(100 * first.masked_share),
        5,
        format="%d%%",
        key=f"masked_{key}",
    )
    known = list(launch_words.MIXING)
    mixing = right.selectbox(
        "Tasks of a mixture are drawn",
        known if first.mixing in known else [*known, first.mixing],
        index=launch_words.place([*known, first.mixing], first.mixing),
        format_func=lambda name: launch_words.MIXING.get(name, "By weights of their own"),
        key=f"mixing_{key}",
    )
    return {"masked_share": masked / 100, "mixing": mixing}


def _few_shot(first: Any, languages: list[str], key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    n = left.number_input(
        "Training examples of each other language",
        0,
        100_000,
        first.few_shot,
        key=f"few_shot_{key}",
        help="0 is zero-shot. Log-spaced numbers, such as 1, 10, 100, show how fast it pays.",
    )
    chosen = right.multiselect(
        "Those languages",
        languages,
        default=launch_words.among(first.few_shot_languages, languages),
        format_func=words.language,
        key=f"few_shot_languages_{key}",
        placeholder="All others of the target",
        disabled=not n,
    )
    return {"few_shot": n, "few_shot_languages": chosen}
