"""Our own files: damage never stops a program, and no change is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_cellbench.checkpoints.settings import read_settings
from napari_cellbench.checkpoints.user import user_checkpoints
from napari_cellbench.compare.planning import Need, Peaks
from napari_cellbench.compare.preset import read_preset
from napari_cellbench.engine.environments import python_of
from napari_cellbench.errors import CellbenchWarning, InputError
from napari_cellbench.files.own import OwnFile
from napari_cellbench.files.places import config_dir

from .test_schema import JSON


@pytest.fixture
def own(tmp_path) -> OwnFile[dict[str, int]]:
    return OwnFile(lambda: tmp_path / "settings" / "own.json", dict[str, int], {})


def test_nothing_there(own):
    assert own.read() == {}
    assert not own.path().parent.exists()


def test_changes_are_kept(own):
    own.update(lambda known: {**known, "a": 1})
    assert own.update(lambda known: {**known, "b": 2}) == {"a": 1, "b": 2}
    assert own.read() == json.loads(own.path().read_text()) == {"a": 1, "b": 2}


def test_changes_of_other_programs_are_seen(own):
    own.update(lambda _: {"a": 1})
    own.path().write_text('{"a": 23}')
    assert own.read() == {"a": 23}
    own.path().unlink()
    assert own.read() == {}


def damage(path: Path, kind: str) -> None:
    path.parent.mkdir(exist_ok=True)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.write_text({"empty": "", "cut": '{"a": 1', "other": "[1]"}[kind])


KINDS = ["empty", "cut", "other", "folder"]
if sys.platform != "win32":
    KINDS += ["pipe", "endless"]


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_set_aside_and_told_once(own, kind):
    damage(own.path(), kind)
    with pytest.warns(CellbenchWarning, match=r"own\.json is damaged .* set aside as own\.json\."):
        assert own.read() == {}
    assert own.read() == {}
    (aside,) = own.path().parent.glob("own.json.damaged-*")
    own.update(lambda known: {**known, "a": 1})
    assert own.read() == {"a": 1}
    assert os.path.lexists(aside)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_sets_damage_aside_too(own, kind):
    damage(own.path(), kind)
    with pytest.warns(CellbenchWarning, match="is damaged"):
        own.update(lambda known: {**known, "a": 1})
    assert own.read() == {"a": 1}
    assert len(list(own.path().parent.glob("own.json.damaged-*"))) == 1


def test_what_cannot_be_set_aside_is_told_once(own, monkeypatch):
    damage(own.path(), "cut")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.warns(CellbenchWarning, match="can't be set aside"):
        assert own.read() == {}
    assert own.read() == {}
    assert own.path().read_text() == '{"a": 1'


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_what_may_not_be_read_is_told_once():
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder, "own.json")
        path.write_text('{"a": 1}')
        path.chmod(0)
        path.with_suffix(".lock").touch(0o666)
        path.with_suffix(".lock").chmod(0o666)
        own = OwnFile(lambda: path, dict[str, int], {})
        if user == 0:
            os.seteuid(65534)
        try:
            with pytest.warns(CellbenchWarning, match="can't be read"):
                assert own.read() == {}
            assert own.read() == {}
            with pytest.raises(InputError, match="see to its permissions"):
                own.update(lambda _: {})
        finally:
            os.seteuid(user)
        assert path.read_text() == '{"a": 1}'


def test_a_folder_that_cannot_be(tmp_path):
    (tmp_path / "file").touch()
    own = OwnFile(lambda: tmp_path / "file" / "own.json", dict[str, int], {})
    assert own.read() == {}
    with pytest.raises(InputError, match="can't be written"):
        own.update(lambda _: {"a": 1})


def test_no_change_of_several_processes_is_lost(tmp_path):
    code = (
        "import sys; from pathlib import Path; from napari_cellbench.files.own import OwnFile;"
        "own = OwnFile(lambda: Path(sys.argv[1]), dict[str, int], {});"
        "[own.update(lambda known: {**known, f'{sys.argv[2]}{i}': i}) for i in range(10)]"
    )
    path = tmp_path / "own.json"
    started = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "abcdef"]
    assert [process.wait(120) for process in started] == [0] * 6
    assert json.loads(path.read_text()) == {f"{who}{i}": i for who in "abcdef" for i in range(10)}


ENVIRONMENTS = st.dictionaries(st.sampled_from(["watershed", "stardist"]), JSON)
ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            name: JSON | st.sampled_from(["a", "user", "stardist", "nucleus"])
            for name in ("key", "method", "title", "source", "target", "channels", "path")
        },
    )
)
SETTINGS = st.fixed_dictionaries({}, optional={"folder": JSON, "mirror": JSON})
PEAKS = st.dictionaries(st.just("a"), st.dictionaries(st.just("7") | st.text(), JSON))
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"method": st.sampled_from(["watershed", "stardist", "no"]) | JSON},
        optional={
            "checkpoint": JSON,
            "device": JSON,
            "name": JSON,
            "parameters": st.dictionaries(st.sampled_from(["diameter", "scale"]), JSON) | JSON,
        },
    )
)
PRESETS = st.fixed_dictionaries(
    {"schema": st.just("napari-cellbench preset"), "version": st.just(1), "entries": ENTRIES}
)
random_content = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(json.dumps(content), "utf-8")


@random_content
@given(
    environments=st.binary() | JSON | ENVIRONMENTS,
    mine=st.binary() | JSON | ROWS,
    chosen=st.binary() | JSON | SETTINGS,
    peaks=st.binary() | JSON | PEAKS,
)
def test_no_content_of_a_settings_file_is_fatal(tmp_path, environments, mine, chosen, peaks):
    write(config_dir() / "environments.json", environments)
    write(config_dir() / "my_checkpoints.json", mine)
    write(config_dir() / "checkpoints.json", chosen)
    write(tmp_path / "peaks.json", peaks)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CellbenchWarning)
        python_of("watershed")
        assert all(one.path for one in user_checkpoints())
        read_settings()
    need = Peaks(tmp_path).need("a", 3)
    assert need is None or isinstance(need, Need)


@random_content
@given(content=st.binary() | JSON | PRESETS)
def test_no_content_of_a_preset_is_fatal(tmp_path, content):
    write(tmp_path / "preset.json", content)
    said = "preset.json"
    try:
        read_preset(tmp_path / "preset.json")
    except InputError as error:
        said = str(error)
    assert "preset.json" in said
