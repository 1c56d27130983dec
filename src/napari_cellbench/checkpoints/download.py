"""Downloads a file in one go or in several."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ..errors import CheckpointError
from .addresses import checked
from .connection import Answer, Connection, Interrupted
from .content import is_page, kind_of
from .google_drive import confirmed_url, direct_url
from .part import begin, forget, go_on, left_of

Progress = Callable[[int, int], None]
"""Called with the bytes so far and in all (0 where the server doesn't say); may raise."""

ATTEMPTS = 4
LARGEST = 10 * 10**9
"""Bytes that are fetched where nobody says how large a file is; SAM's largest has 2.6 GB."""
RESERVE = 500_000_000
"""Bytes that stay free on the disk: a full one stops other programs, too."""
_LOOK_AT_DISK = 2**24
"""Bytes between two looks at what is free."""
_HEAD = 512
"""Bytes by which a web page is told from a file."""
LARGEST_PAGE = 2**20
PARTIAL, RANGE_NOT_SATISFIABLE = 206, 416


def download(url: str, part: Path, progress: Progress, limit: int = 0) -> None:
    """Fetch a file, going on with what an earlier call left.

    A broken connection is taken up again at once, a few times. Whatever goes wrong with it, the
    bytes that came stay in `part` for the next call, which uses them only if the server says, by
    the file's entity tag or date, that the file is still the same.

    Parameters
    ----------
    url
        Address; for files on Google Drive the one that people share.
    part
        File to fill.
    progress
        Follows and can stop the download: what it raises goes through. It is called several times
        a second, also when nothing comes.
    limit
        Bytes that the file has at most; 0 where nobody published it.

    Raises
    ------
    CheckpointError
        If there is no connection, no such file, a web page in its place, or too much of it.
    OSError
        If `part` can't be written.
    """
    for _ in range(ATTEMPTS):
        if _fetch(url, part, progress, limit):
            return
    done, _ = left_of(part)
    raise CheckpointError(
        f"The connection to {url} broke after {done / 1e6:.0f} MB. "
        "Try again: the download goes on from there."
    )


def probe(url: str) -> int:
    """Ask for a file without fetching it; return its size in bytes, 0 where unknown.

    Raises
    ------
    CheckpointError
        As `download` does.
    """
    with _asked(url, 0, "", lambda: None) as response:
        return response.answer.length or 0


def _fetch(url: str, part: Path, progress: Progress, limit: int) -> bool:
    """Return whether the file is complete; False if the connection broke."""
    done, tag = left_of(part)
    with _asked(url, done, tag, lambda: progress(done, 0)) as response:
        answer = response.answer
        if answer.status == RANGE_NOT_SATISFIABLE:
            # All is here already, or more than there is.
            if answer.header("Content-Range").endswith(f"/{done}"):
                return True
            forget(part)
            return False
        if answer.status == PARTIAL and not _goes_on(answer, done, tag):
            # What isn't surely the rest of the same version is of no use.
            forget(part)
            return False
        done = done if answer.status == PARTIAL else 0
        total = 0 if answer.length is None else done + answer.length
        if total > (limit or LARGEST):
            forget(part)
            raise CheckpointError(_too_much(url, f"{total} bytes", limit))
        with go_on(part) if done else begin(part, _tag(answer)) as file:
            progress(done, total)
            looked_at = done
            try:
                for chunk in response.chunks:
                    done += len(chunk)
                    if done > (limit or LARGEST):
                        forget(part)
                        raise CheckpointError(_too_much(url, "more bytes", limit))
                    if done - looked_at > _LOOK_AT_DISK:
                        looked_at = done
                        _keep_reserve(part)
                    file.write(chunk)
                    progress(done, total)
            except Interrupted:
                return False
    if done < total:
        return False
    if not done:
        forget(part)
        raise CheckpointError(f"The file at {url} is empty.")
    return True


@dataclass(frozen=True)
class _Response:
    """What a server says, and the bytes; a context that ends the connection."""

    answer: Answer
    chunks: Iterator[bytes]
    connection: ExitStack

    def __enter__(self) -> _Response:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def _asked(url: str, done: int, tag: str, tick: Callable[[], None]) -> _Response:
    """Ask for a file, and once more where a page with a form is on the way to it."""
    address = checked(direct_url(url))
    headers = {"Range": f"bytes={done}-", "If-Range": tag} if done else {}
    for _ in range(2):
        with ExitStack() as stack:
            connection = Connection(address, headers, tick)
            stack.callback(connection.close)
            try:
                answer = connection.answer()
                _check(answer, url)
                chunks = connection.chunks()
                # The rest of a file may begin like anything.
                head = b"" if answer.status == PARTIAL else _join(chunks, _HEAD)
                if not _is_page(answer, head):
                    chunks = chain([head] if head else [], chunks)
                    return _Response(answer, chunks, stack.pop_all())
                page = head + _join(chunks, LARGEST_PAGE)
            except Interrupted as error:
                raise CheckpointError(_unreachable(url, str(error))) from error
            further = confirmed_url(page.decode(errors="replace"))
            if further is None:
                break
            address = checked(further, answer.address)
    raise CheckpointError(f"The server shows a web page instead of the file at {url}.")


def _join(chunks: Iterator[bytes], least: int) -> bytes:
    """Take chunks until they have enough bytes, or end."""
    taken = b""
    while len(taken) < least and (chunk := next(chunks, b"")):
        taken += chunk
    return taken


def _is_page(answer: Answer, head: bytes) -> bool:
    # Servers call pages files and files pages: what is there counts, if it is known.
    is_called_page = answer.headers.get_content_type() == "text/html"
    return is_page(head) or (is_called_page and bool(head) and not kind_of(head))


def _check(answer: Answer, url: str) -> None:
    status = answer.status
    if status in (200, PARTIAL, RANGE_NOT_SATISFIABLE):
        packed = answer.header("Content-Encoding").strip().lower()
        if packed not in ("", "identity"):
            raise CheckpointError(
                f"The server packs the file at {url} on the way ({packed}), so that it can't be "
                "checked. Download it with a browser and choose the file."
            )
        return
    if status in (404, 410):
        reason = f"There is no file at {url} any more. Choose another checkpoint or a file."
    elif status in (401, 403):
        reason = f"The server does not give out {url}."
    elif 300 <= status < 400:
        reason = f"{url} leads from address to address, but to no file (the last says {status})."
    elif status < 300:
        reason = f"The server of {url} answers {status} ({answer.reason}) in place of a file."
    else:
        reason = f"The server of {url} answers {status} ({answer.reason}). Try again later."
    raise CheckpointError(reason)


def _goes_on(answer: Answer, done: int, tag: str) -> bool:
    is_rest = answer.header("Content-Range").startswith(f"bytes {done}-")
    return done > 0 and is_rest and _tag(answer) == tag


def _tag(answer: Answer) -> str:
    """Return what identifies a version of a file byte by byte (RFC 9110, 13.1.5)."""
    tag = answer.header("ETag")
    return answer.header("Last-Modified") if tag.startswith("W/") or not tag else tag


def _keep_reserve(part: Path) -> None:
    free = shutil.disk_usage(part.parent).free
    if free < RESERVE:
        raise CheckpointError(
            f"The disk of {part.parent} has {free / 1e6:.0f} MB left, and {RESERVE / 1e6:.0f} MB "
            "stay free. Free some space, or set CELLBENCH_CACHE to another folder."
        )


def _too_much(url: str, found: str, limit: int) -> str:
    if limit:
        return f"The file at {url} has {found} instead of {limit}: it is another file."
    return f"The file at {url} has {found} of more than {LARGEST / 1e9:.0f} GB, the most fetched."


def _unreachable(url: str, reason: str) -> str:
    return f"{url} can't be reached ({reason}). Is this computer online?"
