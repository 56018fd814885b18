"""A store as large as years of work make it: 10 million score rows, written by SQL in a minute.

Its results are drawn at random around a truth (some intermediate tasks help, some harm), so that
pages look as they do; nothing was trained. It has no spool, so it is only good for reading.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import duckdb

from xfer_core import catalog
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.home import Home
from xfer_core.store import Store

CATALOG = "paper"
ENCODERS = (
    "xlm-roberta-base",
    "xlm-roberta-large",
    "mdeberta-v3-base",
    "xlm-v-base",
    "mmbert-base",
)
TARGETS = (
    *("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba"),
    "mmlu",
)
INTERMEDIATES = (
    NO_INTERMEDIATE,
    *("anli+", "mnli", "qqp", "squad1", "squad2", "hellaswag", "ccg", "cosmosqa", "csqa", "sst2"),
)
MEANS = ("zero-shot", "all")


@dataclass(frozen=True)
class Size:
    """How much; a run is one encoder, intermediate task, variant and seed over all targets."""

    variants: int = 18
    seeds: int = 5
    languages: int = 40
    metrics: int = 5
    """The main one and, as retrieval has them, some by layer."""

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(ENCODERS) * len(INTERMEDIATES) * self.variants * self.seeds

    @property
    def scores(self) -> int:
        """How many rows in the table of scores."""
        return self.runs * len(TARGETS) * self.languages * self.metrics


FULL = Size()
SMALL = Size(variants=2, seeds=2, languages=4, metrics=2)


def write(home: Home, size: Size = FULL) -> None:
    """Fill an empty store."""
    Store.open(home).close()  # with its tables, which are the only thing taken from it
    connection = duckdb.connect(str(home.database))
    try:
        _write(connection, size)
    finally:
        connection.close()


def _write(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    connection.execute("SELECT setseed(0.5)")
    _dimensions(connection, size)
    connection.execute("BEGIN")
    for statement in (RUNS, STAGES, JOBS, SCORES, CELLS):
        connection.execute(statement)
    connection.execute("COMMIT")
    connection.execute("CHECKPOINT")


def _dimensions(connection: duckdb.DuckDBPyConnection, size: Size) -> None:
    """Temporary tables of the names and of what is true of them."""
    codes = list(LANGUAGES)[: size.languages]
    tasks = [catalog.task(name) for name in TARGETS]
    _table(connection, "d_encoder", "encoder", [(name,) for name in ENCODERS])
    _table(connection, "d_intermediate", "intermediate", [(name,) for name in INTERMEDIATES])
    metrics = [
        (task.name, task.metric if number == 0 else f"{task.metric}@{number}")
        for task in tasks
        for number in range(size.metrics)
    ]
    _table(connection, "d_metric", "target, metric", metrics)
    _table(connection, "d_language", "language", [(code,) for code in codes])
    _table(connection, "d_seed", "seed", [(number + 1,) for number in range(size.seeds)])
    variants = [(f"variant-{number:02d}", number) for number in range(size.variants)]
    _table(connection, "d_variant", "variant, age", variants)
    for name in TARGETS:
        task = catalog.task(name)
        connection.execute(
            "INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?)",
            [name, task.title, CATALOG, str(task.kind), task.metric, codes],
        )
    # A pair of tasks has its own true gain, so that rows and columns of the heatmap have a shape.
    connection.execute(
        """
        CREATE TEMP TABLE d_truth AS
        SELECT intermediate, target, 0.45 + 0.4 * random() AS base,
            CASE intermediate WHEN 'none' THEN 0 ELSE 0.08 * (random() - 0.4) END AS gain
        FROM d_intermediate, (SELECT DISTINCT target FROM d_metric)
        """
    )
    connection.execute(
        """
        UPDATE d_truth SET base = first.base
        FROM d_truth AS first WHERE first.intermediate = 'none' AND first.target = d_truth.target
        """
    )


def _table(
    connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * len(rows[0]))
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT * FROM (VALUES ({marks})) AS v({columns}) LIMIT 0",
        rows[0],
    )
    connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


_RUN = "encoder || '-' || intermediate || '-' || variant || '-' || seed"
_AT = "TIMESTAMPTZ '2026-11-01 00:00:00+00' - to_days(age::INTEGER)"
_SPEC = json.dumps({"title": "large"})
RUNS = f"""
    INSERT INTO runs BY NAME
    SELECT {_RUN} AS run_id, 'succeeded' AS state, '' AS reason, 1 AS attempt, {_AT} AS created_at,
        {_AT} AS started_at, {_AT} + INTERVAL 1 HOUR AS ended_at, '{_SPEC}' AS spec,
        '{{}}' AS environment
    FROM d_encoder, d_intermediate, d_variant, d_seed
"""
STAGES = f"""
    INSERT INTO stages BY NAME
    SELECT {_RUN} AS run_id, {_RUN} || '-' || target AS key,
        (row_number() OVER (PARTITION BY {_RUN} ORDER BY target))::INTEGER AS position,
        'evaluate' AS kind, '{CATALOG}' AS catalog, encoder, intermediate, target, seed,
        NULL AS parent, codes AS languages, '{{}}' AS settings, variant, 'succeeded' AS state
    FROM d_encoder, d_intermediate, d_variant, d_seed, (SELECT DISTINCT target FROM d_metric),
        (SELECT list(language) AS codes FROM d_language)
"""
JOBS = f"""
    INSERT INTO jobs BY NAME
    SELECT {_RUN} || '-' || target AS job_id, 1 AS attempt, {_RUN} AS run_id,
        'succeeded' AS state, 'evaluate' AS kind, '{CATALOG}' AS catalog, encoder, intermediate,
        target, seed, variant, '{{}}' AS settings, 1 AS pid, 'large' AS host, {_AT} AS started_at,
        {_AT} + INTERVAL 1 MINUTE AS ended_at, {_AT} + INTERVAL 1 MINUTE AS last_event_at,
        60.0 AS wall_seconds, 0 AS last_seq
    FROM d_encoder, d_intermediate, d_variant, d_seed, (SELECT DISTINCT target FROM d_metric)
"""
SCORES = f"""
    INSERT INTO scores BY NAME
    SELECT {_RUN} || '-' || target AS job_id, 1 AS attempt,
        (row_number() OVER (PARTITION BY {_RUN} || '-' || target))::INTEGER AS seq,
        '{CATALOG}' AS catalog, encoder, intermediate, target, language, 'test' AS split, metric,
        seed, variant, least(1, greatest(0, base + gain + 0.05 * (random() - 0.5))) AS value,
        500 AS n_examples, 'measured' AS source, {_AT} AS recorded_at
    FROM d_encoder, d_variant, d_seed, d_language, (d_metric JOIN d_truth USING (target))
"""
CELLS = f"""
    INSERT INTO cells BY NAME
    WITH each AS (
        SELECT catalog, encoder, intermediate, target, language, metric, split, variant, seed,
            value, recorded_at
        FROM scores
    ), means AS (
        SELECT catalog, encoder, intermediate, target, name AS language, metric, split, variant,
            seed, avg(value) AS value, max(recorded_at) AS recorded_at
        FROM each, (SELECT unnest({list(MEANS)}) AS name)
        WHERE name = 'all' OR language <> 'en'
        GROUP BY ALL
    ), seeds AS (
        SELECT s.*, b.value AS baseline
        FROM (SELECT * FROM each UNION ALL SELECT * FROM means) AS s
        JOIN (SELECT * FROM each UNION ALL SELECT * FROM means) AS b
            USING (catalog, encoder, target, language, metric, split, variant, seed)
        WHERE b.intermediate = 'none'
    )
    SELECT catalog, encoder, intermediate, target, language, metric, split, variant,
        avg(value) AS score, avg(baseline) AS baseline,
        100 * avg(value - baseline) AS gain_points,
        100 * stddev_samp(value - baseline) AS sd_points, count(*)::INTEGER AS n_seeds,
        list(seed::INTEGER ORDER BY seed) AS seeds, list(value ORDER BY seed) AS seed_scores,
        list(baseline ORDER BY seed) AS seed_baselines,
        100 * (avg(value - baseline) - 1.5 * stddev_samp(value - baseline)) AS ci_low,
        100 * (avg(value - baseline) + 1.5 * stddev_samp(value - baseline)) AS ci_high,
        CASE WHEN intermediate = 'none' THEN NULL ELSE random() ^ 3 END AS p_value,
        (CASE WHEN language IN ('zero-shot', 'all') THEN 39 ELSE 1 END)::INTEGER AS n_languages,
        500 AS n_examples, '' AS note, max(recorded_at) AS recorded_at
    FROM seeds GROUP BY catalog, encoder, intermediate, target, language, metric, split, variant
"""
