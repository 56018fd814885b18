"""What the tables and columns of the store mean, in the order in which a reader needs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd

TABLES = {
    "cells": "The heatmap: one row per cell, language, metric and settings; means over seeds.",
    "current_scores": "One row per cell, seed, language and metric: the scores that count.",
    "scores": "Every score ever measured or imported, superseded ones too.",
    "current_latency": "The latencies that count, in the columns of latency.",
    "latency": "One row per measurement of time: a model run in one way under one condition.",
    "runs": "One row per run: what was asked for, and how it went.",
    "stages": "One row per run and stage of its plan, in the order of the plan.",
    "current_jobs": "The latest finished attempt at each stage: only its results count.",
    "jobs": "One row per attempt at a stage.",
    "curves": "Training curves: one row per reported step.",
    "example_scores": "The score of every single test example, for paired tests.",
    "tasks": "The tasks that are declared.",
    "encoders": "The pretrained models that are declared.",
    "languages": "The languages that are known.",
    "meta": "The version of this database.",
    "sources": "Bookkeeping: how far each file of events was imported.",
    "stale_cells": "Bookkeeping: cells that wait to be worked out anew.",
    "cell_sources": "Bookkeeping: which scores the cells were worked out from.",
}
COLUMNS = {
    "attempt": "counts how often a stage or run was started",
    "back_end": "what runs the model: torch, onnxruntime, ...",
    "back_end_version": "its version",
    "baseline": "mean score without an intermediate task, same seeds, 0 to 1",
    "batch_size": "sentences or questions in a batch",
    "catalog": "mini, paper, or your own",
    "ci_high": "upper end of the 95% interval of the gain, points",
    "ci_high_ms": "upper end of the 95% interval of the median, ms",
    "ci_low": "lower end of the 95% interval of the gain, points",
    "ci_low_ms": "lower end of the 95% interval of the median, ms",
    "code": "ISO code, such as sw",
    "contended": "whether others kept the machine busy meanwhile",
    "created_at": "when it was asked for, UTC",
    "damaged": "lines that could not be read",
    "device": "cpu or cuda",
    "device_name": "name of the processor or GPU",
    "direction": "ltr or rtl",
    "disk_bytes": "size of the model's files",
    "encoder": "pretrained model; ~ shows a back end or fewer layers",
    "ended_at": "when it ended, UTC",
    "environment": "commit, versions and machine, as JSON",
    "family": "language family",
    "gain_points": "score minus baseline, paired by seed, times 100",
    "head": "first bytes of the file",
    "hidden_size": "width of a hidden state",
    "host": "machine it ran on",
    "index_size": "sentences that a search looks through",
    "inputs": "texts that were timed: mix, p50 or p95",
    "intermediate": "task trained before the target; none is the baseline",
    "job_id": "the stage's key: same key, same result",
    "key": "hash of all that decides a stage's outcome",
    "kind": "sort of task or stage",
    "language": "language of the test set; zero-shot and all are means",
    "languages": "languages of the task or stage",
    "last_event_at": "when it was last heard of, UTC",
    "last_seq": "newest event that was imported",
    "layers": "layers that run",
    "learning_rate": "at this step",
    "load_average": "load of the machine meanwhile",
    "loss": "training loss at this step",
    "machine": "machine it was timed on",
    "mean_ms": "mean time of a batch, ms",
    "memory_bytes": "peak memory of the process",
    "message": "why it failed, in a sentence",
    "metric": "accuracy, f1, ...",
    "model_ms": "time in the model alone, ms",
    "n": "batches that were timed",
    "n_examples": "test examples",
    "n_languages": "languages in a mean",
    "n_seeds": "seeds in the mean",
    "name": "name",
    "note": "what a reader of the score must know",
    "offset": "bytes imported",
    "operations": "operations a batch takes, counted",
    "origin": "where an imported score is from",
    "other_cores": "cores that other programs used",
    "p50_ms": "median time of a batch, ms",
    "p90_ms": "90th percentile, ms",
    "p95_ms": "95th percentile, ms",
    "p99_ms": "99th percentile, ms",
    "p_value": "of the gain, two-sided, paired by seed and example",
    "parameters": "parameters of the model",
    "parent": "key of the stage it builds on",
    "pass_medians": "median of each pass, ms",
    "pass_ratios": "each pass relative to the reference in the same pass",
    "passes": "passes over the batches",
    "path": "file, relative to the store",
    "pid": "process that did it",
    "position": "place in the plan, from 0",
    "precision": "fp32, bf16 or int8",
    "ratio": "time relative to the reference, same passes",
    "ratio_high": "upper end of its 95% interval",
    "ratio_low": "lower end of its 95% interval",
    "reason": "why it ended as it did",
    "recorded_at": "when it was measured, UTC",
    "reference_ms": "time of the reference in the same passes, ms",
    "remark": "what a reader of the time must know",
    "repeated": "passes that were repeated",
    "revision": "pinned revision on the hub",
    "run_id": "the run",
    "samples": "all times, ms, in the order taken",
    "score": "mean over seeds, 0 to 1",
    "scores": "score of each example, in the fixed order of the test set",
    "script": "writing system",
    "sd_points": "standard deviation of the gain over seeds, points",
    "search_ms": "time of the search alone, ms",
    "seed": "of heads, order of data and dropout",
    "seed_baselines": "baseline of each seed",
    "seed_scores": "score of each seed",
    "seeds": "the seeds",
    "seq": "number of the event within its attempt",
    "sequence_length": "mean tokens of a text",
    "settings": "settings of the stage, as JSON",
    "source": "measured or imported",
    "spec": "the request, as JSON",
    "split": "dev or test",
    "spread": "spread of the passes, relative",
    "stable": "whether the passes agree",
    "stamp": "changes with what it stands for",
    "started_at": "when it began, UTC",
    "state": "queued, running, succeeded, reused, failed, ...",
    "step": "optimizer steps so far",
    "steps": "optimizer steps in all",
    "target": "task that is measured",
    "threads": "threads of the stage",
    "throughput": "sentences or questions a second",
    "title": "name for people",
    "tokenization_ms": "time of the tokenizer alone, ms",
    "tokens_per_second": "training speed at this step",
    "traceback": "what Python said when it failed",
    "unit": "sentence or question",
    "value": "the score, 0 to 1",
    "variant": "hash of settings and weights: compare within one",
    "waited_share": "share of the time spent waiting for a core",
    "wall_seconds": "seconds it took",
    "warmup": "batches before the clock started",
    "weights": "weight of each example; empty: all 1",
    "what": "training or a measurement on dev",
}
OTHERWISE = {
    ("curves", "score"): "on dev at this step, 0 to 1",
    ("encoders", "layers"): "layers of the model",
    ("encoders", "name"): "as the encoder columns have it",
    ("tasks", "name"): "as the target and intermediate columns have it",
    ("tasks", "kind"): "classification, tagging, span, ...",
    ("languages", "name"): "English name",
    ("meta", "key"): "what is told",
    ("meta", "value"): "what it is",
    ("latency", "layers"): "layers that run; empty: all",
    ("current_latency", "layers"): "layers that run; empty: all",
}
"""Columns that mean something of their own in a table."""
_FOUND = """
    SELECT table_name AS "table", column_name AS "column", data_type AS type
    FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main'
    ORDER BY column_index
"""


class Queryable(Protocol):
    """The side of the store that this asks."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The rows of a statement."""
        ...


def schema(store: Queryable) -> dict[str, pd.DataFrame]:
    """Table -> one row per column (``column``, ``type``, ``meaning``); the useful tables first."""
    found = store.query(_FOUND)
    names = list(dict.fromkeys(found["table"]))
    places = {name: place for place, name in enumerate(TABLES)}
    names.sort(key=lambda name: (places.get(name, len(places)), name))
    return {name: _columns(found[found["table"] == name], name) for name in names}


def meaning(table: str, column: str) -> str:
    """What a column holds; "" where nobody has said."""
    return OTHERWISE.get((table, column)) or COLUMNS.get(column, "")


def _columns(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "column": list(rows["column"]),
            "type": list(rows["type"]),
            "meaning": [meaning(table, column) for column in rows["column"]],
        }
    )
