import io
import pickle
import random
import struct
import subprocess
import sys
from pathlib import PureWindowsPath

import numpy as np
import pytest

from napari_cellbench.data.readers import safe_pickle
from napari_cellbench.data.readers.safe_pickle import load_pickle


class Call:
    """Pickled as the call of a function, and a state to set."""

    def __init__(self, function, arguments, state=None):
        self.parts = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.parts


_reconstruct, scalar = np._core.multiarray._reconstruct, np._core.multiarray.scalar
ADDRESS = struct.pack("<Q", 0x4141414141414141)
OBJECT, VOID = np.dtype("O"), np.dtype("V8")
FIELDS = np.dtype([("a", "O"), ("b", "u8")])


def array(*state):
    return Call(_reconstruct, (np.ndarray, (0,), b"b"), state)


ATTACKS = {
    "objects from bytes": array(1, (1,), OBJECT, False, ADDRESS),
    "objects from a bytearray": array(1, (1,), OBJECT, False, bytearray(ADDRESS)),
    "objects from text": array(1, (1,), OBJECT, False, ADDRESS.decode()),
    "objects by buffer": Call(np._core.numeric._frombuffer, (ADDRESS, OBJECT, (1,), "C")),
    "one object": Call(scalar, (OBJECT, ADDRESS)),
    "void": Call(scalar, (VOID, ADDRESS)),
    "void array": array(1, (1,), VOID, False, ADDRESS),
    "fields": array(1, (1,), FIELDS, False, 2 * ADDRESS),
    "fields by state": Call(
        np.dtype,
        ("V16", False, True),
        (3, "|", None, ("a",), {"a": (OBJECT, 0)}, 16, 1, 27),
    ),
    "a number's dtype with fields": Call(
        np.dtype, ("u8", False, True), (3, "<", None, ("a",), {"a": (OBJECT, 0)}, 8, 1, 0)
    ),
    "a dtype of another size": Call(
        np.dtype, ("u8", False, True), (3, "<", None, None, None, 2**30, 1, 0)
    ),
    "a dtype with a base": Call(
        np.dtype, ("u8", False, True), (3, "<", (OBJECT, (4,)), None, None, 8, 1, 0)
    ),
    "a long text": Call(np.dtype, ("U999999999", False, True)),
    "too few bytes": array(1, (2**40,), np.dtype("u8"), False, b"12345678"),
    "a negative length": array(1, (-1,), np.dtype("u8"), False, b""),
    "too many axes": array(1, (1,) * 65, np.dtype("u1"), False, b"1"),
    "a length that isn't one": array(1, (1.0,), np.dtype("u1"), False, b"1"),
    "objects of another number": array(1, (5,), OBJECT, False, [1]),
    "an endless list": array(1, (1,), OBJECT, False, (1,)),
    "5 GB": Call(bytearray, (5_000_000_000,)),
    "text that isn't": array(1, (1,), np.dtype("U1"), False, b"\xff\xff\xff\x7f"),
    "state for a list": Call(list, (), (1,)),
    "a class": Call(_reconstruct, (np.memmap, (0,), b"b")),
    "a nested key": {((1,), 2): 1},
    "a set": {1, 2},
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_nothing_of_crafted_state_becomes_an_array(attack, protocol):
    with pytest.raises(ValueError, match=r"damaged|could run code"):
        load_pickle(pickle.dumps([attack], protocol=protocol))


def test_bytes_that_are_named_again_and_again():
    megabyte = b"B" + struct.pack("<I", 2**20) + bytes(2**20) + b"q\0"
    copies = b"cbuiltins\nbytearray\nh\0\x85R" * 100
    with pytest.raises(ValueError, match="unpacks to far more"):
        load_pickle(pickle.PROTO + b"\2" + megabyte + copies + b".")
    # An array that names the bytes takes no more of them.
    one = pickle.dumps(np.zeros(2**20, bool), protocol=2)
    assert load_pickle(one).size == 2**20


def test_lists_that_double_take_no_room():
    doubled = (
        pickle.PROTO + b"\2]q\0" + b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(60))
    )
    value = load_pickle(doubled + b".")
    for _ in range(60):
        assert value[0] is value[1]
        value = value[0]
    assert value == []


def test_deep_nests_and_long_pickles_end(monkeypatch):
    deep = load_pickle(pickle.PROTO + b"\2" + 300_000 * b"]" + 299_999 * b"a" + b".")
    assert len(deep) == 1
    del deep
    with pytest.raises(ValueError, match="damaged"):
        load_pickle(pickle.PROTO + b"\2" + 100_000 * b"t" + b".")
    monkeypatch.setattr(safe_pickle, "MOST_OPERATIONS", 1000)
    with pytest.raises(ValueError, match="too many parts"):
        load_pickle(501 * b"N0" + b".")


def test_paths_are_text():
    windows = pickle.dumps(PureWindowsPath(r"C:\a\b.tif"), protocol=4)
    assert load_pickle(windows) == r"C:\a\b.tif"
    posix = windows.replace(b"PureWindowsPath", b"PosixPath").replace(b"\x8c\x0f", b"\x8c\x09")
    assert load_pickle(posix).endswith("a/b.tif")


def test_truth_values_are_0_or_1():
    odd = pickle.dumps(np.array([True, False]), protocol=4).replace(b"\1\0", b"\7\0")
    assert load_pickle(odd).tolist() == [True, False]
    assert load_pickle(odd).tobytes() == b"\1\0"


CHILD = """
import pickle, random, resource, sys
import numpy as np
from napari_cellbench.data.readers.safe_pickle import load_pickle

resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2)
seeds = pickle.load(sys.stdin.buffer)
dice = random.Random(sys.argv[1])
values = refused = 0

def touch(value, left):
    # Reads what was made: an address from the file would end the process here.
    if isinstance(value, np.ndarray):
        repr(value.ravel()[:50]), value.tolist() if value.size < 1000 else None
    elif isinstance(value, dict | list | tuple) and left:
        for part in list(value.values() if isinstance(value, dict) else value)[:20]:
            touch(part, left - 1)

for _ in range(int(sys.argv[2])):
    content = bytearray(dice.choice(dice.choice(seeds)))
    for _ in range(dice.randint(1, 3)):
        i, n = dice.randrange(len(content)), dice.randint(1, 6)
        kind = dice.randrange(4)
        if kind == 0:
            content[i] = dice.randrange(256)
        elif kind == 1:
            del content[i : i + n]
        elif kind == 2:
            other = dice.choice(dice.choice(seeds))
            j = dice.randrange(len(other))
            content[i:i] = other[j : j + 5 * n]
        else:
            content[i : i + n] = content[i : i + n][::-1]
        content = content or bytearray(b".")
    try:
        touch(load_pickle(bytes(content)), 8)
        values += 1
    except ValueError:
        refused += 1
print(values, refused)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of memory")
def test_mutations_end_in_a_value_or_a_message():
    good = [
        np.array({"masks": np.eye(5, dtype="u2"), "filename": "a.tif"}, dtype=object),
        np.array([["id", "tissue"], ["1", None]], dtype=object),
        {"a": np.array(["text", "b"]), "b": np.float32(2), "c": bytearray(b"12")},
    ]
    seeds = [
        [pickle.dumps(value, protocol=protocol) for protocol in (2, 4, 5) for value in values]
        for values in (good, ATTACKS.values())
    ]
    found = subprocess.run(
        [sys.executable, "-c", CHILD, str(random.Random(7).random()), "6000"],
        input=pickle.dumps(seeds),
        capture_output=True,
        timeout=200,
        check=False,
    )
    assert found.returncode == 0, found.stderr.decode()[-2000:]
    values, refused = map(int, found.stdout.split())
    assert values + refused == 6000
    assert min(values, refused) > 100


def test_npy_of_5_gb_is_refused_from_its_header():
    from napari_cellbench.data.readers.safe_npy import load_npy

    header = b"\x93NUMPY\1\0v\0" + b"{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
    for dtype, shape in [
        (b"<u8", b"625000000,"),
        (b"|V8", b"1,"),
        (b"|u1", b"99999999999999999999,"),
        (b"|u1", b"(1,"),
        (b"|u1", b"1, " * 40),
    ]:
        text = header % (dtype, shape)
        content = text.ljust(10 + ord("v")) + b"\n" + bytes(100)
        with pytest.raises(ValueError, match=r"declares|aren't read|no shape|damaged"):
            load_npy(io.BytesIO(content), len(content))
