"""Ask for a run: choose, see what it would do, start."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._frame import note, open_store, refuse, start
from pages._rerun import show_preview
from pages._running import running_now
from xfer_core import catalog
from xfer_core.charts import launch_words, theme, words
from xfer_core.domain import intermediate
from xfer_core.domain.errors import XferError
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.specification import Spec, preset


def _choices(first: dict[str, Any]) -> dict[str, Any]:
    """The form: one line per part of a plan, prefilled from the preset "demo"."""
    tasks, encoders = catalog.tasks(), catalog.encoders()
    catalogs = sorted({task.catalog for task in tasks.values()})
    chosen = st.selectbox(
        "Catalogue", catalogs, index=launch_words.place(catalogs, first["catalog"])
    )
    own = [name for name, task in tasks.items() if task.catalog == chosen]
    trained = [name for name in own if tasks[name].trained]
    models = [name for name, model in encoders.items() if model.catalog == chosen]
    left, right = st.columns(2)
    values: dict[str, Any] = {"catalog": chosen}
    values["intermediates"] = left.multiselect(
        "Intermediate tasks",
        trained,
        default=launch_words.among(first["intermediates"], trained),
        format_func=theme.task_label,
        help="Trained in English before the target. The run without one is added by itself.",
    )
    values["targets"] = right.multiselect(
        "Target tasks",
        own,
        default=launch_words.among(first["targets"], own),
        format_func=theme.task_label,
        help="Trained in English, measured in every language.",
    )
    values["encoders"] = left.multiselect(
        "Encoders", models, default=launch_words.among(first["encoders"], models)
    )
    spoken = sorted({code for name in own for code in tasks[name].languages})
    values["languages"] = right.multiselect(
        "Languages",
        spoken,
        default=launch_words.among(first.get("languages", []), spoken),
        format_func=words.language,
        placeholder="All that the target has",
    )
    values["seeds"] = left.text_input(
        "Seeds",
        words.listed(first["seeds"]),
        help="Numbers with commas. More seeds make the intervals narrower.",
    )
    values["intermediates"] += _mixture(values["intermediates"])
    return values | {"settings": _settings(first.get("settings") or {}, own)}


def _mixture(tasks: list[str]) -> list[str]:
    """The chosen tasks as one more row of the heatmap, if that is wanted."""
    wanted = st.checkbox(
        "Also train on all chosen intermediate tasks at once",
        key="mixture",
        disabled=len(tasks) < 2,
        help="One more row of the heatmap: a mixture, with a head for each task.",
    )
    return [intermediate.base(tasks)] if wanted and len(tasks) > 1 else []


def _settings(first: dict[str, Any], own: list[str]) -> dict[str, Any]:
    settings = {name: dict(values) for name, values in first.items()}
    languages = sorted({code for name in own for code in catalog.task(name).source.train_languages})
    for part, title in launch_words.PHASES.items():
        with st.expander(title):
            values = _training(part, settings.get(part) or {}, languages)
            extra = _intermediate if part == "intermediate" else _few_shot
            settings[part] = {**settings.get(part, {}), **values, **extra(languages)}
    return settings


def _training(part: str, first: dict[str, Any], languages: list[str]) -> dict[str, Any]:
    """What both phases have: how long, how fast, on which languages, which weights."""
    usual = launch_words.training(first)
    left, right = st.columns(2)
    steps = left.number_input(
        "Steps",
        1,
        1_000_000,
        usual.steps,
        key=f"steps_{part}",
        placeholder="As each task declares",
    )
    rate = right.text_input("Learning rate", f"{usual.learning_rate:g}", key=f"rate_{part}")
    spoken = left.multiselect(
        "Languages of the training data",
        languages,
        default=launch_words.among(usual.languages, languages),
        format_func=words.language,
        key=f"languages_{part}",
        help=launch_words.TRANSLATED[part],
    )
    tuning = right.selectbox(
        "Weights that learn",
        list(launch_words.TUNING),
        format_func=launch_words.TUNING.get,
        key=f"tuning_{part}",
    )
    select_on = left.selectbox(
        "Checkpoint that is kept",
        list(launch_words.SELECTION),
        format_func=launch_words.SELECTION.get,
        key=f"select_{part}",
        help="Chosen on dev; test is never looked at.",
    )
    values: dict[str, Any] = {"steps": steps, "languages": spoken}
    if rate != f"{usual.learning_rate:g}":  # left alone, it stays what each task declares
        values["learning_rate"] = rate
    values |= {"tuning": tuning, "select_on": select_on}
    if select_on != "last":
        values["patience"] = right.number_input(
            "Stop after so many measurements without a better one",
            1,
            1000,
            None,
            key=f"patience_{part}",
            placeholder="Never",
        )
    return values


def _intermediate(languages: list[str]) -> dict[str, Any]:
    left, right = st.columns(2)
    masked = left.slider(
        "Steps that learn masked words of text in all languages",
        0,
        90,
        0,
        5,
        format="%d%%",
        key="masked_share",
    )
    mixing = right.selectbox(
        "Tasks of a mixture are drawn",
        list(launch_words.MIXING),
        format_func=launch_words.MIXING.get,
        key="mixing",
    )
    return {"masked_share": masked / 100, "mixing": mixing}


def _few_shot(languages: list[str]) -> dict[str, Any]:
    left, right = st.columns(2)
    n = left.number_input(
        "Training examples of each other language",
        0,
        100_000,
        0,
        key="few_shot",
        help="0 is zero-shot. Log-spaced numbers, such as 1, 10, 100, show how fast it pays.",
    )
    chosen = right.multiselect(
        "Those languages",
        languages,
        format_func=words.language,
        key="few_shot_languages",
        placeholder="All others of the target",
        disabled=not n,
    )
    return {"few_shot": n, "few_shot_languages": chosen}


store = open_store()
st.title("Launch a run", anchor=False)
note(
    "A run trains the encoder on an intermediate task, then on the target task, both in English, "
    "and measures it in every language. What is already done is reused."
)
form, side = st.columns([0.66, 0.34], gap="medium")
with form, st.container(border=True):
    try:
        values = _choices(preset("demo"))
        spec = Spec.parse({**values, "seeds": launch_words.seeds(values["seeds"])})
    except XferError as error:
        refuse(error)
        spec = None

with side:
    with st.container(border=True):
        if spec is None:
            note("Change what the message says; then what will run is shown here.")
        elif show_preview(store, spec):
            added = "" if NO_INTERMEDIATE in values["intermediates"] else launch_words.WITH_BASELINE
            note(added)
            st.button(
                "Start",
                type="primary",
                icon=":material/play_arrow:",
                width="stretch",
                on_click=start,
                args=(store, spec),
            )
    running_now(store)
