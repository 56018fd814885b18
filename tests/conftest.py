"""What all tests share: nothing is written outside temporary folders, and checkpoints that go bad.

The slots are the session's, not the test's, because the fork server of the local executor lives
as long as the session and its workers have the environment that it was started with.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from ray_token import use_token

from xfer_core.cli.output import console
from xfer_core.home import Home

# The machine may be busy with other tests: how long an example takes says nothing about the code.
settings.register_profile("xfer", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("xfer")


@pytest.fixture(autouse=True)
def console_as_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command with --json, called in this process, leaves the console on standard error.

    And the width is that of the test's COLUMNS, not of the shell that started the tests.
    """
    monkeypatch.setattr(console, "stderr", False)
    monkeypatch.setattr(console, "_width", None)


@pytest.fixture(scope="session", autouse=True)
def _no_store_of_a_person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("session")
    mine = {
        "XFER_SLOT_FOLDER": str(folder / "slots"),
        "XFER_HOME": str(folder / "store"),
        "HF_HUB_OFFLINE": "1",
    }
    before = {name: os.environ.get(name) for name in mine}
    os.environ.update(mine)
    use_token(tmp_path_factory)
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def poison() -> Callable[[Home, str], None]:
    """Turns all weights of a checkpoint into NaN and makes its manifest agree."""

    def spoil(home: Home, key: str) -> None:
        weights = home.checkpoint(key) / "model.safetensors"
        data = weights.read_bytes()
        header = 8 + int.from_bytes(data[:8], "little")
        weights.write_bytes(data[:header] + b"\xff" * (len(data) - header))
        agree(home.checkpoint(key))

    return spoil


def agree(folder: Path) -> None:
    """Write the manifest anew for the files as they are."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for name in manifest["files"]:
        data = (folder / name).read_bytes()
        described = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest["files"][name] = described
    path.write_text(json.dumps(manifest))
