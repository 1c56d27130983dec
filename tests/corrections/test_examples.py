"""The examples in the documentation of the functions run."""

import doctest
import importlib
import pkgutil

import pytest

from napari_cellbench import corrections

MODULES = sorted(module.name for module in pkgutil.iter_modules(corrections.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    found = doctest.testmod(importlib.import_module(f"napari_cellbench.corrections.{name}"))
    assert not found.failed


def test_there_are_examples():
    modules = [importlib.import_module(f"napari_cellbench.corrections.{name}") for name in MODULES]
    examples = [test for one in modules for test in doctest.DocTestFinder().find(one)]
    assert sum(len(test.examples) for test in examples) > 60
