"""xfer tasks | encoders | languages: what there is, and what is available offline."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from xfer_core import catalog
from xfer_core.cli.output import HomeOption, JsonOption, home_of, print_json, print_table
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import CheckpointError
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.task import Task
from xfer_core.fingerprints import encoder_hash
from xfer_core.rows import Fingerprints


def tasks(home: HomeOption = None, json: JsonOption = False) -> None:
    """The tasks of all catalogues."""
    fingerprints = Fingerprints(home_of(home).root)
    rows = [_task(task, fingerprints) for task in catalog.tasks().values()]
    fingerprints.save()
    if json:
        print_json(rows)
        return
    print_table(
        "",
        ["task", "kind", "catalogue", "languages", "metric", "training examples"],
        [
            (
                r["name"],
                r["kind"],
                r["catalog"],
                len(r["languages"]),
                r["metric"],
                r["train_examples"],
            )
            for r in rows
        ],
    )


def encoders(home: HomeOption = None, json: JsonOption = False) -> None:
    """The encoders of all catalogues."""
    rows = [_encoder(encoder) for encoder in catalog.encoders().values()]
    if json:
        print_json(rows)
        return
    print_table(
        "",
        ["encoder", "catalogue", "parameters", "layers", "width", "available"],
        [
            (
                r["name"],
                r["catalog"],
                r["parameters"],
                r["layers"],
                r["hidden_size"],
                "yes" if r["available"] else f"no: {r['missing']}",
            )
            for r in rows
        ],
    )


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


def _task(task: Task, fingerprints: Fingerprints) -> dict[str, Any]:
    return {
        "name": task.name,
        "title": task.title,
        "kind": str(task.kind),
        "catalog": task.catalog,
        "languages": list(task.languages),
        "metric": task.metric,
        "train_examples": task.train_examples,
        "available": True,
        "missing": None,
        "source": "generated",
        "revision": task.source.revision,
        "licence": task.licence,
        "fingerprint": fingerprints.rows(task, "test", task.languages),
    }


def _encoder(encoder: Encoder) -> dict[str, Any]:
    missing = None
    try:
        encoder_hash(encoder)
    except CheckpointError as error:
        missing = str(error)
    return {
        "name": encoder.name,
        "title": encoder.title,
        "catalog": encoder.catalog,
        "parameters": encoder.parameters,
        "layers": encoder.layers,
        "hidden_size": encoder.hidden_size,
        "source": encoder.path,
        "revision": encoder.revision,
        "available": missing is None,
        "missing": missing,
        "licence": encoder.licence,
    }
