from threshold_method import Threshold

from napari_cellbench.conformance import check_method


def test_it_keeps_the_contract():
    results = check_method(Threshold())
    assert [result for result in results if not result.ok] == []
