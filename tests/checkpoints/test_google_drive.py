"""Addresses as SegGal gives them."""

import pytest

from napari_cellbench.checkpoints.google_drive import confirmed_url, direct_url, is_folder

from .conftest import CONFIRM


@pytest.mark.parametrize("end", ["/view?usp=sharing", "/view?usp=drive_link", ""])
def test_shared_file(end):
    url = f"https://drive.google.com/file/d/1Kc-wb_X{end}"
    assert direct_url(url) == "https://drive.google.com/uc?export=download&id=1Kc-wb_X"
    assert not is_folder(url)


def test_other_addresses_stay():
    assert direct_url("https://example.org/file/d/1") == "https://example.org/file/d/1"


def test_folder():
    assert is_folder("https://drive.google.com/drive/folders/1hrD?usp=sharing")


def test_confirmation_page():
    page = CONFIRM.format(address="https://drive.usercontent.google.com/download")
    assert confirmed_url(page) == ("https://drive.usercontent.google.com/download?id=a+b&confirm=t")


@pytest.mark.parametrize("page", ["", "<html>Quota exceeded", "<form action='/search'></form>"])
def test_other_pages(page):
    assert confirmed_url(page) is None
