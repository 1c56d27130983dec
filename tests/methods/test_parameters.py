from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.errors import InputError
from napari_cellbench.methods.parameters import build, describe, parameter
from napari_cellbench.methods.registry import methods


@dataclass(frozen=True)
class Settings:
    size: float | None = parameter(None, label="Size", help="", unit="px", low=1, high=100)
    count: int = parameter(3, label="Count", help="", low=0, high=10)
    kind: str = parameter("a", label="Kind", help="", choices=("a", "b"))
    dark: bool = parameter(False, label="Dark", help="", advanced=True)


def test_describe():
    size, count, kind, dark = describe(Settings)
    assert (size.type, size.optional, size.default, size.unit) == (float, True, None, "px")
    assert (count.type, count.optional, count.low, count.high) == (int, False, 0, 10)
    assert kind.choices == ("a", "b")
    assert dark.advanced


def test_defaults():
    assert build(Settings, {}) == Settings()


@given(
    st.none() | st.floats(1, 100), st.integers(0, 10), st.sampled_from(("a", "b")), st.booleans()
)
def test_text_gives_the_same(size, count, kind, dark):
    values = {"size": size, "count": count, "kind": kind, "dark": dark}
    text = {name: str(value) for name, value in values.items()}
    assert build(Settings, text) == build(Settings, values) == Settings(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"length": 3}, "No parameter 'length'; there are: size, count, kind, dark"),
        ({"size": 0.5}, "between 1 and 100 px, not 0.5"),
        ({"size": "nan"}, "between 1 and 100 px, not nan"),
        ({"size": "wide"}, "must be a number"),
        ({"count": 11}, "between 0 and 10, not 11"),
        ({"count": "many"}, "must be a whole number"),
        ({"count": None}, "must be a whole number"),
        ({"count": 2.5}, "must be a whole number"),
        ({"kind": "c"}, "one of a, b, not 'c'"),
        ({"dark": "perhaps"}, "true or false"),
    ],
)
def test_wrong_values(values, message):
    with pytest.raises(InputError, match=message):
        build(Settings, values)


@pytest.mark.parametrize("method", methods().values(), ids=lambda method: method.key)
def test_every_method_explains_its_parameters(method):
    for info in describe(method.parameters):
        assert info.label
        assert info.help.endswith(".")
        assert info.type in (int, float, bool, str)
        assert (info.type is str) == bool(info.choices)
        if info.default is not None:
            assert build(method.parameters, {info.name: info.default}) == method.parameters()
