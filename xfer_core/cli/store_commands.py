"""xfer doctor | rebuild | sample | gc | pin: whole or not, the index, a sample, the disk."""

from __future__ import annotations

from typing import Annotated

import typer

from xfer_core import garbage
from xfer_core.cli.output import HomeOption, JsonOption, console, home_of, print_json, print_table
from xfer_core.domain.errors import StoreError
from xfer_core.store import sample as samples
from xfer_core.store.doctor import doctor as examine
from xfer_core.store.rebuild import rebuild as rebuild_index


def doctor(home: HomeOption = None, json: JsonOption = False) -> None:
    """Check files, counts and hashes of a store; exit code 1 if something is wrong."""
    checks = examine(home_of(home))
    ok = all(check.ok for check in checks)
    if json:
        print_json({"ok": ok, "checks": [vars(check) for check in checks]})
    else:
        print_table(
            "", ["check", "", "detail"],
            [(check.name, "ok" if check.ok else "WRONG", check.detail) for check in checks],
        )  # fmt: skip
    if not ok:
        wrong = ", ".join(check.name for check in checks if not check.ok)
        raise StoreError(f"The store is not whole ({wrong}); 'xfer rebuild' mends the index.")


def rebuild(home: HomeOption = None, json: JsonOption = False) -> None:
    """Make the database anew from the spool; the spool is only read."""
    report = rebuild_index(home_of(home))
    if json:
        print_json(vars(report))
        return
    same = report.content_hash_before == report.content_hash_after
    console.print(
        f"{report.rows} rows imported, {report.damaged_lines} damaged lines left out; content hash "
        f"{report.content_hash_after[:16]}{', as before' if same else ''}."
    )


def sample(
    make: Annotated[
        bool, typer.Option("--make", help="Pack this store's results as the shipped sample.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the sample away again.")] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Lay the shipped sample results beside the store, in a store of their own."""
    store = home_of(home)
    if make:
        size = samples.pack(store)
        said, place = f"Packed {size / 2**20:.1f} MiB into {samples.ARCHIVE}.", samples.ARCHIVE
    elif remove:
        samples.remove(store)
        said, place = "The sample results are gone.", samples.place(store).root
    else:
        place = samples.unpack(store).root
        said = f"The sample results are in {place}; look at them with --home {place}."
    if json:
        print_json({"place": str(place), "there": place.exists()})
    else:
        console.print(said)


def gc(
    free: Annotated[
        bool, typer.Option("--free", help="Delete what no run needs, the oldest first.")
    ] = False,
    gib: Annotated[
        float | None, typer.Option("--gib", min=0, help="Delete no more than frees so much.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show checkpoints that no run needs, and free them; scores and curves stay."""
    store = home_of(home)
    freed = garbage.free(store, None if gib is None else int(gib * 2**30)) if free else []
    found = [*freed, *garbage.checkpoints(store)]
    gone = {one.key for one in freed}
    rows = [{**vars(one), "state": _state(one, gone)} for one in found]
    if json:
        print_json(rows)
        return
    print_table(
        "",
        ["checkpoint of", "MiB", "", "why"],
        [
            (row["name"], f"{row['bytes'] / 2**20:.1f}", row["state"], row["needed_by"] or _NOBODY)
            for row in rows
        ],
    )
    spare = sum(one.bytes for one in found if not one.needed_by and one.key not in gone)
    said = f"Freed {sum(one.bytes for one in freed) / 2**20:.1f} MiB. " if free else ""
    hint = "" if free or not spare else " 'xfer gc --free' frees them."
    console.print(f"{said}{spare / 2**20:.1f} MiB that no run needs.{hint}")


def _state(one: garbage.Checkpoint, freed: set[str]) -> str:
    if one.key in freed:
        return "freed"
    return "kept" if one.needed_by else "free"


_NOBODY = "no run needs it"


def pin(
    run_id: Annotated[str, typer.Argument(help="Id of the run.")],
    remove: Annotated[bool, typer.Option("--remove", help="No longer.")] = False,
    home: HomeOption = None,
) -> None:
    """Keep the checkpoints of a run whatever 'xfer gc' frees."""
    garbage.pin(home_of(home), run_id, keep=not remove)
    console.print(f"The checkpoints of run {run_id} are {'no longer ' if remove else ''}kept.")
