"""The wheel works by itself: from a new environment and any folder, with the schemas and the demo inside."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# As it was when this module was loaded: installing needs this machine's way to its package index.
MACHINE = dict(os.environ)


def run(
    *words: str | Path, cwd: Path, installing: bool = False
) -> subprocess.CompletedProcess[str]:
    kept = {name: MACHINE[name] for name in ("PATH", "HOME") if name in MACHINE}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=MACHINE if installing else kept,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment into which the freshly built wheel was installed; returns its folder of commands."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        folder,
        ROOT,
        cwd=folder,
        installing=True,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    assert run(sys.executable, "-m", "venv", environment, cwd=folder).returncode == 0
    python = environment / "bin" / "python"
    done = run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder, installing=True)
    assert done.returncode == 0, done.stderr
    return environment / "bin"


def test_check_works_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text((ROOT / "specs/minimal.yaml").read_text(encoding="utf-8"), encoding="utf-8")

    done = run(installed / "retrigger", "check", "spec.yaml", "--no-env", cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "spec.yaml: ok\n", "")


@pytest.mark.parametrize("name", ["spec", "plan", "report", "scenario"])
def test_schemas_are_in_the_wheel(installed: Path, tmp_path: Path, name: str) -> None:
    done = run(installed / "retrigger", "schema", name, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    expected = json.loads((ROOT / f"schemas/{name}.v1.schema.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == expected


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "retrigger", "demo", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "the platform's own ledger" in done.stdout
    assert "wave 2 begins" in done.stderr
    for word in ("recovered", "recovered_empty", "failed_again", "refused"):
        assert re.search(rf"\b{word}\b", done.stdout)
    assert re.search(r"its flow is held: run .+ ended as failed_again", done.stdout)
    (reports,) = (tmp_path / "reports").iterdir()
    assert {
        "results.csv",
        "results.json",
        "summary.md",
        "report.html",
        "junit.xml",
        "plan.jsonl",
    } <= {path.name for path in reports.iterdir()}


def test_the_module_runs_like_the_command(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "python", "-m", "runner", "--version", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, "retrigger, version 0.1.0\n")
