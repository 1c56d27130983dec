"""One question to a web server, read in a thread of its own.

A server may take its time over the name, the connection, the headers and each byte. Whoever waits
here looks up several times a second, and can go away at once.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import IO, Any
from urllib import request
from urllib.error import HTTPError

from ..errors import CheckpointError
from .addresses import checked

TIMEOUT = 30.0
"""Seconds without an answer after which a connection counts as broken."""
CHUNK = 2**16
"""Bytes at a time: few enough for a pause to be felt at once on a slow line."""
POLL = 0.1
"""Seconds between two looks at whether the user wants to stop."""
_AHEAD = 4
"""Chunks that are read before somebody takes them."""

_BROKEN = (HTTPException, OSError, ValueError)
"""What goes wrong between two computers; garbage in headers gives a ValueError."""


class Interrupted(Exception):
    """There is no connection, or it broke; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What a server says before the bytes.

    Attributes
    ----------
    address
        Where redirections led to.
    length
        Bytes that follow; None where the server doesn't say, or not as a number.
    """

    address: str
    status: int
    reason: str
    headers: Message
    length: int | None

    def header(self, name: str) -> str:
        """Return a header; empty if there is none."""
        return str(self.headers.get(name) or "")


class Connection:
    """Asks for an address that is `checked`.

    Parameters
    ----------
    address
        Where to ask first. Redirections are followed, each checked.
    headers
        To send.
    tick
        Called at least every `POLL` seconds of waiting, in the thread that waits; may raise.
    """

    def __init__(self, address: str, headers: Mapping[str, str], tick: Callable[[], None]) -> None:
        self._tick = tick
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._came: queue.Queue[Answer | bytes | Exception] = queue.Queue(_AHEAD)
        asked = request.Request(address, headers=dict(headers))
        self._thread = threading.Thread(
            target=self._work, args=(asked,), name="cellbench-connection", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End the connection."""
        self._closed.set()
        for opened in self._sockets:
            _shut(opened)
        # A name is looked up, or a server called, for as long as that takes.
        self._thread.join(POLL)

    def answer(self) -> Answer:
        """Wait for the headers.

        Raises
        ------
        CheckpointError
            If a redirection leads out of the web.
        Interrupted
            If there is no connection.
        """
        came = self._next()
        assert isinstance(came, Answer)
        return came

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes as they come; raises `Interrupted` if the connection breaks."""
        while chunk := self._next():
            assert isinstance(chunk, bytes)
            yield chunk

    def _next(self) -> Answer | bytes:
        while True:
            try:
                came = self._came.get(timeout=POLL)
            except queue.Empty:
                self._tick()
                continue
            if isinstance(came, _BROKEN):
                reason = getattr(came, "reason", None) or came
                raise Interrupted(str(reason) or type(came).__name__) from came
            if isinstance(came, Exception):
                raise came
            return came

    def _work(self, asked: request.Request) -> None:
        try:
            with _opener(self._watch).open(asked, timeout=TIMEOUT) as response:
                self._put(_answer(response))
                while not self._closed.is_set() and (chunk := response.read1(CHUNK)):
                    self._put(chunk)
            self._put(b"")
        except HTTPError as error:
            with error:
                self._put(Answer(error.url, error.code, str(error.reason), error.headers, None))
            self._put(b"")
        except Exception as error:  # raised again where somebody waits
            self._put(error)

    def _put(self, came: Answer | bytes | Exception) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._came.put(came, timeout=POLL)
                return

    def _watch(self, opened: socket.socket) -> None:
        self._sockets.append(opened)
        if self._closed.is_set():
            _shut(opened)


def _shut(opened: socket.socket) -> None:
    # Who waits for bytes in another thread wakes up by this, not by closing.
    with contextlib.suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)


def _answer(response: HTTPResponse) -> Answer:
    headers: Message = response.headers
    return Answer(response.url, response.status, response.reason, headers, response.length)


def _opener(watch: Callable[[socket.socket], None]) -> request.OpenerDirector:
    """Return an opener that knows http and https alone: not files, FTP or data."""
    opener = request.OpenerDirector()
    opener.addheaders = [("User-Agent", "napari-cellbench")]
    for handler in (
        request.ProxyHandler(),
        _Http(watch),
        _Https(watch),
        _Redirects(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


class _Redirects(request.HTTPRedirectHandler):
    """Follows redirections as long as they stay on the web."""

    def http_error_302(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: Any
    ) -> Any:
        """Check where it leads before it is followed."""
        further = headers.get("Location") or headers.get("URI")
        if further:
            try:
                address = checked(further, req.full_url)
            except CheckpointError:
                fp.close()
                raise
            del headers["Location"], headers["URI"]
            headers["Location"] = address
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class _Http(request.HTTPHandler):
    def __init__(self, watch: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, req: request.Request) -> HTTPResponse:
        return self.do_open(partial(_HttpConnection, self._watch), req)


class _Https(request.HTTPSHandler):
    def __init__(self, watch: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._watch = watch

    def https_open(self, req: request.Request) -> HTTPResponse:
        return self.do_open(partial(_HttpsConnection, self._watch), req)


class _HttpConnection(HTTPConnection):
    def __init__(self, watch: Callable[[socket.socket], None], host: str, **how: Any) -> None:
        super().__init__(host, **how)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch(self.sock)


class _HttpsConnection(HTTPSConnection):
    def __init__(self, watch: Callable[[socket.socket], None], host: str, **how: Any) -> None:
        super().__init__(host, **how)
        self._watch = watch

    def connect(self) -> None:
        super().connect()
        self._watch(self.sock)
