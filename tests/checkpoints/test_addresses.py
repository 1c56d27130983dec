"""Which addresses are fetched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.checkpoints.addresses import checked
from napari_cellbench.errors import CheckpointError


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://example.org/a.zip", "https://example.org/a.zip"),
        ("HTTP://Example.org:8080/a?b=c#d", "http://example.org:8080/a?b=c"),
        ("https://bücher.example/ä b.pth", "https://xn--bcher-kva.example/%C3%A4%20b.pth"),
        ("http://[::1]:80/a%20b", "http://[::1]:80/a%20b"),
        (" https://example.org\n", "https://example.org"),
    ],
)
def test_addresses_of_the_web(url, sent):
    assert checked(url) == sent


@pytest.mark.parametrize(
    ("further", "sent"),
    [
        ("/b", "https://example.org/b"),
        ("//other.org/b", "https://other.org/b"),
        ("?x=1", "https://example.org/a?x=1"),
    ],
)
def test_addresses_on_the_way(further, sent):
    assert checked(further, "https://example.org/a") == sent


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/passwd", "only addresses that start with"),
        ("FILE://localhost/etc/passwd", "only addresses that start with"),
        ("ftp://example.org/a", "only addresses that start with"),
        ("data:text/plain,a", "only addresses that start with"),
        ("/etc/passwd", "only addresses that start with"),
        ("", "only addresses that start with"),
        ("http:///a", "names no server"),
        ("http://", "names no server"),
        ("http://exa mple.org/", "no valid web address"),
        ("http://a..b/", "no valid web address"),
        ("http://[::1/", "no valid web address"),
        ("http://example.org:x/", "no valid web address"),
        ("http://example.org:99999/", "no valid web address"),
        (f"http://{'a' * 300}.org/", "no valid web address"),
        ("http://me:secret@example.org/", "holds a user's name"),
    ],
)
def test_others(url, message):
    with pytest.raises(CheckpointError, match=message):
        checked(url)


def test_from_https_nothing_leads_back():
    with pytest.raises(CheckpointError, match="leads from https to http"):
        checked("http://example.org/a", "https://example.org/")


@given(st.text(), st.sampled_from(["", "http://example.org/", "https://example.org/"]))
def test_any_text_is_an_address_or_a_sentence(text, base):
    for url in (text, f"http://{text}", f"http://example.org/{text}"):
        try:
            sent = checked(url, base)
        except CheckpointError:
            continue
        assert sent.startswith(("http://", "https://"))
        assert sent.isascii()
        assert checked(sent) == sent
