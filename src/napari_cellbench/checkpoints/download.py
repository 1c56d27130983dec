"""Downloads a file in one go or in several."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from ..errors import CheckpointError
from .google_drive import confirmed_url, direct_url

Progress = Callable[[int, int], None]
"""Called with the bytes so far and in all (0 where the server doesn't say); may raise."""

ATTEMPTS = 4
TIMEOUT = 30.0
"""Seconds without an answer after which a connection counts as broken."""
CHUNK = 2**16
"""Bytes at a time: few enough for a pause to be felt at once on a slow line."""
LARGEST_PAGE = 2**20
RANGE_NOT_SATISFIABLE = 416


def download(url: str, part: Path, progress: Progress) -> None:
    """Fetch a file, going on with what an earlier call left.

    A broken connection is taken up again at once, a few times. Whatever goes wrong, the bytes that
    came stay in `part` for the next call, which uses them only if the server says, by the file's
    entity tag or date, that the file is still the same.

    Parameters
    ----------
    url
        Address; for files on Google Drive the one that people share.
    part
        File to fill.
    progress
        Follows and can stop the download: what it raises goes through.

    Raises
    ------
    CheckpointError
        If there is no connection, no such file, or a web page in its place.
    OSError
        If `part` can't be written.
    """
    for _ in range(ATTEMPTS):
        if _fetch(url, part, progress):
            tag_file(part).unlink(missing_ok=True)
            return
    done = part.stat().st_size if part.exists() else 0
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
    try:
        with _open(direct_url(url), url, 0, "") as response:
            return int(response.headers.get("Content-Length") or 0)
    except (URLError, HTTPException, OSError) as error:
        raise CheckpointError(_explain(error, url)) from error


def _fetch(url: str, part: Path, progress: Progress) -> bool:
    """Return whether the file is complete; False if the connection broke."""
    tags = tag_file(part)
    tag = tags.read_text() if tags.exists() else ""
    done = part.stat().st_size if tag and part.exists() else 0
    try:
        response = _open(direct_url(url), url, done, tag)
    except HTTPError as error:
        if error.code != RANGE_NOT_SATISFIABLE:
            raise CheckpointError(_explain(error, url)) from error
        # All is here already, or more than there is.
        if error.headers.get("Content-Range", "").endswith(f"/{done}"):
            return True
        part.unlink()
        return False
    except (URLError, HTTPException, OSError) as error:
        raise CheckpointError(_explain(error, url)) from error
    with response:
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {done}-")
        done = done if goes_on else 0
        total = done + int(response.headers.get("Content-Length") or 0)
        if not done:
            # In this order, so that the tag is never that of other bytes.
            part.unlink(missing_ok=True)
            tags.write_text(_tag(response))
        return _receive(response, part, done, total, progress, url)


def _open(address: str, url: str, done: int, tag: str, *, confirmed: bool = False) -> HTTPResponse:
    headers = {"User-Agent": "napari-cellbench"}
    if done:
        headers |= {"Range": f"bytes={done}-", "If-Range": tag}
    response: HTTPResponse = urlopen(Request(address, headers=headers), timeout=TIMEOUT)
    if response.headers.get_content_type() != "text/html":
        return response
    with response:
        further = confirmed_url(response.read(LARGEST_PAGE).decode(errors="replace"))
    if further is None or confirmed:
        raise CheckpointError(_not_a_file(url))
    return _open(further, url, done, tag, confirmed=True)


def _receive(
    response: HTTPResponse, part: Path, done: int, total: int, progress: Progress, url: str
) -> bool:
    with part.open("ab" if done else "wb") as file:
        while True:
            progress(done, total)
            try:
                chunk = response.read(CHUNK)
            except (HTTPException, OSError):
                return False
            if not chunk:
                return done >= total
            if not done and chunk.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
                raise CheckpointError(_not_a_file(url))
            file.write(chunk)
            done += len(chunk)


def tag_file(part: Path) -> Path:
    """Return the file that says which version of the file the partial one is of."""
    return part.with_name(f"{part.name}.tag")


def _tag(response: HTTPResponse) -> str:
    """Return what identifies a version of a file byte by byte (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    return response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag


def _explain(error: Exception, url: str) -> str:
    if isinstance(error, HTTPError) and error.code in (404, 410):
        return f"There is no file at {url} any more. Choose another checkpoint or a file."
    if isinstance(error, HTTPError) and error.code in (401, 403):
        return f"The server does not give out {url}."
    if isinstance(error, HTTPError):
        return f"The server of {url} answers {error.code} ({error.reason}). Try again later."
    return f"{url} can't be reached ({getattr(error, 'reason', error)}). Is this computer online?"


def _not_a_file(url: str) -> str:
    return f"The server shows a web page instead of the file at {url}."
