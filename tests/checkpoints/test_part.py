"""Links and pipes at the names of partial files."""

import os
import stat

import pytest

from napari_cellbench.checkpoints import adopt, location, resolve
from napari_cellbench.checkpoints.cache import lock_of, partial
from napari_cellbench.checkpoints.part import begin, go_on, left_of, private_folder, tag_file
from napari_cellbench.errors import CheckpointError

from .conftest import CONTENT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links are for administrators there")

MAKERS = {
    "symbolic": lambda name, target: name.symlink_to(target),
    "hard": lambda name, target: name.hardlink_to(target),
    "dangling": lambda name, target: name.symlink_to(target.with_name("nothing")),
    "pipe": lambda name, target: os.mkfifo(name),
    "device": lambda name, target: name.symlink_to("/dev/zero"),
}
NAMES = {
    "part": partial,
    "tag": lambda path: tag_file(partial(path)),
    "note": lambda path: path.with_name(f"{path.name}.sha256"),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("published", [True, False])
def test_links_in_the_cache_are_not_followed(site, cache, tmp_path, maker, name, published):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    cache.mkdir(parents=True)
    checkpoint = site.checkpoint(**({} if published else {"sha256": "", "size": 0}))
    path = location(checkpoint)
    MAKERS[maker](NAMES[name](path), victim)
    assert resolve(checkpoint).read_bytes() == CONTENT
    assert victim.read_bytes() == b"precious"
    assert not victim.with_name("nothing").exists()


@pytest.mark.parametrize("maker", MAKERS)
def test_links_at_the_lock_are_not_followed(site, cache, tmp_path, maker):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    cache.mkdir(parents=True)
    checkpoint = site.checkpoint()
    MAKERS[maker](lock_of(location(checkpoint)), victim)
    with pytest.raises(CheckpointError, match="can't be written"):
        resolve(checkpoint)
    assert victim.read_bytes() == b"precious"
    assert not victim.with_name("nothing").exists()


def test_adopting_replaces_a_link(site, cache, tmp_path):
    victim, file = tmp_path / "victim", tmp_path / "file"
    victim.write_bytes(b"precious")
    file.write_bytes(CONTENT)
    cache.mkdir(parents=True)
    location(site.checkpoint()).symlink_to(victim)
    assert adopt(site.checkpoint(), file).read_bytes() == CONTENT
    assert victim.read_bytes() == b"precious"


def test_folders_are_for_this_user_alone(tmp_path):
    private_folder(tmp_path / "a" / "b")
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "shared").mkdir(mode=0o755)
    private_folder(tmp_path / "shared")
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o755


def test_what_is_left_counts_with_its_tag_only(tmp_path):
    part = tmp_path / "a.part"
    with begin(part, "") as file:
        file.write(b"12345")
    assert left_of(part) == (0, "")
    with begin(part, '"1"') as file:
        file.write(b"12345")
    with go_on(part) as file:
        file.write(b"67")
    assert left_of(part) == (7, '"1"')
    assert part.read_bytes() == b"1234567"
