"""How another process finds a method's class."""

import sys
from pathlib import Path

import pytest

import napari_cellbench
from napari_cellbench.errors import InputError
from napari_cellbench.methods.home import Home, home_of
from napari_cellbench.methods.watershed import Watershed


class Nested:
    class Method(Watershed):
        pass


def test_there_and_back():
    home = home_of(Watershed())
    assert home.name == "napari_cellbench.methods.watershed:Watershed"
    assert Path(home.folder) == Path(napari_cellbench.__file__).parents[1]
    assert type(home.load()) is Watershed
    assert type(home_of(Nested.Method()).load()) is Nested.Method


def test_a_module_that_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "a_single_file.py").write_text(
        "from napari_cellbench.methods.watershed import Watershed\nclass One(Watershed): pass\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path])
    method = Home("a_single_file:One", str(tmp_path)).load()
    home = home_of(method)
    assert (home.name, Path(home.folder)) == ("a_single_file:One", tmp_path)
    del sys.modules["a_single_file"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("watershed", "Write MODULE:CLASS, not 'watershed'"),
        (":Watershed", "Write MODULE:CLASS"),
        ("no.such.module:Method", "can't be loaded: ModuleNotFoundError"),
        ("napari_cellbench.methods.watershed:Magic", "can't be loaded: AttributeError"),
        ("napari_cellbench.methods:Method", "can't be loaded: TypeError"),
        ("pathlib:Path", "is no napari_cellbench.methods.Method"),
    ],
)
def test_nothing_there(name, message):
    with pytest.raises(InputError, match=message):
        Home(name).load()


def test_a_class_that_only_this_process_has(monkeypatch):
    class Hidden(Watershed):
        pass

    for kind in (Hidden, type("Typed", (Watershed,), {"__module__": "__main__"})):
        with pytest.raises(InputError, match="put the class into a module of its own"):
            home_of(kind())
