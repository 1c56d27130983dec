"""Random entries that are valid."""

from hypothesis import strategies as st

from napari_cellbench.checkpoints import checkpoints
from napari_cellbench.engine import Entry
from napari_cellbench.methods.parameters import describe
from napari_cellbench.methods.registry import methods


def value(info):
    """Return the values that a parameter may have."""
    if info.choices:
        values = st.sampled_from(info.choices)
    elif info.type is bool:
        values = st.booleans()
    elif info.type is int:
        values = st.integers(int(info.low), int(info.high))
    else:
        values = st.floats(info.low, info.high)
    return values | st.none() if info.optional else values


@st.composite
def entries(draw):
    method = draw(st.sampled_from(list(methods().values())))
    infos = {info.name: value(info) for info in describe(method.parameters)}
    keys = [c.key for c in checkpoints() if c.method == method.key]
    return Entry(
        method.key,
        draw(st.none() | st.sampled_from(keys)) if keys else None,
        draw(st.fixed_dictionaries({}, optional=infos)),
        draw(st.sampled_from(["auto", "cpu", "mps", "cuda", "cuda:1"])),
        draw(st.text(max_size=20)),
    )
