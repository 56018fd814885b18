from __future__ import annotations

import http.client
import socket

import psutil
import pytest
from playwright.sync_api import Browser, expect

from tests.browser import accessibility
from tests.browser.dashboard import OWN_HOST, TITLES, Server, Watched

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = {
    "heatmap": "Heatmap",
    "overview": "Overview",
    "accuracy_latency": "Accuracy vs latency",
    "compare": "Compare",
    "evidence": "Evidence",
    "launch": "Launch",
    "runs": "Runs",
    "present": "Present",
    "data": "Data",
}
WITHOUT_RUNS = ("evidence", "launch", "present", "data")
"""Pages that have something to show in an empty store."""
BACKGROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 29)"}
SKETCH = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"


@pytest.mark.parametrize(
    ("store", "scheme"),
    [
        *(("full", "light"), ("empty", "light")),
        pytest.param("full", "dark", marks=pytest.mark.heavy),
        pytest.param("empty", "dark", marks=pytest.mark.long),
    ],
)
def test_every_page_opens_and_is_accessible(
    store: str, scheme: str, browser: Browser, request: pytest.FixtureRequest
) -> None:
    """Nothing raises, leaves the window or the machine, and axe-core finds nothing of ours."""
    server: Server = request.getfixturevalue(f"{store}_server")
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    watched, wrong = Watched(context.new_page()), []
    watched.open(server.url, TITLES["heatmap"])
    for name, label in NAMES.items():
        watched.page.get_by_role("link", name=label, exact=True).first.click()
        heading = watched.page.get_by_role("heading", name=TITLES[name], exact=True)
        heading.wait_for(timeout=30_000)
        watched.settle()
        expect(watched.page.locator("[data-testid=stException]")).to_have_count(0)
        found = watched.page.locator(".stApp").inner_text()
        assert "encountered an error" not in found
        assert ("Nothing measured yet" in found) == (store == "empty" and name not in WITHOUT_RUNS)
        width = watched.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1280, f"{name} is {width} pixels wide"
        wrong += [f"{name}: {line}" for line in accessibility.complaints(watched.page)]
        if (store, name) == ("full", "heatmap"):
            wrong += accessibility.unreadable_cells(watched.page)
    assert watched.page.evaluate(SKETCH) == BACKGROUND[scheme]
    context.close()
    assert watched.complaints == []
    assert watched.foreign == []
    assert not wrong, "\n".join(wrong)


def test_what_is_not_accessible_is_found(watched: Watched) -> None:
    watched.page.set_content("<html lang=en><title>x</title><main><button></button></main></html>")
    assert [line.split()[0] for line in accessibility.complaints(watched.page)] == ["button-name"]


@pytest.mark.parametrize(
    ("host", "status"), [("evil.example", 403), (OWN_HOST, 101)], ids=["foreign", "own"]
)
def test_websocket_answers_only_its_own_host(host: str, status: int, empty_server: Server) -> None:
    """A foreign name that points to 127.0.0.1 (DNS rebinding) must not drive the dashboard."""
    connection = http.client.HTTPConnection(OWN_HOST, empty_server.port, timeout=20)
    connection.request(
        "GET",
        "/_stcore/stream",
        headers={
            "Host": f"{host}:{empty_server.port}",
            "Origin": f"http://{host}:{empty_server.port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )
    assert connection.getresponse().status == status
    connection.close()


def test_server_listens_on_this_machine_alone(empty_server: Server) -> None:
    served = psutil.Process(empty_server.pid)
    sockets = [
        connection.laddr
        for process in (served, *served.children(recursive=True))
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert (OWN_HOST, empty_server.port) in sockets
    assert {address.ip for address in sockets} == {OWN_HOST}
    with socket.socket() as other, pytest.raises(OSError):
        other.settimeout(5)
        other.connect(("127.0.0.2", empty_server.port))
