from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import store_builder
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.sharing import shared
from xfer_core import launching
from xfer_core.home import Home
from xfer_core.specification import Spec, preset
from xfer_core.store import Store

ROOT = Path(__file__).parents[2]
HOLD_LOCK = (
    "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX); "
    "print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture(scope="session", autouse=True)
def components() -> Iterator[None]:
    """Each run of AppTest reads what every installed package says of itself; once is enough."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def fingerprints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first preview of a store computes in seconds; later ones find it in this file."""

    def plan(folder: Path) -> None:
        launching.preview(Home(folder).create(), Spec.parse(preset("demo")))

    return shared(tmp_path_factory, "planned", plan) / "fingerprints.json"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fingerprints: Path) -> Iterator[Home]:
    """An empty store that the pages will open; closed again after the test."""
    monkeypatch.setenv("XFER_HOME", str(tmp_path / "store"))
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("XFER_SLOT_FOLDER", str(tmp_path / "slots"))
    made = Home(tmp_path / "store").create()
    shutil.copy(fingerprints, made.root)
    yield made
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a finished grid that was opened once: its cells are worked out. Copy it."""

    def fill(folder: Path) -> None:
        made = Home(folder / "store").create()
        store_builder.write_full(made)
        Store.open(made).close()

    return shared(tmp_path_factory, "imported", fill) / "store"


@pytest.fixture
def full(home: Home, imported: Path) -> Home:
    """A store with a finished grid."""
    shutil.copytree(imported, home.root, dirs_exist_ok=True)
    return home


@pytest.fixture
def failing(home: Home) -> Home:
    """A store of which every stage failed."""
    store_builder.write_failing(home)
    return home


@pytest.fixture
def running(full: Home) -> Iterator[Home]:
    """A full store with a run at work; its lock is held as a runner would."""
    store_builder.write_running(full)
    lock = full.run("run-now") / "run.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    yield full
    holder.communicate()


@pytest.fixture
def opened() -> Callable[..., AppTest]:
    """Opens a page of the whole app as a browser would, with values in the URL."""

    def open_page(name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        if name != "heatmap":
            app.switch_page(f"pages/{name}.py")
        return app.run()

    return open_page
