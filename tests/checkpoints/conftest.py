"""A web server with the faults of real ones."""

import hashlib
import io
import re
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from napari_cellbench.checkpoints import Checkpoint


def zip_of(size: int, seed: int) -> bytes:
    """Return a whole zip of that many bytes."""
    name = zipfile.ZipInfo("weights")
    frame = io.BytesIO()
    with zipfile.ZipFile(frame, "w") as archive:
        archive.writestr(name, b"")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        inside = np.random.default_rng(seed).bytes(size - len(frame.getvalue()))
        archive.writestr(name, inside)
    return whole.getvalue()


CONTENT = zip_of(3_000_000, 0)
SHA256 = hashlib.sha256(CONTENT).hexdigest()

# As Google Drive answers for files that it doesn't scan.
CONFIRM = """<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head>
<body><form id="download-form" action="{address}" method="get">
<input type="submit" value="Download anyway"/><input type="hidden" name="id" value="a b"/>
<input type="hidden" name="confirm" value="t"></form></body></html>"""


@dataclass
class Site:
    """What the server does, and what it was asked."""

    address: str = ""
    content: bytes = field(default=CONTENT, repr=False)
    etag: str = '"1"'
    knows_ranges: bool = True
    tells_length: bool = True
    breaks_at: list[int] = field(default_factory=list)
    """How much to send of the next answers before the connection is closed."""
    gate: threading.Event | None = None
    """Where set, answers wait for it after the first bytes."""
    before_gate: int = 10
    also: list[str] = field(default_factory=list)
    """Further paths that answer with the file."""
    ranges: list[str] = field(default_factory=list)
    """The Range header of each request for the file."""
    raw: bytes = b""
    """What ``/raw`` answers, from the status line to the last byte."""
    leads_to: str = ""
    """Where ``/leads`` redirects to, and where the form of ``/form`` does."""

    def checkpoint(self, **fields) -> Checkpoint:
        given = {
            "key": "a",
            # Of no method that could try it.
            "method": "nobodys",
            "title": "A",
            "source": "official",
            "target": "nucleus",
            "channels": ("nucleus",),
            "url": f"{self.address}/weights.zip",
            "sha256": SHA256,
            "size": len(CONTENT),
        }
        return Checkpoint(**(given | fields))


@pytest.fixture
def site():
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.partition("?")[0]
            if path == "/weights.zip" or path in site.also:
                self.send_weights()
            elif path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/weights.zip")
                self.end_headers()
            elif path == "/circle":
                self.send_response(302)
                self.send_header("Location", "/circle")
                self.end_headers()
            elif path == "/raw":
                self.wfile.write(site.raw)
                self.wfile.flush()
                if site.gate:
                    site.gate.wait(60)
            elif path == "/leads":
                self.send_response(302)
                self.send_header("Location", site.leads_to)
                self.end_headers()
            elif path == "/form":
                self.send_page(CONFIRM.format(address=site.leads_to), "text/html")
            elif path == "/page":
                self.send_page("<html>Sign in</html>", "text/html; charset=utf-8")
            elif path == "/page-as-file":
                self.send_page("\n<!DOCTYPE html><html>Gone</html>", "application/octet-stream")
            elif path == "/confirm":
                self.send_page(CONFIRM.format(address=f"{site.address}/confirmed"), "text/html")
            elif self.path == "/confirmed?id=a+b&confirm=t":
                self.send_weights()
            elif path == "/confirm-again":
                self.send_page(CONFIRM.format(address=f"{site.address}/confirm-again"), "text/html")
            else:
                self.send_error(int(path[1:]) if path[1:].isdigit() else 404)

        def send_page(self, text, kind):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def send_weights(self):
            asked = self.headers.get("Range", "")
            site.ranges.append(asked)
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
            whole = len(site.content)
            is_same = self.headers.get("If-Range") == site.etag
            if asked and site.knows_ranges and is_same:
                if start >= whole:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{whole}")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
            else:
                start = 0
                self.send_response(200)
            body = site.content[start:]
            if site.etag:
                self.send_header("ETag", site.etag)
            self.send_header("Content-Type", "application/octet-stream")
            if site.tells_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if site.breaks_at:
                self.wfile.write(body[: site.breaks_at.pop(0)])
                return
            if site.gate:
                self.wfile.write(body[: site.before_gate])
                self.wfile.flush()
                site.gate.wait(60)
                body = body[site.before_gate :]
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            """A client that hangs up is not an error here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield site
        server.shutdown()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "checkpoints"
