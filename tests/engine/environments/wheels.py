"""Small packages as files, from which uv installs without a network."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

BACKEND = """
import pathlib, time

def build_wheel(directory, config_settings=None, metadata_directory=None):
    pathlib.Path({mark!r}).touch()
    time.sleep(600)

prepare_metadata_for_build_wheel = build_wheel
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "{name}"
version = "{version}"
"""


def wheel(folder: Path, name: str, version: str, code: str = "") -> Path:
    """Write the wheel of a package of one module."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return _write(
        folder / f"{module}-{version}-py3-none-any.whl",
        {
            f"{module}.py": code.encode(),
            f"{info}/METADATA": metadata.encode(),
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        },
        info,
    )


def wheel_of_installed(folder: Path, name: str) -> Path:
    """Write the wheel that a package of this environment was installed from, as far as needed."""
    found = distribution(name)
    files = {
        str(file): file.locate().read_bytes()
        for file in found.files or ()
        if ".." not in file.parts and file.suffix != ".pyc" and file.name != "RECORD"
    }
    (info,) = {path.split("/")[0] for path in files if ".dist-info/METADATA" in path}
    (tag,) = [
        line.removeprefix("Tag: ").split()[0]
        for line in files[f"{info}/WHEEL"].decode().splitlines()
        if line.startswith("Tag: ")
    ][:1]
    return _write(folder / f"{info.removesuffix('.dist-info')}-{tag}.whl", files, info)


def slow_source(folder: Path, name: str, version: str, mark: Path) -> Path:
    """Write a package that takes ten minutes to build; it touches `mark` when that begins."""
    path = folder / f"{name}-{version}.tar.gz"
    files = {
        "pyproject.toml": PYPROJECT.format(name=name, version=version),
        "backend.py": BACKEND.format(mark=str(mark)),
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    }
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{file}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def _write(path: Path, files: dict[str, bytes], info: str) -> Path:
    listed = io.StringIO()
    rows = csv.writer(listed, lineterminator="\n")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            rows.writerow([name, f"sha256={digest.decode()}", len(content)])
        rows.writerow([f"{info}/RECORD", "", ""])
        archive.writestr(f"{info}/RECORD", listed.getvalue())
    return path
