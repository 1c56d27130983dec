"""What shells complete."""

import shutil
import subprocess
import sys

import pytest

from napari_cellbench.cli import _parser, main
from napari_cellbench.cli.completion import SHELLS, walk

needs_bash = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None, reason="needs bash"
)


def test_every_command_and_option_is_known():
    commands = {one.words: one for one in walk(_parser())}
    assert "predict" in commands[()].commands
    assert "--output-dir" in commands[("predict",)].options
    assert "download" in commands[("checkpoints",)].commands
    assert commands[("checkpoints", "add")].options.keys() >= {"--of", "--title"}
    assert commands[("score",)].values["--binary-truth"] == ("ids", "components")


@needs_bash
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["pre"], {"predict"}),
        (["checkpoints", "d"], {"download", "delete"}),
        (["checkpoints", "add", "--o"], {"--of"}),
        (["predict", "a.tif", "--output"], {"--output", "--output-dir"}),
        (["predict", "--format", ".t"], {".tif"}),
        (["predict", "a"], set()),
        (["score", "a b.tif", "b", "--binary-truth", ""], {"ids", "components"}),
    ],
)
def test_bash(words, completed, tmp_path, capsys):
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    code = (
        'source "$1"; shift; COMP_WORDS=(cellbench "$@"); COMP_CWORD=$#; _cellbench; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "-c", code, "bash", str(tmp_path / "script"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == completed
    assert not done.stderr


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shutil.which(shell)])
def test_scripts_are_ones(shell, tmp_path, capsys):
    main(["completion", shell])
    (tmp_path / "script").write_text(capsys.readouterr().out)
    subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def test_fish_and_zsh_name_commands_and_options(capsys):
    main(["completion", "fish"])
    text = capsys.readouterr().out
    assert "-a predict" in text
    assert "-l output-dir" in text
    assert "-l format" in text
    main(["completion", "zsh"])
    assert capsys.readouterr().out.startswith("#compdef cellbench")
