"""A Hugging Face hub on loopback that serves repositories which a test has written as folders.

    with FakeHub(folder) as hub:
        environment = os.environ | hub.environment(tmp_path / "cache")
        subprocess.run([...], env=environment)

``folder/<owner>/<name>/...`` are the files of a repository at every revision that looks like a
commit and at "main"; ``folder/<owner>/<name>@<revision>/...`` those of another branch, with "/" in
its name written as "%2F" (``name@refs%2Fconvert%2Fparquet``). Dataset and model repositories share
the folder. A README.md with a ``configs`` list names configurations as on the real hub.

Answers what ``datasets`` and ``transformers`` really ask: info, tree, paths-info, and resolve with
ETag, X-Repo-Commit and ranges. Set the environment before these libraries are imported.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass
class Trouble:
    """What goes wrong with requests whose path holds a text, and how many more times."""

    text: str
    status: int = 0
    after_bytes: int = -1
    code: str = ""
    times: int = 1_000_000


class FakeHub:
    """The server; use it as a context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requests: list[str] = []
        """"METHOD path" of every request, in order."""
        self.troubles: list[Trouble] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environment(self, cache: Path) -> dict[str, str]:
        """Variables that send the libraries here, with a cache of their own."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(cache),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "127.0.0.1",
        }

    def fail(self, text: str, status: int, code: str = "", times: int = 1_000_000) -> None:
        """Answer requests whose path holds ``text`` with a status, such as 403 and GatedRepo."""
        self.troubles.append(Trouble(text, status=status, code=code, times=times))

    def cut(self, text: str, after_bytes: int, times: int = 1_000_000) -> None:
        """Break off downloads of paths that hold ``text`` after so many bytes."""
        self.troubles.append(Trouble(text, after_bytes=after_bytes, times=times))

    def heal(self) -> None:
        """From now on everything goes well."""
        self.troubles.clear()

    def commit(self, repo: str, revision: str = "main") -> str:
        """The commit of a branch: a hash over names and bytes; a commit is its own."""
        if COMMIT.fullmatch(revision):
            return revision
        hashed = hashlib.sha1(repo.encode())
        for path, file in sorted(self.files(repo, revision).items()):
            hashed.update(path.encode() + file.read_bytes())
        return hashed.hexdigest()

    def files(self, repo: str, revision: str) -> dict[str, Path]:
        """Path in the repository -> file."""
        root = self.root(repo, revision)
        found = sorted(root.rglob("*")) if root else []
        return {one.relative_to(root).as_posix(): one for one in found if one.is_file()}

    def root(self, repo: str, revision: str) -> Path | None:
        owner, _, name = repo.partition("/")
        main = self.folder / owner / name
        if revision == "main":
            return main if main.is_dir() else None
        branch = self.folder / owner / f"{name}@{quote(revision, safe='')}"
        if branch.is_dir():
            return branch
        if not COMMIT.fullmatch(revision):
            return None
        for other in sorted((self.folder / owner).glob(f"{name}@*")):
            told = unquote(other.name.removeprefix(f"{name}@"))
            if self.commit(repo, told) == revision:
                return other
        return main if main.is_dir() else None

    def __enter__(self) -> FakeHub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.hub = hub
    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = parse_qs(self.rfile.read(length).decode()) if length else {}
        path = urlsplit(self.path).path
        self.hub.requests.append(f"{self.command} {unquote(path)}")
        trouble = self._trouble(unquote(path))
        if trouble and trouble.status:
            return self._error(trouble.status, trouble.code)
        cut = trouble.after_bytes if trouble else -1
        api = re.fullmatch(r"/api/(datasets|models)/([^/]+/[^/]+)(?:/(.*))?", path)
        if api:
            return self._api(api[1], api[2], (api[3] or "").split("/"), body)
        file = re.fullmatch(r"(?:/datasets)?/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if file:
            return self._file(file[1], unquote(file[2]), unquote(file[3]), cut)
        return self._error(404)

    def _trouble(self, path: str) -> Trouble | None:
        for one in self.hub.troubles:
            if one.text in path and one.times > 0 and (one.status or self.command == "GET"):
                one.times -= 1
                return one
        return None

    def _api(self, kind: str, repo: str, rest: list[str], body: dict[str, list[str]]) -> None:
        what, revision = rest[0], unquote(rest[1]) if len(rest) > 1 else "main"
        if self.hub.root(repo, "main") is None and self.hub.root(repo, revision) is None:
            return self._error(404, "RepoNotFound")
        if self.hub.root(repo, revision) is None:
            return self._error(404, "RevisionNotFound")
        files = self.hub.files(repo, revision)
        if what in ("", "revision"):
            return self._json(
                {
                    "_id": "0",
                    "id": repo,
                    "sha": self.hub.commit(repo, revision),
                    "siblings": [{"rfilename": path} for path in files],
                    "private": False,
                    "gated": False,
                    "disabled": False,
                    "downloads": 0,
                    "likes": 0,
                    "tags": [],
                }
            )
        if what == "tree":
            below = unquote("/".join(rest[2:]))
            recursive = "recursive=true" in urlsplit(self.path).query.lower()
            found = _tree(files, below, recursive)
            return self._json(found) if found else self._error(404, "EntryNotFound")
        if what == "paths-info":
            wanted = body.get("paths", [])
            every = {entry["path"]: entry for entry in _tree(files, "", True)}
            return self._json([every[path] for path in wanted if path in every])
        return self._error(404)

    def _file(self, repo: str, revision: str, path: str, cut: int) -> None:
        root = self.hub.root(repo, revision)
        if root is None:
            known = self.hub.root(repo, "main") is not None
            return self._error(404, "RevisionNotFound" if known else "RepoNotFound")
        file = self.hub.files(repo, revision).get(path)
        commit = self.hub.commit(repo, revision)
        if file is None:
            return self._error(404, "EntryNotFound", commit)
        data = file.read_bytes()
        etag = hashlib.sha256(data).hexdigest()
        start = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(start[1]) if start else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", commit)
        self.end_headers()
        if self.command == "HEAD":
            return
        if 0 <= cut < len(data) - first:
            self.wfile.write(data[first : first + cut])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(data[first:])

    def _json(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _error(self, status: int, code: str = "", commit: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", code)
        if commit:
            self.send_header("X-Repo-Commit", commit)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _tree(files: dict[str, Path], below: str, recursive: bool) -> list[dict[str, Any]]:
    """Files and folders below a path, in the form of the hub's API."""
    prefix = f"{below}/" if below else ""
    found: dict[str, dict[str, Any]] = {}
    for path, file in files.items():
        if not path.startswith(prefix):
            continue
        parts = path.removeprefix(prefix).split("/")
        for depth in range(1, len(parts)):
            folder = prefix + "/".join(parts[:depth])
            if recursive or depth == 1:
                oid = hashlib.sha1(folder.encode()).hexdigest()
                found[folder] = {"type": "directory", "oid": oid, "size": 0, "path": folder}
        if recursive or len(parts) == 1:
            data = file.read_bytes()
            oid = hashlib.sha1(data).hexdigest()
            found[path] = {"type": "file", "oid": oid, "size": len(data), "path": path}
    return list(found.values())
