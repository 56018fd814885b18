"""What can be selected: everything that any run asked for."""

from __future__ import annotations

from dataclasses import dataclass

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


def choices(store: Queryable, *, catalog: str | None = None, encoder: str | None = None) -> Choices:
    """What can be selected, within a catalogue and encoder if given."""
    where, parameters = conditions(catalog=catalog, encoder=encoder)
    found = store.query(
        f"""
        SELECT catalog, encoder, intermediate, target, languages, created_at AS recorded_at FROM (
            SELECT s.*, r.created_at FROM stages AS s JOIN runs AS r USING (run_id)
        ) {where}
        UNION ALL
        SELECT catalog, encoder, intermediate, target,
            CASE WHEN language IN ('zero-shot', 'all') THEN [] ELSE [language] END, recorded_at
        FROM (SELECT * FROM cells) {where}
        ORDER BY recorded_at DESC, catalog, encoder, intermediate, target
        """,
        parameters * 2,
    )
    pairs = list(dict.fromkeys(zip(found["catalog"], found["encoder"], strict=True)))
    # Models measured with a back end or some layers alone come behind the plain ones.
    pairs.sort(key=lambda pair: encoder_of(str(pair[1])) != pair[1])
    codes = {code for languages in found["languages"] for code in listed(languages)}
    return Choices(
        catalogs=list(dict.fromkeys(pair[0] for pair in pairs)),
        encoders=list(dict.fromkeys(pair[1] for pair in pairs)),
        pairs=pairs,
        targets=_in_order(store, set(found["target"].dropna())),
        intermediates=sorted(
            set(found["intermediate"].dropna()), key=lambda name: (name != NO_INTERMEDIATE, name)
        ),
        languages=english_first(sorted(codes)),
    )


def _in_order(store: Queryable, targets: set[str]) -> list[str]:
    names = list(store.query("SELECT name FROM tasks ORDER BY rowid")["name"])
    return [*(name for name in names if name in targets), *sorted(targets - set(names))]
