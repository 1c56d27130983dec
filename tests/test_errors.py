import pytest

from napari_cellbench.errors import CellbenchError, EngineError, InputError, sentence


class Silent(Exception):
    def __str__(self) -> str:
        raise RuntimeError("even this fails")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("Choose a layer."), "Choose a layer."),
        (EngineError("It failed.\nTwice."), "It failed.\nTwice."),
        (CellbenchError(), "CellbenchError, for which no reason is given."),
        (KeyError(), "KeyError, for which no reason is given."),
        (KeyError("name"), "KeyError: 'name'"),
        (ZeroDivisionError(" \n"), "ZeroDivisionError, for which no reason is given."),
        (MemoryError(), "There is not enough memory: choose a smaller region"),
        (ValueError(1, 2), "ValueError: (1, 2)"),
        (Silent(), "Silent, for which no reason is given."),
    ],
)
def test_every_error_has_a_sentence(error, text):
    assert sentence(error).startswith(text)
    assert sentence(error, "It broke").startswith(f"It broke: {text}")
