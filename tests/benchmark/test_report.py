"""Reports: as text, as JSON, and as a page that needs nothing else."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pandas as pd
import pytest

from napari_cellbench.benchmark.report.contents import report_of
from napari_cellbench.benchmark.report.site import write_site
from napari_cellbench.cli import main
from napari_cellbench.errors import InputError

from .tables_of import evaluated_folder


@pytest.fixture
def evaluated(tmp_path):
    return evaluated_folder(tmp_path)


class Page(HTMLParser):
    """What a page loads, links to and shows."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.links, self.ids, self.tags = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(known["href"])
        else:
            self.loaded += [known[name] for name in ("src", "href") if name in known]
        if "id" in known:
            self.ids.append(known["id"])


def test_the_numbers_are_pandas(evaluated):
    (experiment,) = report_of(evaluated).experiments
    from napari_cellbench.benchmark.results import read_images

    frame = pd.DataFrame(read_images(evaluated).to_dicts())
    frame["accuracy"] = frame[["mAP", "AP50", "AP75", "AR50", "AR75"]].mean(axis=1)
    means = frame.groupby("method")[["accuracy", "dsb_score", "error_rate"]].mean()
    f1 = frame.assign(f1=[one[0] for one in frame.f1]).groupby("method").f1.mean()
    sums = frame.assign(**{c: [one[0] for one in frame[c]] for c in ("tp", "fp", "fn")})
    sums = sums.groupby("method")[["tp", "fp", "fn"]].sum()
    for row in experiment.methods:
        name = row["method"]
        for key in means:
            assert row[key] == pytest.approx(means.loc[name, key])
        assert row["f1"] == pytest.approx(f1[name])
        tp, fp, fn = sums.loc[name]
        assert row["f1_micro"] == pytest.approx(2 * tp / (2 * tp + fp + fn))
        assert (row["misses"], row["extras"]) == (fn, fp)
    groups = frame.groupby(["method", "group"]).accuracy.mean()
    (matrix,) = experiment.matrices
    for name, values in zip(matrix.rows, matrix.values, strict=True):
        for group, value in zip(matrix.columns[1:], values[1:], strict=True):
            assert value == pytest.approx(groups[name, group])


def test_the_page_needs_nothing_from_elsewhere(evaluated, tmp_path):
    site = tmp_path / "site"
    page = Page(write_site(report_of(evaluated), site).read_text("utf-8"))
    assert all(one.startswith(("data:image/png;base64,", "#")) for one in page.loaded)
    # Six tiles of two examples use two pictures.
    assert sum(one.startswith("data:") for one in page.loaded) == 2
    assert {one[1:] for one in page.loaded if one.startswith("#")} <= set(page.ids)
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (site / link).stat().st_size
    text = (site / "index.html").read_text("utf-8")
    assert "stardist <b>" not in text
    assert "stardist &lt;b&gt;" in text
    assert not re.search(r"@import|url\(|fetch\(|https?://(?!www\.w3\.org/2000/svg)", text)


def test_downloads_are_the_tables(evaluated, tmp_path):
    report = report_of(evaluated)
    write_site(report, tmp_path / "site")
    data = tmp_path / "site" / "data"
    images = pd.read_csv(data / "images.csv")
    assert len(images) == 10
    assert images.AP50.notna().all()
    methods = pd.read_csv(data / "methods.csv")
    assert methods.accuracy.tolist() == pytest.approx(
        [row["accuracy"] for row in report.experiments[0].methods]
    )
    ranking = pd.read_csv(data / "ranking.csv")
    assert ranking.overall.is_monotonic_decreasing
    assert json.loads((data / "report.json").read_text())["done"] == 10


def test_a_report_is_written_again_but_not_into_other_files(evaluated, tmp_path):
    report = report_of(evaluated)
    write_site(report, tmp_path / "site")
    write_site(report, tmp_path / "site")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(InputError, match=r"other files, such as thesis\.txt"):
        write_site(report, tmp_path / "mine")


def test_without_the_data_set_the_figures_are_there_and_the_page_says_so(evaluated, tmp_path):
    shutil.rmtree(tmp_path / "set")
    text = write_site(report_of(evaluated), tmp_path / "site").read_text("utf-8")
    assert "is no longer at" in text
    assert "<image" not in text
    assert "F1 against IoU" in text


def test_the_command(evaluated, tmp_path, capsys):
    assert main(["report", str(evaluated), "--site", str(tmp_path / "site")]) == 0
    out = capsys.readouterr().out
    assert "set, nucleus (5 images" in out
    # Five images can't reach 0.05, whatever they show: 2 / 2**5.
    assert "too few images to tell: watershed and stardist <b>" in out
    assert (tmp_path / "site" / "index.html").exists()
    assert main(["report", str(evaluated), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["experiments"][0]["pairs"][0]["images"] == 5
    assert len(found["experiments"][0]["f1_by_iou"]["micro"]["watershed"]) == 10
    assert main(["report", str(tmp_path / "nothing")]) == 2


def test_a_browser_sorts_the_tables_and_nothing_sticks_out(evaluated, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("needs Chromium, which isn't installed")
    page = write_site(report_of(evaluated), tmp_path / "site")
    # Sorted by the script once loaded: the second click turns the order round.
    click = (
        "<script>const b = document.querySelectorAll('#ranking thead button');"
        "b[1].click(); b[1].click();"
        "document.title = [...document.querySelectorAll('#ranking tbody tr')]"
        ".map(r => r.cells[1].textContent).join('|') + ' wide ' +"
        "(document.documentElement.scrollWidth > innerWidth)</script>"
    )
    tried = page.with_name("tried.html")
    tried.write_text(page.read_text("utf-8").replace("</body>", f"{click}</body>"), "utf-8")
    for width in (400, 1280):
        done = subprocess.run(
            [
                *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"),
                *(f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={width},900"),
                tried.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        title = re.search(r"<title>(.*?)</title>", done.stdout)
        assert title is not None
        assert title[1] == "stardist &lt;b&gt;|watershed wide false"
