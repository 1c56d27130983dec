"""No output takes the place of an input, nor of another file without being asked."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.files import protected
from napari_cellbench.files.outputs import (
    check_output,
    check_outputs,
    check_room,
    export_text,
    exporting,
)
from napari_cellbench.files.protected import refuse_inputs, remember_input

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX links, pipes and permissions")


@pytest.fixture
def image(tmp_path, monkeypatch) -> Path:
    """An input, in the working directory."""
    monkeypatch.setattr(protected, "_inputs", protected.Inputs())
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "image.tif"
    path.write_bytes(b"pixels")
    return path


def names(image: Path) -> list[Path]:
    """Return the image's file under other names."""
    folder = image.parent
    (folder / "below").mkdir()
    found = [image, Path("image.tif"), Path("below", "..", "image.tif"), folder / "IMAGE.TIF"]
    if sys.platform != "win32":
        (folder / "linked.tif").symlink_to(image)
        (folder / "hard.tif").hardlink_to(image)
        (folder / "other_folder").symlink_to(folder)
        found += [folder / "linked.tif", folder / "hard.tif", folder / "other_folder" / "image.tif"]
    return found


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_input_stays_under_any_name(image, overwrite):
    for name in names(image):
        with pytest.raises(InputError, match="would replace an input"):
            check_output(name, inputs=[image], overwrite=overwrite)
        with pytest.raises(InputError, match="would replace an input"):
            check_outputs(name.parent, [name.name], inputs=[image], overwrite=overwrite)
    assert image.read_bytes() == b"pixels"


def test_what_was_read_stays(image):
    remember_input(image)
    for name in names(image):
        with pytest.raises(InputError, match="would replace an input"):
            export_text(name, "labels")
    assert image.read_bytes() == b"pixels"


def test_among_many_inputs_one_is_found_at_once(image):
    for number in range(3000):
        path = image.with_name(f"{number}.tif")
        path.touch()
        remember_input(path)
    start = time.perf_counter()
    for number in range(300):
        with pytest.raises(InputError, match="would replace an input"):
            refuse_inputs(image.with_name(f"{number}.TIF"))
        refuse_inputs(image.with_name(f"new_{number}.tif"))
    # A comparison with each takes half a minute.
    assert time.perf_counter() - start < 5


def test_a_new_file_is_not_the_one_that_is_gone(image):
    """A file system may give its number again."""
    remember_input(image)
    image.unlink()
    for number in range(10):
        path = image.with_name(f"{number}.tif")
        export_text(path, "labels")
        export_text(path, "again")


def test_corrected_labels_may_replace_their_own_file(image):
    labels = image.with_name("labels.tif")
    labels.write_bytes(b"labels")
    remember_input(image)
    remember_input(labels, labels=True)
    with pytest.raises(InputError, match="would replace an input"):
        refuse_inputs(labels)
    with exporting(labels, correction=True) as file:
        file.write(b"corrected")
    assert labels.read_bytes() == b"corrected"
    with (
        pytest.raises(InputError, match="would replace an input"),
        exporting(image, correction=True),
    ):
        pass


def test_other_files_go_only_with_consent(image):
    other = image.with_name("result.tif")
    check_output(other, inputs=[image])
    assert not other.exists()
    other.write_bytes(b"a day's work")
    with pytest.raises(InputError, match="--overwrite"):
        check_output(other, inputs=[image])
    with pytest.raises(InputError, match="--overwrite"):
        check_outputs(image.parent, ["new.tif", "result.tif"], overwrite=False)
    check_output(other, inputs=[image], overwrite=True)
    check_outputs(image.parent, ["new.tif", "result.tif"], overwrite=True)
    assert other.read_bytes() == b"a day's work"


def test_names_that_cannot_be(image):
    folder = image.parent
    for path, says in (
        (folder, "is a folder"),
        (folder / "no" / "x.tif", "does not exist"),
        (image / "x.tif", "can't be written"),
        (folder / ("n" * 300 + ".tif"), "can't be written"),
        (folder / "x.png", "must end in .tif"),
        (folder / "a\0b.tif", "can't store"),
    ):
        endings = () if path == folder else (".tif",)
        with pytest.raises(InputError, match=says) as raised:
            check_output(path, endings=endings, overwrite=True)
        assert len(str(raised.value)) < 500
    assert [path.name for path in folder.iterdir()] == ["image.tif"]


@posix
def test_what_is_no_file_stays(image):
    os.mkfifo(image.with_name("pipe.tif"))
    Path("loop.tif").symlink_to("loop.tif")
    for path in (image.with_name("pipe.tif"), Path("/dev/null"), Path("loop.tif")):
        with pytest.raises(InputError):
            check_output(path, overwrite=True)
        with pytest.raises(InputError):
            export_text(path, "x")


@posix
def test_folder_without_permission():
    # Root may write anywhere: become somebody else, in a folder that everyone can enter.
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.raises(InputError, match="no permission"):
                check_output(Path(folder, "x.tif"))
            with pytest.raises(InputError, match="no permission"):
                check_outputs(Path(folder, "new"), ["x.tif"], overwrite=False)
        finally:
            os.seteuid(user)
            Path(folder).chmod(0o755)


def test_a_folder_is_made_only_by_what_is_written(image):
    check_outputs(image.parent / "a" / "b", ["labels/x.tif"], overwrite=False)
    assert [path.name for path in image.parent.iterdir()] == ["image.tif"]
    with pytest.raises(InputError, match="no folder"):
        check_outputs(image, ["x.tif"], overwrite=True)


def test_a_full_disk_is_known_before(image, monkeypatch):
    usage = shutil.disk_usage(image.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=5_000_000))
    check_room(image.with_name("x.tif"), 1_000_000)
    with pytest.raises(InputError, match=r"5\.0 MB left"):
        check_room(image.parent / "not" / "there" / "x.tif", 10_000_000)


def test_broken_letters_are_written_as_escapes(image):
    export_text(Path("x.txt"), "µ\udcff")
    assert Path("x.txt").read_bytes() == "µ\\udcff".encode()
