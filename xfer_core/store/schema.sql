-- Tables of the index. The spool is the truth: all of this can be rebuilt from it.
-- (job_id, attempt, seq) is the identity of an event; importing twice changes nothing.

CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR);

-- How far each spool file has been imported; moves in the same transaction as its rows.
-- stamp: size, time and inode when it was last read; head: its first bytes, to know it again.
CREATE TABLE sources (
    path VARCHAR PRIMARY KEY, "offset" BIGINT, damaged BIGINT, stamp VARCHAR, head VARCHAR
);

-- Groups whose cells wait to be recomputed; empty between two imports.
CREATE TABLE stale_cells (catalog VARCHAR, encoder VARCHAR, target VARCHAR, variant VARCHAR);

CREATE TABLE encoders (
    name VARCHAR PRIMARY KEY, title VARCHAR, catalog VARCHAR, parameters BIGINT, layers INTEGER,
    hidden_size INTEGER, revision VARCHAR
);
CREATE TABLE tasks (
    name VARCHAR PRIMARY KEY, title VARCHAR, catalog VARCHAR, kind VARCHAR, metric VARCHAR,
    languages VARCHAR[]
);
CREATE TABLE languages (
    code VARCHAR PRIMARY KEY, name VARCHAR, script VARCHAR, family VARCHAR, direction VARCHAR
);

-- One row per run; state is that of its latest event.
CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY, state VARCHAR, reason VARCHAR, attempt INTEGER,
    created_at TIMESTAMPTZ, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ,
    spec VARCHAR, environment VARCHAR
);

-- One row per run and stage of its plan, in the order of the plan.
CREATE TABLE stages (
    run_id VARCHAR, key VARCHAR, position INTEGER, kind VARCHAR, catalog VARCHAR, encoder VARCHAR,
    intermediate VARCHAR, target VARCHAR, seed INTEGER, parent VARCHAR, languages VARCHAR[],
    settings VARCHAR, variant VARCHAR, state VARCHAR,
    PRIMARY KEY (run_id, key)
);

-- One row per attempt at a stage. state: running, succeeded or failed as its events say; an attempt
-- without an end is interrupted once a later one started or its run ended (cancelled with its run).
-- last_seq: the newest event imported, so that reading a line twice changes nothing.
CREATE TABLE jobs (
    job_id VARCHAR, attempt INTEGER, run_id VARCHAR, state VARCHAR, kind VARCHAR, catalog VARCHAR,
    encoder VARCHAR, intermediate VARCHAR, target VARCHAR, seed INTEGER, variant VARCHAR,
    settings VARCHAR, pid INTEGER, host VARCHAR, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ,
    last_event_at TIMESTAMPTZ, wall_seconds DOUBLE, message VARCHAR, traceback VARCHAR,
    last_seq INTEGER,
    PRIMARY KEY (job_id, attempt)
);

-- One row per attempt, language, split and metric. Current rows: view current_scores.
-- source: measured or imported; imported ones are never part of cells. origin: where an imported
-- one is from. note: what a reader of the score must know.
CREATE TABLE scores (
    job_id VARCHAR, attempt INTEGER, seq INTEGER, catalog VARCHAR, encoder VARCHAR,
    intermediate VARCHAR, target VARCHAR, language VARCHAR, split VARCHAR, metric VARCHAR,
    seed INTEGER, variant VARCHAR, value DOUBLE, n_examples INTEGER, source VARCHAR,
    origin VARCHAR, note VARCHAR, recorded_at TIMESTAMPTZ,
    PRIMARY KEY (job_id, attempt, seq)
);

-- Per example numerators and denominators in the fixed order of the test set (NULL: all 1).
CREATE TABLE example_scores (
    job_id VARCHAR, attempt INTEGER, seq INTEGER, scores FLOAT[], weights FLOAT[],
    PRIMARY KEY (job_id, attempt, seq)
);

-- Training curves, apart from scores so that a heatmap never scans them. score: on dev, in [0, 1].
CREATE TABLE curves (
    job_id VARCHAR, attempt INTEGER, seq INTEGER, what VARCHAR, step INTEGER, steps INTEGER,
    loss DOUBLE, learning_rate DOUBLE, tokens_per_second DOUBLE, score DOUBLE, recorded_at TIMESTAMPTZ,
    PRIMARY KEY (job_id, attempt, seq)
);

-- One row per measurement: a model run in one way under one condition (see docs/latency.md).
-- layers: NULL if all run, as in the scores' encoder names "~layers=2". inputs: mix, p50 or p95 (NULL
-- in older results: mix). Times per batch; samples, pass_medians and pass_ratios (to the
-- reference in the same pass) in the order taken.
CREATE TABLE latency (
    job_id VARCHAR, attempt INTEGER, seq INTEGER, catalog VARCHAR, encoder VARCHAR,
    intermediate VARCHAR, target VARCHAR, seed INTEGER, variant VARCHAR, back_end VARCHAR,
    precision VARCHAR, layers INTEGER, back_end_version VARCHAR, device VARCHAR,
    device_name VARCHAR, machine VARCHAR, threads INTEGER, batch_size INTEGER, inputs VARCHAR,
    sequence_length DOUBLE, unit VARCHAR, p50_ms DOUBLE, p90_ms DOUBLE, p95_ms DOUBLE,
    p99_ms DOUBLE, mean_ms DOUBLE, ci_low_ms DOUBLE, ci_high_ms DOUBLE, tokenization_ms DOUBLE,
    model_ms DOUBLE, reference_ms DOUBLE, ratio DOUBLE, ratio_low DOUBLE, ratio_high DOUBLE,
    throughput DOUBLE, search_ms DOUBLE, index_size INTEGER, n INTEGER, passes INTEGER,
    repeated INTEGER, warmup INTEGER, stable BOOLEAN, spread DOUBLE, other_cores DOUBLE,
    waited_share DOUBLE, parameters BIGINT, operations DOUBLE, memory_bytes BIGINT,
    disk_bytes BIGINT, load_average DOUBLE, contended BOOLEAN, remark VARCHAR, samples DOUBLE[],
    pass_medians DOUBLE[], pass_ratios DOUBLE[], recorded_at TIMESTAMPTZ,
    PRIMARY KEY (job_id, attempt, seq)
);

-- The pre-aggregated heatmap, kept up to date as results arrive (see cells.py).
CREATE TABLE cells (
    catalog VARCHAR, encoder VARCHAR, intermediate VARCHAR, target VARCHAR, language VARCHAR,
    metric VARCHAR, split VARCHAR, variant VARCHAR, score DOUBLE, baseline DOUBLE,
    gain_points DOUBLE, sd_points DOUBLE, n_seeds INTEGER, seeds INTEGER[], seed_scores DOUBLE[],
    seed_baselines DOUBLE[], ci_low DOUBLE, ci_high DOUBLE, p_value DOUBLE, n_languages INTEGER,
    n_examples INTEGER, note VARCHAR, recorded_at TIMESTAMPTZ,
    PRIMARY KEY (catalog, encoder, intermediate, target, language, metric, split, variant)
);

-- Which scores the cells of an intermediate task were last worked out from: a hash (see cells.py).
CREATE TABLE cell_sources (
    catalog VARCHAR, encoder VARCHAR, target VARCHAR, variant VARCHAR, intermediate VARCHAR,
    stamp UBIGINT
);

-- The latest finished attempt of each job: only its rows count.
CREATE VIEW current_jobs AS
    SELECT * FROM jobs WHERE state = 'succeeded'
    QUALIFY row_number() OVER (PARTITION BY job_id ORDER BY attempt DESC) = 1;

-- One row per cell, seed, language, metric and source: where several jobs gave it, the newest.
CREATE VIEW current_scores AS
    SELECT scores.* FROM scores JOIN current_jobs USING (job_id, attempt)
    QUALIFY row_number() OVER (
        PARTITION BY scores.catalog, scores.encoder, scores.intermediate, scores.target,
            scores.language, scores.split, scores.metric, scores.seed, scores.variant,
            scores.source, scores.origin
        ORDER BY scores.recorded_at DESC, scores.job_id
    ) = 1;

CREATE VIEW current_latency AS
    SELECT latency.* FROM latency JOIN current_jobs USING (job_id, attempt);
