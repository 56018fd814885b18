"""A result made elsewhere, and the job by which results enter a store."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from xfer_core import catalog, spool
from xfer_core.domain.errors import DataError, UsageError, XferError
from xfer_core.domain.event import EventType
from xfer_core.domain.intermediate import parse
from xfer_core.domain.run import NO_INTERMEDIATE, State
from xfer_core.domain.score import IMPORTED
from xfer_core.exchange.formulas import unescaped
from xfer_core.home import Home

KIND = "import"
"""Kind of a job that brings results instead of measuring them."""
LONGEST_NAME, LONGEST_TEXT = 100, 500
SPLIT = "test"


@dataclass(frozen=True)
class Result:
    """One score on a test set, as ``check`` accepts it."""

    encoder: str
    target: str
    language: str
    metric: str
    value: float
    """In [0, 1]."""
    intermediate: str = NO_INTERMEDIATE
    seed: int | None = None
    """None where it is not known, or where the value is a mean over seeds."""
    n_examples: int | None = None
    origin: str = ""
    """Where the number is from, such as a paper and its table."""
    note: str = ""
    scores: tuple[float, ...] | None = field(default=None, repr=False)
    """Per example, where the predictions were scored here."""
    weights: tuple[float, ...] | None = field(default=None, repr=False)

    @property
    def cell(self) -> tuple[Any, ...]:
        """What no two results of one import may share."""
        model = (self.encoder, self.intermediate, self.seed, self.origin)
        return (*model, self.target, self.language, self.metric)

    def payload(self) -> dict[str, Any]:
        """The score event."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        catalogue = catalog.task(self.target).catalog
        return {**values, "catalog": catalogue, "split": SPLIT, "source": IMPORTED}


def name(text: str) -> str:
    """A name that is safe to show, to sort by and to write into any table.

    Raises:
        DataError: empty, too long, signs that cannot be seen, or no letter or digit in front.
    """
    text = unescaped(text.strip())
    if not text or len(text) > LONGEST_NAME or not text.isprintable() or not text[0].isalnum():
        raise DataError(
            f"expected a name of at most {LONGEST_NAME} characters that begins with a letter or a "
            f"digit; got {text[:60]!r}"
        )
    return text


def text(value: str) -> str:
    """A text of one line, without the ' that ``formulas.safe`` puts before a formula's sign.

    Raises:
        DataError: too long, or signs that cannot be seen.
    """
    value = value.strip()
    if len(value) > LONGEST_TEXT or not value.isprintable():
        raise DataError(
            f"expected one line of at most {LONGEST_TEXT} characters that can be seen; got "
            f"{value[:60]!r}"
        )
    return unescaped(value)


def intermediate(value: str) -> str:
    """The one name of an intermediate task or mixture.

    Raises:
        DataError: a task that nobody declared.
    """
    try:
        found = parse(value.strip() or NO_INTERMEDIATE)
        for task in found.tasks:
            catalog.task(task)
    except UsageError as error:
        raise DataError(f"expected 'none', a task or a mixture of tasks: {error}") from error
    return found.name


def publish(home: Home, results: Sequence[Result], told: dict[str, Any]) -> tuple[str, bool]:
    """Bring results into the spool by one rename: all of them or none.

    Args:
        home: the store.
        results: at least one, none twice.
        told: what is known about the import, such as the file's name; kept as its settings.

    Returns:
        The id of the import, and whether it is new: the same results twice change nothing.
    """
    home.create()
    payloads = [result.payload() for result in results]
    identity = json.dumps(payloads, sort_keys=True, ensure_ascii=False)
    key = f"import-{sha256(identity.encode()).hexdigest()[:24]}"
    folder = home.job(key)
    if spool.read_json(folder / spool.RESULT):
        return key, False
    aside = home.root / f".tmp-{os.getpid()}-{key}"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _write(aside, key, payloads, told)
        os.replace(aside, folder)
    except OSError as error:
        raise _not_written(home, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return key, True


def _write(folder: Path, key: str, payloads: list[dict[str, Any]], told: dict[str, Any]) -> None:
    stage = {"kind": KIND, "key": key, "settings": told}
    spool.publish(folder / spool.STAGE, {"stage": stage, "attempt": 1})
    with spool.Writer(folder, key, 1) as writer:
        writer.append(EventType.STARTED, run_id=key, stage=stage)
        for payload in payloads:
            writer.append(EventType.SCORE, **payload)
        writer.append(EventType.FINISHED, wall_seconds=0.0, rows=writer.rows)
    result = {"job_id": key, "run_id": key, "attempt": 1, "state": str(State.SUCCEEDED)}
    result |= {"kind": KIND, "rows": writer.rows, "sha256": writer.sha256, "wall_seconds": 0.0}
    spool.publish(folder / spool.RESULT, result)


def _not_written(home: Home, error: OSError) -> XferError:
    return DataError(
        f"The results could not be written to {home.root} ({error.strerror}); nothing was "
        "imported. Free the disk or check its permissions, and import again."
    )
