"""Errors become sentences; those that nobody expected are reported in a file."""

from __future__ import annotations

import errno

import pytest
import tifffile

from napari_cellbench.cli import main, predict, saving
from napari_cellbench.cli.failures import FAULT, KEPT, explain
from napari_cellbench.data import writers
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.errors import Cancelled, EngineError, InputError, NotInstalled
from napari_cellbench.files.places import cache_root


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (InputError("Choose."), "Choose."),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x" * 300), "x: File name too long."),
        (OSError("odd"), "odd."),
        ("é".encode, "a text can't be written"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_was_to_be_expected(error, says):
    if callable(error):
        with pytest.raises(UnicodeEncodeError) as raised:
            error("ascii")
        error = raised.value
    said, status = explain(error, [])
    assert says in said
    assert len(said) < 200
    assert status == 2
    assert not (cache_root() / "errors").exists()


@pytest.mark.parametrize(
    ("error", "says", "status"),
    [
        (EngineError("It died.", "Traceback of the worker"), "It died.\nTraceback", FAULT),
        (EngineError("There is no such interpreter."), "interpreter", 2),
        (NotInstalled("It needs torch: run  pip install torch"), "pip install torch", 3),
        (Cancelled("Stopped."), "Stopped.", 130),
    ],
)
def test_statuses_tell_reasons_apart(error, says, status):
    said, found = explain(error, [])
    assert says in said
    assert found == status


def broken(*_, **__):
    raise KeyError("secret")


def test_what_was_not(monkeypatch, capsys):
    monkeypatch.setattr(predict, "find_items", broken)
    arguments = ["predict", "a.tif", "--method", "watershed", "--output", "b\udcff.tif"]
    assert main(arguments) == FAULT
    said = capsys.readouterr().err
    (report,) = (cache_root() / "errors").iterdir()
    assert str(report) in said
    assert len(said.splitlines()) == 1
    text = report.read_text("utf-8")
    assert "KeyError: 'secret'" in text
    assert "Traceback (most recent call last)" in text
    assert r"'b\udcff.tif'" in text


def test_old_reports_go(monkeypatch):
    for _ in range(KEPT + 3):
        said, _ = explain(ZeroDivisionError(), ["x"])
    reports = sorted((cache_root() / "errors").iterdir())
    assert len(reports) == KEPT
    assert str(reports[-1]) in said


def test_a_place_without_permission(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CELLBENCH_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    said, status = explain(ZeroDivisionError(), ["x"])
    assert str(tmp_path / "tmp") in said
    assert status == FAULT


@pytest.mark.parametrize("error", [InputError("It can't be."), ValueError("odd")])
def test_labels_are_kept_where_they_can_be(tmp_path, monkeypatch, capsys, error):
    """Whatever keeps a result from its file, it is not thrown away."""
    tifffile.imwrite(tmp_path / "image.tif", demo_sample().image[0][:128, :128])
    write = writers.write_labels

    def refuse(path, *given, **options):
        if path.suffix != ".tif":
            raise error
        return write(path, *given, **options)

    monkeypatch.setattr(writers, "write_labels", refuse)
    arguments = ["predict", str(tmp_path / "image.tif"), "--method", "watershed", "--output"]
    (tmp_path / "out.tif").write_bytes(b"of others")
    assert main([*arguments, str(tmp_path / "out.zip")]) == 2
    assert f"The labels are in {tmp_path / 'out_2.tif'}." in capsys.readouterr().err
    assert tifffile.imread(tmp_path / "out_2.tif").max() > 1
    assert (tmp_path / "out.tif").read_bytes() == b"of others"


def test_labels_are_kept_elsewhere_if_their_folder_is_gone(tmp_path, monkeypatch, capsys):
    tifffile.imwrite(tmp_path / "image.tif", demo_sample().image[0][:128, :128])
    (tmp_path / "out").mkdir()
    check = saving.check_output

    def vanish(path, **options):
        path.parent.rmdir()
        check(path, **options)

    monkeypatch.setattr(saving, "check_output", vanish)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    out = tmp_path / "out" / "labels.tif"
    arguments = ["predict", str(tmp_path / "image.tif"), "--method", "watershed", "--output"]
    assert main([*arguments, str(out)]) == 2
    assert "does not exist" in capsys.readouterr().err
    (kept,) = tmp_path.glob("cellbench-*/labels.tif")
    assert tifffile.imread(kept).max() > 1
