"""xfer doctor | rebuild | sample: is the store whole, make its index anew, look at a sample."""

from __future__ import annotations

from typing import Annotated

import typer

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
