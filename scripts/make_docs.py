"""Hook of mkdocs: makes pages and tables from the code, so that they are never out of date.

- ``methods/index.md`` and one page per method, from its class and its parameters.
- ``<!-- table: checkpoint KEY -->`` in a page: what ``bundled.json`` records of a checkpoint.
- ``<!-- table: definitions -->``: the definitions of all scores.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from napari_cellbench.checkpoints import Checkpoint, checkpoints
from napari_cellbench.checkpoints.catalogue import BUNDLED
from napari_cellbench.methods import Evaluation, Method, methods
from napari_cellbench.methods.parameters import ParameterInfo, describe
from napari_cellbench.scoring import DEFINITIONS

MARKER = re.compile(r"<!-- table: (\w+) ?([\w-]*) -->")


def own_methods() -> list[Method[Any]]:
    """Return the methods of this package; others may be installed beside it."""
    return [m for m in methods().values() if type(m).__module__.startswith("napari_cellbench.")]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the methods' pages under "Methods"."""
    pages = ["methods/index.md", *(f"methods/{method.key}.md" for method in own_methods())]
    config.nav = [{"Methods": pages} if "Methods" in entry else entry for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the methods' pages."""
    pages = {"methods/index.md": overview(own_methods())}
    pages |= {f"methods/{method.key}.md": method_page(method) for method in own_methods()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the tables where a page asks for them."""
    return MARKER.sub(lambda found: table(*found.groups()), markdown)


def table(kind: str, key: str) -> str:
    """Return the table that a marker names."""
    if kind == "definitions":
        rows = [(d.name, f"`{name}`", d.formula, d.source) for name, d in DEFINITIONS.items()]
        return markdown_table(("Figure", "Key", "Definition", "Source"), rows)
    if kind == "checkpoint":
        listing = BUNDLED / "bundled.json"
        records = json.loads(listing.read_text("utf-8")) if listing.exists() else []
        return checkpoint_table(next((r for r in records if r["key"] == key), None))
    raise ValueError(f"There is no table of the kind {kind!r}.")


def checkpoint_table(record: Mapping[str, Any] | None) -> str:
    """Return the facts and figures of a bundled checkpoint."""
    if record is None:
        return "This version of the package does not carry the checkpoint."
    facts = [
        ("Method", f"[{record['method']}](../methods/{record['method']}.md)"),
        ("Segments", spoken([record["target"]])),
        ("Channels", spoken(record["channels"])),
        ("Trained on", record["trained_on"]),
        ("Licence", record["licence"]),
        ("File", f"`{record['file']}`, {record['size'] / 1e6:.1f} MB"),
        ("SHA-256", f"`{record['sha256']}`"),
    ]
    if "figures" not in record:
        return markdown_table(("", ""), facts)
    names = list(record["figures"])
    groups = [("all images", record["figures"]), *record["figures_by_size"].items()]
    rows = [
        (group, figures.get("images", ""), *(f"{figures[name]:.3f}" for name in names))
        for group, figures in groups
    ]
    return (
        markdown_table(("", ""), facts)
        + "\nFigures on the validation images, which were not trained on. Snapshot and thresholds "
        "were chosen on them, so that new images may score a little lower. Accuracy is "
        "TP / (TP + FP + FN), mean over images.\n\n"
        + markdown_table(("Image size", "Images", *names), rows)
    )


def overview(shown: Sequence[Method[Any]]) -> str:
    """Return the page that lists the methods."""
    rows = [
        (
            f"[{method.title}]({method.key}.md)",
            method.family,
            spoken(method.targets),
            "yes" if method.needs_checkpoint else "no",
            "yes" if method.trainable else "no",
        )
        for method in shown
    ]
    head = ("Method", "Family", "Segments", "Needs a checkpoint", "Can be trained")
    return f"# Methods\n\n{markdown_table(head, rows)}"


def method_page(method: Method[Any]) -> str:
    """Return the page of a method."""
    summary = inspect.getdoc(type(method)) or ""
    extra = method.how_to_install()
    facts = [
        ("Key", f"`{method.key}`"),
        ("Family", method.family),
        ("Segments", spoken(method.targets)),
        ("Takes", spoken(method.channels)),
        ("Installation", f"`{extra}`" if extra else "part of the package"),
        ("GPU", method.gpu),
        ("Can be trained", "yes" if method.trainable else "no"),
        ("Citation", f"[{method.citation}]({method.url})"),
    ]
    if method.evaluation is not None:
        facts.append(("Systematic evaluation", evaluation(method.evaluation)))
    text = f"# {method.title}\n\n{summary}\n\n{markdown_table(('', ''), facts)}"
    text += "\n## Parameters\n\nOn the command line: `--param NAME=VALUE`.\n\n"
    rows = [parameter_row(info) for info in describe(method.parameters)]
    text += markdown_table(("Label", "Name", "Default", "Range", "What it does"), rows)
    known = [c for c in checkpoints() if c.method == method.key]
    if known:
        rows = [(c.title, checkpoint_key(c), c.source, c.trained_on, c.licence) for c in known]
        head = ("Checkpoint", "Key", "Source", "Trained on", "Licence")
        text += f"\n## Checkpoints\n\n{markdown_table(head, rows)}"
    return text


def evaluation(how: Evaluation) -> str:
    """Return how SegGal's checkpoints of a method were trained."""
    length = f"{how.steps} steps" if how.epochs is None else f"{how.epochs} epochs"
    cards = f", {how.gpus} graphics cards" if how.gpus else ""
    return f"{length}, {how.batch} images in a batch{cards}; {', '.join(how.tasks)}"


def checkpoint_key(checkpoint: Checkpoint) -> str:
    """Return the key; a bundled checkpoint's leads to its model card."""
    key = f"`{checkpoint.key}`"
    is_bundled = checkpoint.source == "bundled"
    return f"[{key}](../model-cards/{checkpoint.key}.md)" if is_bundled else key


def parameter_row(info: ParameterInfo) -> tuple[str, ...]:
    """Return label, name, default, range and help of a parameter."""
    unit = f" {info.unit}" if info.unit else ""
    default = "automatic" if info.default is None else f"{info.default}{unit}"
    if info.choices:
        allowed = ", ".join(info.choices)
    elif info.low is not None and info.high is not None:
        allowed = f"{info.low:g} to {info.high:g}{unit}"
    else:
        allowed = "yes or no" if info.type is bool else ""
    label = f"{info.label} (advanced)" if info.advanced else info.label
    return label, f"`{info.name}`", default, allowed, info.help


def spoken(names: Iterable[str]) -> str:
    """Return names as words: ``whole_cell`` is "whole cell"."""
    return ", ".join(name.replace("_", " ") for name in names)


def markdown_table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    cells = ([str(cell).replace("|", r"\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)
