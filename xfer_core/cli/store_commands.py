"""xfer doctor | rebuild: is the store whole, and make its index anew."""

from __future__ import annotations

from xfer_core.cli.output import HomeOption, JsonOption, console, home_of, print_json, print_table
from xfer_core.domain.errors import StoreError
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
