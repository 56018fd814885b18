"""The ``xfer`` command: what it knows, and how it ends when something is wrong."""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import TyperException  # typer carries a click of its own

from xfer_core.cli import (
    bench,
    card,
    catalog_commands,
    claims,
    compare,
    export,
    import_results,
    latency,
    prefetch,
    pretrain,
    results,
    run_commands,
    store_commands,
    xtreme,
)
from xfer_core.cli.output import console, errors
from xfer_core.domain.errors import XferError

app = typer.Typer(
    name="xfer",
    help="Which English intermediate task helps which target in which language, and at what cost?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    run_commands.demo,
    run_commands.serve,
    catalog_commands.tasks,
    catalog_commands.encoders,
    catalog_commands.languages,
    prefetch.prefetch,
    run_commands.plan,
    run_commands.run,
    run_commands.status,
    run_commands.cancel,
    run_commands.retry,
    pretrain.pretrain,
    results.gains,
    latency.latency,
    compare.compare,
    claims.claims,
    claims.recommend,
    store_commands.doctor,
    store_commands.rebuild,
    store_commands.sample,
    store_commands.gc,
    store_commands.pin,
    export.export,
    xtreme.xtreme,
    card.card,
    bench.bench,
):
    app.command()(command)
app.command("import")(import_results.import_results)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0, 1 failed, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    console.stderr = "--json" in given  # standard output is for the JSON alone
    try:
        result = app(given, prog_name="xfer", standalone_mode=False)
    except XferError as error:
        return _fail(error, str(error), error.exit_code, debug)
    except TyperException as error:
        return _fail(error, error.format_message(), 2, debug)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except OSError as error:
        return _fail(error, _disk(error), 1, debug)
    return int(result or 0)


def _fail(error: BaseException, sentence: str, code: int, debug: bool) -> int:
    if debug:
        raise error
    errors.print(f"xfer: {sentence}", highlight=False, markup=False, soft_wrap=True)
    return code


def _disk(error: OSError) -> str:
    """A sentence about what the operating system refused."""
    place = f" ({error.filename})" if error.filename else ""
    if error.errno == 28:
        return f"The disk is full{place}; free some space and run the command again."
    reason = (error.strerror or str(error)) if error.errno else str(error)
    return f"{reason}{place}; check the path and its permissions{os.linesep}".strip()
