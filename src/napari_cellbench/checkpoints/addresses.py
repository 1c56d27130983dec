"""Which addresses are fetched: those of the web alone, on every step of the way."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ..errors import CheckpointError

_SAFE = "%/:=&?~#+!$,;'@()*[]"
"""Characters that stay as they are in paths and queries (RFC 3986)."""

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
"""Names and numbers of hosts, those of IPv6 too."""


def checked(url: str, base: str = "") -> str:
    """Return an address in the form that is sent: names of hosts in ASCII, the rest quoted.

    Parameters
    ----------
    url
        What a catalogue, a setting, a redirection or a form says.
    base
        The address where it was said. From https it may not lead back to http.

    Raises
    ------
    CheckpointError
        If it is not an address of the web: another scheme (file, ftp, data, ...), no host, a
        port that can't be, a user's name.
    """
    shown = _shown(url)
    try:
        parts = urlsplit(urljoin(base, url.strip()))
        host, port = parts.hostname or "", parts.port
        if ":" not in host:
            host = host.encode("idna").decode()
    except ValueError as error:  # UnicodeError too
        raise CheckpointError(f"{shown} is no valid web address ({error}).") from error
    if parts.scheme not in ("http", "https"):
        raise CheckpointError(
            f"{shown} is not fetched: only addresses that start with https:// or http:// are."
        )
    if parts.scheme == "http" and base.startswith("https:"):
        raise CheckpointError(f"{shown} is not fetched: {_shown(base)} leads from https to http.")
    if not _HOST.fullmatch(host):
        raise CheckpointError(f"{shown} is no valid web address (it names no server).")
    if "@" in parts.netloc:
        raise CheckpointError(f"{shown} is not fetched: it holds a user's name.")
    netloc = f"[{host}]" if ":" in host else host
    netloc += "" if port is None else f":{port}"
    path, query = (quote(part, safe=_SAFE) for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _shown(url: str) -> str:
    """Return an address as it can stand in a sentence."""
    printable = "".join(char if char.isprintable() else "?" for char in url)
    return printable if len(printable) <= 200 else f"{printable[:200]}..."
