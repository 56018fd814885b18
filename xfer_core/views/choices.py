"""What can be selected: everything that any run asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.domain.serving import encoder_of
from xfer_core.views.selection import Queryable, conditions, english_first, listed


@dataclass(frozen=True)
class Choices:
    """Names that occur in stages or results; the newest catalogue and encoder first."""

    catalogs: list[str]
    encoders: list[str]
    pairs: list[tuple[str, str]]
    """Catalogue and encoder as they occur together."""
    targets: list[str]
    """In the order of the catalogue."""
    intermediates: list[str]
    """ "none" first."""
    languages: list[str]
    """English first."""
    metrics: dict[str, list[str]] = field(default_factory=dict)
    """Of each target with results; its main metric first."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Kind of each task that the store knows, such as "pair_classification"."""


def choices(store: Queryable, *, catalog: str | None = None, encoder: str | None = None) -> Choices:
    """What can be selected, within a catalogue and encoder if given."""
    where, parameters = conditions(catalog=catalog, encoder=encoder)
    found = store.query(
        f"""
        SELECT catalog, encoder, intermediate, target, flatten(list(DISTINCT languages)) AS codes,
            max(created_at) AS recorded_at
        FROM (
            SELECT s.*, r.created_at FROM stages AS s JOIN runs AS r USING (run_id)
        ) {where} GROUP BY catalog, encoder, intermediate, target
        UNION ALL
        SELECT catalog, encoder, intermediate, target,
            list(DISTINCT language) FILTER (language NOT IN ('zero-shot', 'all')),
            max(recorded_at)
        FROM cells {where} GROUP BY catalog, encoder, intermediate, target
        ORDER BY recorded_at DESC, catalog, encoder, intermediate, target
        """,
        parameters * 2,
    )
    pairs = list(dict.fromkeys(zip(found["catalog"], found["encoder"], strict=True)))
    # Models measured with a back end or some layers alone come behind the plain ones.
    pairs.sort(key=lambda pair: encoder_of(str(pair[1])) != pair[1])
    codes = {code for languages in found["codes"] for code in listed(languages)}
    return Choices(
        catalogs=list(dict.fromkeys(pair[0] for pair in pairs)),
        encoders=list(dict.fromkeys(pair[1] for pair in pairs)),
        pairs=pairs,
        targets=_in_order(store, set(found["target"].dropna())),
        intermediates=sorted(
            set(found["intermediate"].dropna()), key=lambda name: (name != NO_INTERMEDIATE, name)
        ),
        languages=english_first(sorted(codes)),
        metrics=_metrics(store, where, parameters),
        kinds=_kinds(store),
    )


def _metrics(store: Queryable, where: str, parameters: list[str]) -> dict[str, list[str]]:
    rows = store.query(
        f"""
        SELECT c.target, c.metric FROM (SELECT DISTINCT target, metric FROM cells {where}) AS c
        LEFT JOIN tasks AS t ON t.name = c.target
        ORDER BY c.target, coalesce(t.metric = c.metric, false) DESC, c.metric
        """,
        parameters,
    )
    found: dict[str, list[str]] = {}
    for target, metric in zip(rows["target"], rows["metric"], strict=True):
        found.setdefault(target, []).append(metric)
    return found


def _kinds(store: Queryable) -> dict[str, str]:
    rows = store.query("SELECT name, kind FROM tasks WHERE kind IS NOT NULL")
    return dict(zip(rows["name"], rows["kind"], strict=True))


def _in_order(store: Queryable, targets: set[str]) -> list[str]:
    names = list(store.query("SELECT name FROM tasks ORDER BY rowid")["name"])
    return [*(name for name in names if name in targets), *sorted(targets - set(names))]
