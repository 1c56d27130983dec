"""The report as a file: whole, self-contained, and nothing in it is taken for a tag."""

import html
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from napari_cellbench.compare import Outcome, State, Status
from napari_cellbench.compare.preset import read_preset
from napari_cellbench.compare.report import Contents, write_report
from napari_cellbench.compare.robustness import Measurement, Robustness
from napari_cellbench.compare.tabulate import Result, Truth
from napari_cellbench.data import Instances
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.source import Source
from napari_cellbench.data.units import PixelSize
from napari_cellbench.engine import Engine, Entry, Request, segment
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score

EVIL = "<script>alert('&1')</script>"
VOID = {"meta", "path", "use", "image", "line", "circle", "rect", "polyline", "br"}


class Page(HTMLParser):
    """Reads a page; complains about tags that aren't closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.headings: list[str] = []
        self._open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("href", "src", "xlink:href", "action")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert tag in VOID

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] == "h2":
            self.headings.append(data)
        if self._open and self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def nuclei():
    """A part of the real image with its truth."""
    pytest.importorskip("stardist")
    sample = demo_sample()
    labels = sample.truth["nucleus"].to_labels()[:200, :200].copy()
    return np.asarray(sample.image[:, :200, :200]), Instances.from_labels(labels)


@pytest.fixture(scope="module")
def results(nuclei) -> list[Result]:
    """Three real results, and one that failed."""
    entries = [
        Entry("watershed"),
        Entry("watershed", parameters={"diameter": 35.0}, name=EVIL),
        Entry("stardist", "stardist-nuclei-fluo", device="cpu"),
    ]
    engine, made = Engine(), []
    for entry in entries:
        found = segment(engine, Request.of(Source.of(nuclei[0]), ("nucleus",), entry))
        status = Status(State.DONE, 1.0, outcome=Outcome((found,), 0.5, 2**28))
        made.append(Result.of(entry.name or entry.method, status, entry))
    engine.release()
    failed = Status(State.FAILED, message=f"Not enough memory {EVIL}")
    broken = Entry("stardist", "stardist-nuclei-histology", name="broken")
    return [*made, Result.of("broken", failed, broken)]


def contents(nuclei, results, **further) -> Contents:
    further = {"truth": Truth(EVIL, (nuclei[1],)), "pixel_size": PixelSize(0.5, 0.5)} | further
    return Contents(f"{EVIL}.tif", Source.of(nuclei[0]), ("nucleus",), results, **further)


def read(path) -> Page:
    return Page(path.read_text("utf-8"))


def test_is_one_file_that_asks_for_nothing(nuclei, results, tmp_path):
    page = read(write_report(tmp_path / "report.html", contents(nuclei, results)))
    assert "script" not in page.tags
    assert "link" not in page.tags
    outside = [a for a in page.addresses if not a.startswith(("#", "data:image/png;base64,"))]
    assert not outside
    assert sum(a.startswith("data:") for a in page.addresses) == 1
    style = (tmp_path / "report.html").read_text("utf-8").partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_names_are_text(nuclei, results, tmp_path):
    write_report(tmp_path / "report.html", contents(nuclei, results))
    raw = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in raw.lower()
    page = Page(raw)
    assert page.text.count(EVIL) > 5
    assert "Not enough memory " + EVIL in page.text


def test_tables_have_the_figures(nuclei, results, tmp_path):
    page = read(write_report(tmp_path / "report.html", contents(nuclei, results)))
    for result in results[:3]:
        figures = score(nuclei[1], result.planes[0])
        assert f"{figures.AP50:.3f}" in page.text
        assert f"F1 {figures.f1[0]:.2f}" in page.text
        assert f"error rate {figures.error_rate:.2f}" in page.text
    both = score(results[0].planes[0], results[2].planes[0])
    assert f"{both.f1[0]:.2f}" in page.text
    assert "COCO AP at IoU 0.5" in page.text
    assert page.headings[:3] == ["Results", "Outlines", "Errors"]
    assert {"Agreement", "Not computed", "Checkpoints", "To run it again"} <= set(page.headings)


def test_how_it_came_about(nuclei, results, tmp_path):
    page = read(write_report(tmp_path / "report.html", contents(nuclei, results)))
    record = results[2].record
    assert record["checkpoint_sha256"] in page.text
    assert "CC0-1.0" in page.text
    assert record["citation"] in page.text
    assert f"torch {record['versions']['torch']}" in page.text.replace("\xa0", " ")
    assert "Diameter diameter 20 px default 35 px" in page.text
    assert "0.5 µm" in page.text


def test_preset_runs_the_same_again(nuclei, results, tmp_path):
    raw = write_report(tmp_path / "report.html", contents(nuclei, results)).read_text("utf-8")
    preset = tmp_path / "preset.json"
    preset.write_text(html.unescape(re.search(r"<pre>(.*)</pre>", raw, re.S)[1]), "utf-8")
    assert read_preset(preset) == tuple(result.entry for result in results)


def test_nothing_tells_where_files_lie(nuclei, results, tmp_path):
    own = tmp_path / "jane" / "weights.safetensors"
    entry = Entry("stardist", str(own), name="own")
    record = dict(results[2].record) | {"checkpoint": str(own)}
    status = results[2].status
    mine = Result("own", status, results[2].planes, record, entry)
    raw = write_report(tmp_path / "report.html", contents(nuclei, [mine])).read_text("utf-8")
    assert "jane" not in raw
    assert "weights.safetensors" in raw


def test_without_truth_and_pixel_size(nuclei, results, tmp_path):
    bare = contents(nuclei, results, truth=None, pixel_size=None)
    page = read(write_report(tmp_path / "report.html", bare))
    assert "Errors" not in page.headings
    assert "Agreement" in page.headings
    assert "µm" not in page.text
    assert "AP50" not in page.text


def test_nothing_was_computed(nuclei, results, tmp_path):
    page = read(write_report(tmp_path / "report.html", contents(nuclei, results[3:])))
    assert "Outlines" not in page.headings
    assert "Not computed" in page.headings


def test_labels_that_no_queue_has_run(nuclei, tmp_path):
    by_hand = Result(EVIL, None, (nuclei[1],), {"source": "a person"}, corrected=True)
    page = read(write_report(tmp_path / "report.html", contents(nuclei, [by_hand])))
    assert "Labels that no method of this program made" in page.text
    assert "corrected by hand since" in page.text
    assert "To run it again" not in page.headings


def test_drawn_plane_is_the_one_that_was_asked_for(nuclei, tmp_path):
    empty = Instances.from_labels(np.zeros(nuclei[1].shape, np.int32))
    two = Result("two planes", None, (empty, nuclei[1]), {})
    truth = Truth("t", (empty, nuclei[1]))
    drawn = [
        write_report(
            tmp_path / f"{plane}.html",
            contents(nuclei, [two], truth=truth, plane=plane, where=f"plane {plane + 1}"),
        ).read_text("utf-8")
        for plane in (0, 1)
    ]
    paths = [re.search(r'id="result-0" [^>]* d="([^"]*)"', page)[1] for page in drawn]
    assert paths[0] == ""
    assert paths[1].count("M") >= len(nuclei[1])
    text = Page(drawn[1]).text
    assert "plane 2" in text
    # The table counts all planes together, so that its figures are none of the drawn one.
    assert f"{len(nuclei[1])} cells" in text
    assert "error rate" not in text


def test_robustness_has_charts_and_a_table(nuclei, results, tmp_path):
    figures = score(nuclei[1], results[2].planes[0])
    levels = {"blur": (2.0, 4.0), "cell_size": (10.0, 60.0)}
    measured = [Measurement(0, "", 0.0, State.DONE, 19, 0.1, figures)]
    for kind, chosen in levels.items():
        measured += [Measurement(0, kind, level, State.DONE, 7, 0.1, figures) for level in chosen]
    measured.append(Measurement(1, "blur", 2.0, State.FAILED, failure=f"No memory {EVIL}"))
    robustness = Robustness((EVIL, "other"), levels, "by hand", 23.4, tuple(measured))
    path = tmp_path / "report.html"
    page = read(write_report(path, contents(nuclei, results, robustness=robustness)))
    raw = path.read_text("utf-8")
    assert "Robustness" in page.headings
    assert raw.count("<polyline") == 2
    points = re.findall(r'<polyline points="([^"]*)"', raw)[0].split()
    # Levels at equal distances, all at the height of the same score.
    xs, ys = np.array([point.split(",") for point in points], float).T
    assert np.ptp(np.diff(xs)) < 0.11
    assert np.ptp(ys) == 0
    assert "against the truth, “by hand”" in page.text
    assert "Median diameter (px); own: 23.4" in page.text
    assert f"Gaussian blur 4 {figures.f1[0]:.3f} (7)" in page.text
    assert f"other, Gaussian blur 2: No memory {EVIL}" in page.text


def test_a_failure_leaves_the_former_file(nuclei, results, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("before")
    small = Truth("small", (Instances.from_labels(np.ones((4, 4), np.int32)),))
    with pytest.raises(InputError, match="must be equal"):
        write_report(path, contents(nuclei, results, truth=small))
    assert path.read_text() == "before"
    assert [file for file in tmp_path.iterdir() if file.is_file()] == [path]
    with pytest.raises(InputError, match="does not exist"):
        write_report(tmp_path / "nowhere" / "report.html", contents(nuclei, results))
