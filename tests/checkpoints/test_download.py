"""Downloads from a server on this machine."""

import contextlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from napari_cellbench.checkpoints.download import ATTEMPTS, download, probe
from napari_cellbench.checkpoints.part import forget, tag_file
from napari_cellbench.errors import Cancelled, CheckpointError

from .conftest import CONTENT


def ignore(done, total):
    pass


@pytest.fixture
def part(tmp_path):
    return tmp_path / "a.part"


@pytest.mark.parametrize("path", ["/weights.zip", "/moved", "/confirm"])
def test_whole_file(site, part, path):
    """Directly, after a redirection, and after Google's page for large files."""
    download(site.address + path, part, ignore)
    assert part.read_bytes() == CONTENT
    assert set(part.parent.iterdir()) == {part, tag_file(part)}


def test_progress(site, part):
    seen = []
    download(f"{site.address}/weights.zip", part, lambda *numbers: seen.append(numbers))
    done, totals = zip(*seen, strict=True)
    assert list(done) == sorted(done)
    assert (done[0], done[-1]) == (0, len(CONTENT))
    # Until the server answers, nobody knows.
    assert set(totals) - {0} == {len(CONTENT)}


def test_server_that_does_not_tell_the_length(site, part):
    site.tells_length = False
    seen = []
    download(f"{site.address}/weights.zip", part, lambda *numbers: seen.append(numbers))
    assert part.read_bytes() == CONTENT
    assert {total for _, total in seen} == {0}


def test_broken_connections_are_taken_up_again(site, part):
    site.breaks_at = [1_000_000, 500_000]
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT
    assert site.ranges == ["", "bytes=1000000-", "bytes=1500000-"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, len(CONTENT) - 1), max_size=6), st.booleans())
# The second answer is whole: less is left than it would break after.
@example([2_000_000, 2_000_000, 0, 0], True)
def test_any_number_of_breaks_anywhere(site, part, breaks, knows_ranges):
    """Whatever breaks, calls that go on with it end with the file."""
    site.breaks_at, site.knows_ranges = list(breaks), knows_ranges
    # Each call takes up a few, and the last one none.
    for _ in range(len(breaks) // ATTEMPTS):
        with contextlib.suppress(CheckpointError):
            download(f"{site.address}/weights.zip", part, ignore)
    site.breaks_at = site.breaks_at[: ATTEMPTS - 1]
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT
    forget(part)


def test_server_that_ignores_ranges(site, part):
    site.knows_ranges = False
    site.breaks_at = [1_000_000]
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT


def test_file_that_changes_in_between(site, part):
    site.breaks_at = [1_000_000]

    def change(done, total):
        if done:
            site.content, site.etag = CONTENT[::-1], '"2"'

    download(f"{site.address}/weights.zip", part, change)
    assert part.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("etag", ["", 'W/"1"'])
def test_without_a_strong_tag_the_download_starts_anew(site, part, etag):
    site.etag = etag
    site.breaks_at = [1_000_000]
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT
    assert site.ranges == ["", ""]


def test_connection_that_keeps_breaking(site, part):
    site.breaks_at = [100_000] * ATTEMPTS
    with pytest.raises(CheckpointError, match=r"broke after 0 MB.*goes on from there"):
        download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT[: 100_000 * ATTEMPTS]
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT
    assert site.ranges[-1] == f"bytes={100_000 * ATTEMPTS}-"


def test_cancelled_and_taken_up_again(site, part):
    def cancel(done, total):
        if done:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        download(f"{site.address}/weights.zip", part, cancel)
    have = part.stat().st_size
    assert 0 < have < len(CONTENT)
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT
    assert site.ranges == ["", f"bytes={have}-"]


@pytest.mark.parametrize("extra", [b"", b"more than there is"])
def test_file_that_was_complete_already(site, part, extra):
    part.write_bytes(CONTENT + extra)
    part.with_name("a.part.tag").write_text(site.etag)
    download(f"{site.address}/weights.zip", part, ignore)
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/404", "no file at .* any more"),
        ("/410", "no file at .* any more"),
        ("/403", "does not give out"),
        ("/503", "answers 503 .*Try again later"),
        ("/circle", "leads from address to address"),
        ("/page", "web page instead of the file"),
        ("/page-as-file", "web page instead of the file"),
        ("/confirm-again", "web page instead of the file"),
    ],
)
def test_no_file(site, part, path, message):
    with pytest.raises(CheckpointError, match=message):
        download(site.address + path, part, ignore)
    assert not part.exists() or part.stat().st_size == 0


@pytest.mark.parametrize("path", ["/weights.zip", "/moved", "/confirm"])
def test_probe_gives_the_size(site, path):
    assert probe(site.address + path) == len(CONTENT)


def test_probe_of_no_file(site):
    with pytest.raises(CheckpointError, match=r"no file at .* any more"):
        probe(f"{site.address}/404")
    with pytest.raises(CheckpointError, match=r"can't be reached.*online\?"):
        probe("http://nowhere.invalid/weights.zip")


def test_no_connection(part):
    with pytest.raises(CheckpointError, match=r"can't be reached.*online\?"):
        download("http://127.0.0.1:9/weights.zip", part, ignore)


def test_unknown_host(part):
    with pytest.raises(CheckpointError, match=r"can't be reached.*online\?"):
        download("http://nowhere.invalid/weights.zip", part, ignore)
