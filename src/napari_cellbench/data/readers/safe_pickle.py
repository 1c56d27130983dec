"""Pickles read by an interpreter of our own, which can build nothing but inert values.

Python's unpickler calls what a pickle names and hands over what it says, and even NumPy's own
functions, so called, make arrays of any address. Here no name of a pickle leads to an object of
Python's: the few that are known are read as what they stand for, and what they are given is
checked. Values are text, bytes, numbers, None, lists, tuples, dictionaries with text for keys,
arrays of numbers or text over their own bytes, arrays of objects from lists; paths become text.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from ...errors import InputError
from .plain_arrays import check_shape, plain_array, plain_dtype

MOST_OPERATIONS = 5_000_000
"""Steps of one pickle: some ten seconds. Ten thousand rows of a table take a hundred thousand."""

GROWTH = 16
"""Bytes of copies and of pointers that a byte of a pickle may lead to; NumPy's own takes 8."""

_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_NUMERIC = ("numpy.core.numeric", "numpy._core.numeric")
_TIME_UNITS = {b"Y", b"M", b"W", b"D", b"h", b"m", b"s", b"ms", b"us", b"ns", b"ps", b"fs", b"as"}


class _Name:
    """A known name; it stands for nothing until it is called."""

    def __init__(self, make: Callable[[_Interpreter, tuple[Any, ...]], Any] | None) -> None:
        self.make = make


class _Dtype:
    """A dtype, whose byte order comes later."""

    def __init__(self, value: np.dtype[Any]) -> None:
        self.value = value


class _Unbuilt:
    """An array that waits for its values, and the memo's numbers of it."""

    def __init__(self) -> None:
        self.places: list[int] = []


def load_pickle(content: bytes) -> Any:
    """Return the value of a pickle; nothing of it is run.

    Parameters
    ----------
    content
        The pickle; what follows it is ignored.

    Returns
    -------
    object
        Its arrays are read-only views of `content`'s parts.

    Raises
    ------
    InputError
        If the pickle asks for anything but inert values.
    ValueError
        If it is damaged, or unpacks to far more than its size.
    """
    try:
        return _Interpreter(len(content)).run(content)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # whatever the steps of a damaged pickle lead into
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise ValueError(f"its pickle is damaged ({reason})") from error


class _Interpreter:
    def __init__(self, size: int) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.left = GROWTH * size + 2**16

    def run(self, content: bytes) -> Any:
        for count, (operation, argument, _) in enumerate(pickletools.genops(content)):
            if count > MOST_OPERATIONS:
                raise ValueError("its pickle has too many parts")
            name = operation.name
            if name == "STOP":
                break
            if name in _CONSTANTS:
                self.stack.append(argument)
            else:
                try:
                    step = _STEPS[name]
                except KeyError:
                    raise _dangerous(f"operation {name}") from None
                step(self, argument)
        return self.stack[-1]

    def charge(self, n_bytes: int) -> None:
        """Count what isn't in the pickle: its parts can be asked for again and again."""
        self.left -= n_bytes
        if self.left < 0:
            raise ValueError("its pickle unpacks to far more than its size allows")

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self, _: Any) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.since_mark()

    def pop_mark(self, _: Any) -> None:
        self.since_mark()

    def since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.below.pop()
        return items

    def top(self, kind: type) -> Any:
        if type(self.stack[-1]) is not kind:
            raise ValueError(f"a {kind.__name__} is expected")
        return self.stack[-1]

    def mark(self, _: Any) -> None:
        self.below.append(self.stack)
        self.stack = []

    def put(self, key: int) -> None:
        value = self.memo[key] = self.stack[-1]
        if isinstance(value, _Unbuilt):
            value.places.append(key)

    def extend(self, items: list[Any]) -> None:
        self.top(list).extend(items)

    def update(self, items: list[Any]) -> None:
        keys, values = items[::2], items[1::2]
        # Only text's hashes can't be chosen, and none of it is nested.
        if any(type(key) is not str for key in keys):
            raise ValueError("a key of a dictionary isn't text")
        self.top(dict).update(zip(keys, values, strict=True))

    def push_tuple(self, count: int) -> None:
        if len(self.stack) < count:
            raise IndexError("the stack is empty")
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        self.stack.append(tuple(items))

    def push_dict(self, items: list[Any]) -> None:
        self.stack.append({})
        self.update(items)

    def push_name(self, module: Any, name: Any) -> None:
        try:
            self.stack.append(_NAMES[module, name])
        except (KeyError, TypeError):
            raise _dangerous(f"{module!s:.80}.{name!s:.80}") from None

    def stack_name(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str:
            raise ValueError("a name isn't text")
        self.push_name(module, name)

    def call(self, _: Any) -> None:
        arguments = self.top(tuple)
        self.stack.pop()
        name = self.stack.pop()
        if not isinstance(name, _Name) or name.make is None:
            raise _dangerous("a call of what is no function")
        self.stack.append(name.make(self, arguments))

    def build(self, _: Any) -> None:
        state = self.top(tuple)
        self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, _Dtype):
            target.value = _with_state(target.value, state)
        elif isinstance(target, _Unbuilt):
            array = self.stack[-1] = self.array(state)
            for place in target.places:
                self.memo[place] = array
        else:
            raise _dangerous("state for what has none")

    def array(self, state: tuple[Any, ...]) -> Any:
        _, shape, dtype, fortran, values = state
        if not isinstance(dtype, _Dtype):
            raise ValueError("an array without a dtype")
        if dtype.value.kind != "O":
            return self.plain(values, dtype, shape, bool(fortran))
        if type(values) is not list:
            raise _dangerous("an array of objects that aren't in a list")
        self.charge(8 * len(values))
        array = np.empty(len(values), object)
        for i, value in enumerate(values):
            array[i] = value
        return array.reshape(check_shape(shape))

    def plain(self, values: Any, dtype: Any, shape: Any, fortran: bool) -> Any:
        if type(values) not in (bytes, bytearray) or not isinstance(dtype, _Dtype):
            raise ValueError("an array without bytes or dtype")
        if dtype.value.kind == "b":
            self.charge(len(values))
        array = plain_array(values, dtype.value, shape, fortran)
        if not dtype.value.isnative:
            self.charge(len(values))
            array = array.astype(dtype.value.newbyteorder("="))
        return array


def _dangerous(what: str) -> InputError:
    return InputError(
        f"The file holds a Python object ({what}) that could run code. Only arrays, numbers, text, "
        "lists and dictionaries are read; nothing of it was run."
    )


def _with_state(dtype: np.dtype[Any], state: tuple[Any, ...]) -> np.dtype[Any]:
    """Return the dtype in its byte order, if the state says nothing else."""
    version, order, base, names, fields, size, *further = state
    if (version not in (3, 4) or order not in ("<", ">", "|", "=")) or not (
        base is names is fields is None
    ):
        raise ValueError("a dtype that isn't plain")
    if size not in (-1, dtype.itemsize):
        raise ValueError("a dtype of another size than its name says")
    if dtype.kind in "mM" and len(further) > 2:
        _, (unit, count, *_) = further[2]
        if unit in _TIME_UNITS and type(count) is int and 0 < count < 2**31:
            dtype = np.dtype(f"{dtype.kind}8[{count}{unit.decode()}]")
    return dtype if order in "|=" else dtype.newbyteorder(order)


def _make_unbuilt(_: _Interpreter, arguments: tuple[Any, ...]) -> _Unbuilt:
    if arguments[0] is not _NDARRAY:
        raise _dangerous("an array of another class")
    return _Unbuilt()


def _make_dtype(_: _Interpreter, arguments: tuple[Any, ...]) -> _Dtype:
    if type(arguments[0]) is not str:
        raise ValueError("a dtype without a name")
    return _Dtype(plain_dtype(arguments[0]))


def _make_scalar(own: _Interpreter, arguments: tuple[Any, ...]) -> Any:
    dtype, values = arguments
    return own.plain(values, dtype, (1,), False)[0]


def _make_from_buffer(own: _Interpreter, arguments: tuple[Any, ...]) -> Any:
    values, dtype, shape, order = arguments
    return own.plain(values, dtype, shape, order == "F")


def _make_bytearray(own: _Interpreter, arguments: tuple[Any, ...]) -> bytearray:
    if not arguments:
        return bytearray()
    (values,) = arguments
    if type(values) is not bytes:
        raise ValueError("a bytearray without bytes")
    own.charge(len(values))
    return bytearray(values)


def _make_bytes(own: _Interpreter, arguments: tuple[Any, ...]) -> bytes:
    text, encoding = arguments
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise ValueError("bytes without text")
    own.charge(len(text))
    return text.encode("latin1")


def _make_complex(_: _Interpreter, arguments: tuple[Any, ...]) -> complex:
    real, imaginary = arguments
    if type(real) is not float or type(imaginary) is not float:
        raise ValueError("a complex number without numbers")
    return complex(real, imaginary)


def _path_of(kind: type[PurePosixPath] | type[PureWindowsPath]) -> _Name:
    def make(own: _Interpreter, arguments: tuple[Any, ...]) -> str:
        if any(type(part) is not str for part in arguments):
            raise ValueError("a path that isn't text")
        own.charge(sum(map(len, arguments)))
        return str(kind(*arguments))

    return _Name(make)


_NDARRAY = _Name(None)
_NAMES: dict[tuple[str, str], _Name] = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _Name(_make_dtype),
    ("builtins", "bytearray"): _Name(_make_bytearray),
    ("builtins", "complex"): _Name(_make_complex),
    ("_codecs", "encode"): _Name(_make_bytes),
    **{(module, "_reconstruct"): _Name(_make_unbuilt) for module in _MULTIARRAY},
    **{(module, "scalar"): _Name(_make_scalar) for module in _MULTIARRAY},
    **{(module, "_frombuffer"): _Name(_make_from_buffer) for module in _NUMERIC},
    **{
        (module, pure + kind): _path_of(path)
        for module in ("pathlib", "pathlib._local")
        for pure in ("", "Pure")
        for kind, path in (("PosixPath", PurePosixPath), ("WindowsPath", PureWindowsPath))
    },
}

_CONSTANTS = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE"),
        *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    )
)
"""Operations whose value is read with them."""

_STEPS: dict[str, Callable[[_Interpreter, Any], None]] = {
    "PROTO": lambda own, _: None,
    "FRAME": lambda own, _: None,
    "NONE": lambda own, _: own.push(None),
    "NEWTRUE": lambda own, _: own.push(True),
    "NEWFALSE": lambda own, _: own.push(False),
    "MARK": _Interpreter.mark,
    "POP": _Interpreter.pop,
    "POP_MARK": _Interpreter.pop_mark,
    "DUP": lambda own, _: own.push(own.stack[-1]),
    "EMPTY_LIST": lambda own, _: own.push([]),
    "EMPTY_TUPLE": lambda own, _: own.push(()),
    "EMPTY_DICT": lambda own, _: own.push({}),
    "LIST": lambda own, _: own.push(own.since_mark()),
    "DICT": lambda own, _: own.push_dict(own.since_mark()),
    "TUPLE": lambda own, _: own.push(tuple(own.since_mark())),
    "TUPLE1": lambda own, _: own.push_tuple(1),
    "TUPLE2": lambda own, _: own.push_tuple(2),
    "TUPLE3": lambda own, _: own.push_tuple(3),
    "APPEND": lambda own, _: own.extend([own.stack.pop()]),
    "APPENDS": lambda own, _: own.extend(own.since_mark()),
    "SETITEM": lambda own, _: own.update([own.stack.pop(), own.stack.pop()][::-1]),
    "SETITEMS": lambda own, _: own.update(own.since_mark()),
    "GET": lambda own, key: own.push(own.memo[key]),
    "BINGET": lambda own, key: own.push(own.memo[key]),
    "LONG_BINGET": lambda own, key: own.push(own.memo[key]),
    "PUT": _Interpreter.put,
    "BINPUT": _Interpreter.put,
    "LONG_BINPUT": _Interpreter.put,
    "MEMOIZE": lambda own, _: own.put(len(own.memo)),
    "GLOBAL": lambda own, names: own.push_name(*names.split(" ", 1)),
    "STACK_GLOBAL": _Interpreter.stack_name,
    "REDUCE": _Interpreter.call,
    "BUILD": _Interpreter.build,
}
