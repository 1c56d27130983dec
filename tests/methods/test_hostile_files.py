"""Every method refuses files that ask for memory, time or other files; each with a sentence.

Each method loads them all in one process of little memory, which may die of one.
"""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import warnings
import zipfile
from collections import OrderedDict
from functools import cache
from pathlib import Path

import pytest

from napari_cellbench.methods import methods

torch = pytest.importorskip("torch")
h5py = pytest.importorskip("h5py")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits and links as Linux has them"
)
METHODS = [m for m in methods().values() if m.needs_checkpoint and not m.missing()]
SCRIPT = Path(__file__).with_name("load_all.py")


def saved(content, **how) -> bytes:
    stream = io.BytesIO()
    torch.save(content, stream, **how)
    return stream.getvalue()


def stride_zero():
    return saved({"weight": torch.zeros(1).expand(10**5, 10**5)})


def stride_zero_in_old_format():
    content = {"weight": torch.zeros(1).expand(10**5, 10**5)}
    return saved(content, _use_new_zipfile_serialization=False)


def many_over_one():
    """Each tensor fits; all together are a thousand times what is stored."""
    weight = torch.zeros(2**20)
    return saved({f"weight{i}": weight for i in range(1000)})


def meta():
    return saved({"weight": torch.empty(10**5, 10**5, device="meta")})


def sparse():
    index = torch.zeros(2, 1, dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return saved({"weight": torch.sparse_coo_tensor(index, torch.ones(1), (10**6, 10**6))})


class Called:
    """Pickled as a call of a function that torch allows."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def bytearray_of_gigabytes():
    return saved({"weight": torch.zeros(1), "more": Called(bytearray, 5 * 10**9)})


def storage_of_gigabytes():
    return saved({"weight": torch.zeros(1), "more": Called(torch.FloatStorage, 10**10)})


def with_members(change) -> bytes:
    """Rewrite the members of a zip that torch wrote."""
    source = zipfile.ZipFile(io.BytesIO(saved({"weight": torch.zeros(100)})))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            for new, content in change(name, source.read(name)):
                archive.writestr(new, content)
    return stream.getvalue()


def zip_bomb():
    def change(name, content):
        yield name, bytes(2 * 10**8) if name.endswith("data/0") else content

    return with_members(change)


def storage_shorter_than_declared():
    def change(name, content):
        yield name, content[:4] if name.endswith("data/0") else content

    return with_members(change)


def two_tables_of_contents():
    def change(name, content):
        yield name, content
        if name.endswith("data.pkl"):
            yield f"other/{name}", content

    return with_members(change)


def memo_of_gigabytes():
    """A pickle that numbers an object with 2**31, for which some readers make an array."""
    return pickle.dumps({}, 2)[:-1] + b"r" + struct.pack("<I", 2**31 - 1) + b"."


def old_format_that_declares_terabytes():
    content = saved({"weight": torch.zeros(7)}, _use_new_zipfile_serialization=False)
    return content.replace(b"K\x07N", b"\x8a\x06" + (10**12).to_bytes(6, "little") + b"N")


class Overwritten:
    """Pickled as a dictionary whose own methods are replaced by numbers."""

    def __reduce__(self):
        items = iter([("weight", torch.zeros(2))])
        return OrderedDict, (), {"keys": 1, "items": 2, "get": 3, "pop": 4}, None, items


def methods_overwritten():
    return saved(Overwritten())


def safetensors_of_terabytes():
    header = b'{"a":{"dtype":"F32","shape":[2500000000000],"data_offsets":[0,10000000000000]}}'
    return struct.pack("<Q", len(header)) + header


def safetensors_nested():
    header = b'{"__metadata__":{},"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return struct.pack("<Q", len(header)) + header


def nested_metadata():
    from safetensors.torch import save

    nested = "[" * 100_000
    names = ("parameters", "input", "config", "thresholds", "normalization", "search")
    weights = {
        "output.2.weight": torch.zeros(3, 1, 1, 1),
        "downsample.down.res_down_0.proj.1.weight": torch.zeros(32, 2, 1, 1),
        "backbone.conv1.weight": torch.zeros(64, 2, 7, 7),
    }
    return save(weights, dict.fromkeys(names, nested))


def hdf5(fill) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file.attrs["layer_names"] = [b"prob"]
        group = file.create_group("prob")
        group.attrs["weight_names"] = [b"kernel", b"bias"]
        group["bias"] = [0.0]
        fill(group)
    return stream.getvalue()


def hdf5_of_terabytes():
    return hdf5(lambda g: g.create_dataset("kernel", (10**6, 10**6, 1, 1), "f4", chunks=True))


def hdf5_with_huge_chunks():
    return hdf5(
        lambda g: g.create_dataset(
            "kernel", (1, 1, 1, 1), "f4", chunks=(10**3, 10**3, 10**2, 10), maxshape=(None,) * 4
        )
    )


def hdf5_with_external_link():
    return hdf5(lambda g: g.__setitem__("kernel", h5py.ExternalLink("/dev/zero", "/kernel")))


def hdf5_with_external_storage():
    def fill(group):
        group.create_dataset("kernel", (1, 1, 1, 1), "f4", external=[("/proc/self/environ", 0, 4)])

    return hdf5(fill)


def hdf5_with_loop():
    return hdf5(lambda g: g.__setitem__("kernel", h5py.SoftLink("/prob/kernel")))


def hdf5_with_group_for_data():
    return hdf5(lambda g: g.create_group("kernel"))


def hdf5_virtual():
    def fill(group):
        layout = h5py.VirtualLayout((1, 1, 1, 1), "f4")
        layout[:] = h5py.VirtualSource("/dev/zero", "kernel", (1, 1, 1, 1))
        group.create_virtual_dataset("kernel", layout)

    return hdf5(fill)


def model_zip_bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights_best.h5", b"\x89HDF\r\n\x1a\n" + bytes(2 * 10**8))
    return stream.getvalue()


CONTENTS = {
    make.__name__: make
    for make in (
        stride_zero,
        stride_zero_in_old_format,
        many_over_one,
        meta,
        sparse,
        bytearray_of_gigabytes,
        storage_of_gigabytes,
        zip_bomb,
        storage_shorter_than_declared,
        two_tables_of_contents,
        memo_of_gigabytes,
        old_format_that_declares_terabytes,
        methods_overwritten,
        safetensors_of_terabytes,
        safetensors_nested,
        nested_metadata,
        hdf5_of_terabytes,
        hdf5_with_huge_chunks,
        hdf5_with_external_link,
        hdf5_with_external_storage,
        hdf5_with_loop,
        hdf5_with_group_for_data,
        hdf5_virtual,
        model_zip_bomb,
    )
}
OTHERS = {
    "pipe": os.mkfifo,
    "link_to_a_device": lambda path: path.symlink_to("/dev/zero"),
    "link_to_the_system": lambda path: path.symlink_to("/proc/kmsg"),
    "link_to_itself": lambda path: path.symlink_to(path),
    "empty": lambda path: path.touch(),
    "empty_folder": lambda path: path.mkdir(),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return a function that tells what a method answered to each file."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "0").write_bytes(b"no checkpoint, but it brings in what is imported late")
    for name, make in CONTENTS.items():
        (folder / name).write_bytes(make())
    for name, make in OTHERS.items():
        make(folder / name)

    @cache
    def of(method: str) -> dict[str, dict]:
        command = [sys.executable, str(SCRIPT), method, str(folder)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"name"')]
        return {entry["name"]: entry for entry in told}

    return of


@pytest.mark.parametrize("name", [*CONTENTS, *OTHERS])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_refused_with_a_sentence(results, method, name):
    answers = results(method.key)
    assert name in answers, f"the process ended before or with it, after {list(answers)[-1:]}"
    assert answers[name]["kind"] == "CheckpointError", answers[name]
