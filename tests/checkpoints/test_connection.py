"""Servers that mean harm, or are broken: each ends in a sentence, and in time."""

import os
import threading
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from napari_cellbench.checkpoints import download as downloading
from napari_cellbench.checkpoints.connection import Connection, Interrupted
from napari_cellbench.checkpoints.download import download
from napari_cellbench.checkpoints.part import tag_file
from napari_cellbench.errors import Cancelled, CheckpointError

from .conftest import CONTENT, zip_of

OTHER = zip_of(3_000_000, 1)


def ignore(done, total):
    pass


def raw(status="200 OK", *headers, body=b""):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1") + body


@pytest.fixture
def part(tmp_path):
    return tmp_path / "a.part"


@pytest.fixture
def no_threads():
    """Say that no connection is left."""
    yield
    deadline = time.monotonic() + 5
    while left := [t for t in threading.enumerate() if t.name == "cellbench-connection"]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.mark.parametrize("how", ["leads", "form"])
@pytest.mark.parametrize("scheme", ["file://{}", "ftp://localhost{}", "data:,{}", "gopher://x{}"])
def test_no_hop_leads_out_of_the_web(site, part, tmp_path, how, scheme):
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    site.leads_to = scheme.format(secret)
    with pytest.raises(CheckpointError, match="only addresses that start with"):
        download(f"{site.address}/{how}", part, ignore)
    assert not part.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("how", ["leads", "form"])
def test_no_hop_leads_to_a_pipe(site, part, tmp_path, how):
    os.mkfifo(tmp_path / "pipe")
    site.leads_to = (tmp_path / "pipe").as_uri()
    with pytest.raises(CheckpointError, match="only addresses that start with"):
        download(f"{site.address}/{how}", part, ignore)


@pytest.mark.parametrize("how", ["leads", "form"])
@pytest.mark.parametrize("further", ["http://[::1", "http://a..b/", "http://127.0.0.1:99999/"])
def test_hop_to_a_bad_address(site, part, how, further):
    site.leads_to = further
    with pytest.raises(CheckpointError, match="no valid web address"):
        download(f"{site.address}/{how}", part, ignore)


ANSWERS = {
    "nothing": b"",
    "garbage": b"\x00\xff" * 100,
    "no status": b"HTTP/1.1 abc OK\r\n\r\n",
    "no content": raw("204 No Content"),
    "created": raw("201 Created", "Content-Length: 2", body=b"ok"),
    "empty": raw("200 OK", "Content-Length: 0"),
    "empty without length": raw(),
    "endless header": raw("200 OK", "X: " + "a" * 100_000),
    "many headers": raw("200 OK", *(f"X{i}: 1" for i in range(1000))),
    "short of its length": raw("200 OK", "Content-Length: 100", body=CONTENT[:50]),
    "short of its chunk": raw("200 OK", "Transfer-Encoding: chunked", body=b"64\r\nPK\x03\x04"),
    "chunk of no length": raw("200 OK", "Transfer-Encoding: chunked", body=b"xyz\r\nPK"),
    "gzip": raw("200 OK", "Content-Encoding: gzip", "Content-Length: 4", body=b"\x1f\x8b\x08\x00"),
    "too long": raw("200 OK", "Content-Length: 99999999999999", body=b"PK\x03\x04"),
    "page": raw("200 OK", body=b"\xef\xbb\xbf  <!-- -->\n<HTML>"),
    "page called a file": raw("200 OK", "Content-Type: application/zip", body=b"<html>"),
    "unasked rest": raw(
        "206 Partial Content", "Content-Range: bytes 5-9/10", "Content-Length: 5", body=b"12345"
    ),
    "redirection to nowhere": raw("302 Found"),
    "redirection of garbage": raw("302 Found", "Location: \xff\xfe:\x01"),
    "not modified": raw("304 Not Modified"),
    "range at the start": raw("416 Range Not Satisfiable"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_ends_in_a_sentence(site, part, name, no_threads):
    site.raw = ANSWERS[name]
    with pytest.raises(CheckpointError):
        download(f"{site.address}/raw", part, ignore)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["200 OK", "206 Partial Content", "302 Found", "416 No"]),
    st.lists(
        st.tuples(
            st.sampled_from(
                ["Content-Length", "Content-Range", "ETag", "Location", "Content-Type", "X"]
            ),
            st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20),
        ),
        max_size=4,
    ),
    st.binary(max_size=50),
)
@example("200 OK", [("Content-Length", "abc")], b"PK\x03\x04")
@example("200 OK", [("Content-Length", "-1")], b"PK\x03\x04")
def test_any_answer_is_a_file_or_a_sentence(site, part, status, headers, body):
    site.raw = raw(status, *(f"{name}: {value}" for name, value in headers), body=body)
    try:
        download(f"{site.address}/raw", part, ignore)
    except CheckpointError:
        pass
    else:
        assert body.startswith(part.read_bytes())


def test_file_that_is_called_a_page(site, part):
    site.raw = raw("200 OK", "Content-Type: text/html", body=CONTENT)
    download(f"{site.address}/raw", part, ignore)
    assert part.read_bytes() == CONTENT


def stop_when_told(stop):
    def progress(done, total):
        if stop.is_set():
            raise Cancelled("Stopped.")

    return progress


@pytest.mark.parametrize("first", [b"", raw()[:10], raw(body=b"PK"), raw(body=CONTENT[:100_000])])
def test_silent_server_is_left_at_once(site, part, first, no_threads):
    """Before the headers, within them, and after some bytes."""
    site.gate, site.raw = threading.Event(), first
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        download(f"{site.address}/raw", part, stop_when_told(stop))
    assert time.monotonic() - started < 1.5
    site.gate.set()


def test_endless_body_ends_at_the_published_size(site, part):
    site.tells_length = False
    with pytest.raises(CheckpointError, match="more bytes instead of 1000000"):
        download(f"{site.address}/weights.zip", part, ignore, 1_000_000)
    assert not part.exists()


def test_endless_body_ends_where_nobody_published_a_size(site, part, monkeypatch):
    monkeypatch.setattr(downloading, "LARGEST", 1_000_000)
    site.tells_length = False
    with pytest.raises(CheckpointError, match="the most fetched"):
        download(f"{site.address}/weights.zip", part, ignore)
    assert not part.exists()


def test_disk_keeps_a_reserve(site, part, monkeypatch):
    monkeypatch.setattr(downloading, "RESERVE", 2**60)
    monkeypatch.setattr(downloading, "_LOOK_AT_DISK", 1_000_000)
    with pytest.raises(CheckpointError, match="stay free"):
        download(f"{site.address}/weights.zip", part, ignore)


@pytest.mark.parametrize("tag", ['"2"', ""])
def test_rest_of_another_version_is_not_appended(site, part, tag):
    """A server that ignores If-Range, and tells so by the tag, or tells nothing."""
    part.write_bytes(CONTENT[:1000])
    tag_file(part).write_text('"1"')
    etag = [f"ETag: {tag}"] if tag else []
    site.raw = raw("206 Partial Content", "Content-Range: bytes 1000-2999999/3000000", *etag)
    asked = []

    def progress(done, total):
        asked.append(done)

    with pytest.raises(CheckpointError):
        download(f"{site.address}/raw", part, progress)
    assert not part.exists()


def test_error_of_a_closed_port():
    connection = Connection("http://127.0.0.1:9/", {}, lambda: None)
    with pytest.raises(Interrupted, match=r"\w"):
        connection.answer()
    connection.close()
