"""Direct addresses of files that are shared on Google Drive, where SegGal's checkpoints lie."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlencode

_FILE = re.compile(r"https://drive\.google\.com/file/d/([\w-]+)")
_FOLDER = re.compile(r"https://drive\.google\.com/drive/folders/")


def direct_url(url: str) -> str:
    """Return the address that answers with the file; other addresses stay as they are."""
    found = _FILE.match(url)
    return f"https://drive.google.com/uc?export=download&id={found[1]}" if found else url


def is_folder(url: str) -> bool:
    """Say whether an address shows a folder, which can't be downloaded without an account."""
    return _FOLDER.match(url) is not None


def confirmed_url(page: str) -> str | None:
    """Return the address behind the button of Google's "can't scan this file for viruses" page.

    Files of more than about 100 MB answer with that page first. None if the page is another.
    """
    form = _Form()
    try:
        form.feed(page)
    except AssertionError:  # of the parser, at a declaration that is none
        return None
    return f"{form.action}?{urlencode(form.fields)}" if form.action else None


class _Form(HTMLParser):
    """Collects the download form's address and hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form" and given.get("id") == "download-form":
            self._inside, self.action = True, given.get("action", "")
        elif tag == "input" and self._inside and given.get("type") == "hidden":
            self.fields[given.get("name", "")] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
