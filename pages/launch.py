"""Ask for a run: choose, see what it would do, start."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._frame import note, open_store, refuse, start
from pages._rerun import show_preview
from pages._running import running_now
from xfer_core import catalog
from xfer_core.charts import launch_words, theme, words
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
    return values | {"settings": _settings(first.get("settings") or {})}


def _settings(first: dict[str, Any]) -> dict[str, Any]:
    settings = {name: dict(values) for name, values in first.items()}
    with st.expander("Training settings"):
        for column, part in zip(st.columns(2), ("intermediate", "target"), strict=True):
            usual = launch_words.training(first.get(part) or {})
            steps = column.number_input(
                f"Steps of the {part} task", 1, 1_000_000, usual.steps, key=f"steps_{part}"
            )
            rate = column.text_input(
                f"Learning rate of the {part} task", f"{usual.learning_rate:g}", key=f"rate_{part}"
            )
            settings[part] = {**settings.get(part, {}), "steps": steps, "learning_rate": rate}
    return settings


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
