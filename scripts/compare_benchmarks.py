"""Run benchmarks on another commit and on this checkout by turns; fail where this one is slower.

    python scripts/compare_benchmarks.py main
    python scripts/compare_benchmarks.py HEAD~3 benchmarks/test_scoring.py --limit 1.2

The other commit's code runs this checkout's benchmarks, with the packages that are installed. The
fastest run of each counts: what else the machine does only slows down.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ("test_scoring.py", "test_morphology.py", "test_agreement.py")
"""Of `scoring` and `morphology`: what is felt at every stroke of the brush."""


def fastest(source: Path, benchmarks: list[str], folder: Path) -> dict[str, float]:
    """Run benchmarks on a source tree; return the seconds of the fastest round, by name.

    Those that this tree can't run, since it lacks what they measure, are left out.
    """
    output = folder / "result.json"
    output.unlink(missing_ok=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--benchmark-only", "--benchmark-disable-gc"),
            *("--benchmark-max-time=0.5", f"--benchmark-json={output}", *benchmarks),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(source / "src")},
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if not output.exists() or not output.stat().st_size:
        return {}
    found = json.loads(output.read_text("utf-8"))["benchmarks"]
    return {one["fullname"]: float(one["stats"]["min"]) for one in found}


def table(base: dict[str, float], head: dict[str, float], limit: float) -> tuple[str, bool]:
    """Return what both have in common, as Markdown, and whether any is slower than allowed."""
    lines, is_slower = ["| benchmark | base | here | ratio |", "|---|---:|---:|---:|"], False
    for name in sorted(base.keys() & head.keys()):
        ratio = head[name] / base[name]
        is_slower |= ratio > limit
        mark = " **slower**" if ratio > limit else ""
        times = f"{base[name] * 1e3:.1f} ms | {head[name] * 1e3:.1f} ms"
        lines.append(f"| {name.partition('/')[2]} | {times} | {ratio:.2f}{mark} |")
    return "\n".join(lines), is_slower


def main() -> int:
    """Compare; return 1 where this checkout is slower, or nothing could be compared."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="the other commit")
    parser.add_argument("benchmarks", nargs="*", help="files; those of scoring and morphology")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--limit", type=float, default=1.3, help="ratio that is allowed")
    asked = parser.parse_args()
    benchmarks = asked.benchmarks or [f"benchmarks/{name}" for name in BENCHMARKS]
    results: tuple[dict[str, float], dict[str, float]] = ({}, {})
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "base"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(other), asked.base], check=True)
        try:
            for _ in range(asked.turns):
                for best, source in zip(results, (other, ROOT), strict=True):
                    for name, seconds in fastest(source, benchmarks, Path(folder)).items():
                        best[name] = min(seconds, best.get(name, seconds))
        finally:
            subprocess.run([*git, "remove", "--force", str(other)], check=True)
    text, is_slower = table(*results, asked.limit)
    print(text)
    return int(is_slower or not results[0].keys() & results[1].keys())


if __name__ == "__main__":
    sys.exit(main())
