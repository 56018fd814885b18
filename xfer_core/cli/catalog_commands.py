"""xfer tasks | encoders | languages: what there is, and what is available offline."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from xfer_core import catalog
from xfer_core.cli.encoder_rows import encoder_rows
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
    print_notes,
    print_table,
)
from xfer_core.cli.task_rows import in_short, task_row
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.task import Reach
from xfer_core.rows import Fingerprints

HERE = {Reach.HERE: "yes", Reach.FETCHABLE: "fetch", Reach.MISSING: "no"}


def tasks(home: HomeOption = None, json: JsonOption = False) -> None:
    """The tasks of all catalogues, and which of their data are here."""
    fingerprints = Fingerprints(home_of(home).root) if json else None
    rows = [task_row(task, fingerprints) for task in catalog.tasks().values()]
    if fingerprints:
        fingerprints.save()
        print_json(rows)
        return
    print_table(
        "",
        ["task", "kind", "catalogue", "languages", "training examples", "data"],
        [
            (
                r["name"],
                r["kind"].replace("_", " "),
                r["catalog"],
                len(r["languages"]),
                r["train_examples"],
                in_short(r),
            )
            for r in rows
        ],
    )
    print_notes(pd.DataFrame(rows).rename(columns={"name": "target"}))
    if not all(r["available"] for r in rows):
        console.print(
            "'xfer prefetch TASK' brings what is fetchable; 'xfer tasks --json' tells why the "
            "rest is missing.",
            highlight=False,
        )


def encoders(home: HomeOption = None, json: JsonOption = False) -> None:
    """The encoders of all catalogues, and whether their files are here."""
    rows = encoder_rows()
    if json:
        print_json(rows)
        return
    print_table(
        "",
        ["encoder", "catalogue", "weights, M", "layers", "width", "here"],
        [
            (
                r["name"],
                r["catalog"],
                round(r["parameters"] / 1e6, 1),
                r["layers"],
                r["hidden_size"],
                HERE[Reach(r["reach"])],
            )
            for r in rows
        ],
    )
    for row in rows:
        if not row["available"]:
            console.print(f"{row['name']}: {row['missing']}", markup=False, highlight=False)


def languages(home: HomeOption = None, json: JsonOption = False) -> None:
    """The languages, and the tasks that have them."""
    rows = [
        {
            **asdict(language),
            "tasks": [t.name for t in catalog.tasks().values() if language.code in t.languages],
        }
        for language in LANGUAGES.values()
    ]
    if json:
        print_json(rows)
        return
    print_table(
        "",
        ["code", "language", "script", "family", "tasks"],
        [(r["code"], r["name"], r["script"], r["family"], len(r["tasks"])) for r in rows],
    )
