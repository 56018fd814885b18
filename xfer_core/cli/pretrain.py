"""xfer pretrain: makes a mini encoder from nothing, with curves and resume as any stage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from xfer_core import catalog, launching, pretraining_text, specification
from xfer_core.cli import request
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
    print_table,
)
from xfer_core.cli.run_commands import carry_through, why
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import StageFailed, UsageError
from xfer_core.domain.language import LANGUAGES
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
    count: Annotated[
        bool,
        typer.Option("--count", help="Train nothing; count the tokens of its text by language."),
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Pretrain a mini encoder; a killed one goes on where it stopped when called again."""
    chosen = catalog.encoder(encoder)
    if count:
        _count(chosen, json)
        return
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


def _count(encoder: Encoder, json: bool) -> None:
    """Count the pretraining text of a shipped encoder, and keep the counts beside it."""
    text = pretraining_text.text_of(encoder.name)
    if text is None:
        raise UsageError(
            f"Expected an encoder that was pretrained here, with its {pretraining_text.CARD}; "
            f"{encoder.name!r} has none. 'xfer encoders' lists them."
        )
    from tokenizers import Tokenizer

    from xfer_core.stages.pretraining.text import parallel_lines

    tokenizer = Tokenizer.from_file(str(catalog.tokenizer_folder(encoder) / "tokenizer.json"))
    _, lines, seed = text
    told = [line.texts for line in parallel_lines(lines, seed)]
    found = pretraining_text.count(told, tokenizer)
    pretraining_text.keep(text, found)
    if json:
        print_json(found)
        return
    rows = [(code, found[code]) for code in LANGUAGES if code in found]
    print_table("", ["language", "tokens"], rows)
    console.print(
        f"{lines:,} lines of the text of {encoder.name}; written to {pretraining_text.FILE}.",
        highlight=False,
        markup=False,
        soft_wrap=True,
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
