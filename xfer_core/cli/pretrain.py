"""xfer pretrain: makes a mini encoder from nothing, with curves and resume as any stage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xfer_core import catalog, launching, specification
from xfer_core.cli import request
from xfer_core.cli.output import HomeOption, JsonOption, console, home_of, print_json
from xfer_core.cli.run_commands import carry_through, why
from xfer_core.domain.errors import StageFailed, UsageError
from xfer_core.domain.run import StageKind, State
from xfer_core.executors.local import LocalExecutor
from xfer_core.runner import plan_run


def pretrain(
    encoder: Annotated[str, typer.Argument(help="An encoder, as 'xfer encoders' lists them.")],
    set: request.Assignments = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Put the result into data/encoders.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Put the result into this folder.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Pretrain a mini encoder; a killed one goes on where it stopped when called again."""
    chosen = catalog.encoder(encoder)
    preset = _preset_of(encoder)
    spec = request.spec_of(preset, None, None, None, None, None, None, None, set)
    store = home_of(home).create()
    run_id = launching.create(store, spec)
    state = carry_through(store, run_id, LocalExecutor())
    if state is not State.SUCCEEDED:
        raise StageFailed(why(store, run_id, state))
    stage = next(s for s in plan_run(store, spec).stages if s.kind is StageKind.PRETRAIN)
    from xfer_core.stages.pretraining.publish import describe
    from xfer_core.stages.pretraining.publish import publish as write

    folder = out or (catalog.encoder_folder(chosen) if publish else None)
    card = write(store, stage, folder) if folder else describe(store, stage)
    if json:
        print_json(card)
    else:
        console.print(f"{encoder}: {card['tokens']:,} tokens, losses {card['loss']}")
        console.print(
            f"Written to {folder}." if folder else "Kept in the store; --publish ships it."
        )


def _preset_of(encoder: str) -> str:
    name = f"pretrain-{encoder}"
    path = specification.PRESETS / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(
            f"Expected the settings of pretraining {encoder!r} in {path}; there are none. Write "
            "that plan file, or name an encoder that has one."
        )
    return name
