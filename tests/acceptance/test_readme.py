"""What the README and the documents say is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from runner.cli.commands import commands
from runner.model.words import OutcomeKind, Recovery, SkipReason

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")


def run_check(spec: Path) -> tuple[int, str]:
    """Check a spec with the real command, from the folder of the README."""
    done = subprocess.run(
        [sys.executable, "-m", "runner", "check", str(spec), "--no-env"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_yaml_of_the_readme_is_the_minimal_spec() -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown
    minimal = (ROOT / "specs/minimal.yaml").read_text(encoding="utf-8")
    without_hint = "".join(minimal.splitlines(keepends=True)[1:])

    assert shown.group(1) == without_hint


def test_every_fragment_of_yaml_in_the_readme_makes_a_good_spec_or_a_job(tmp_path: Path) -> None:
    minimal = yaml.safe_load((ROOT / "specs/minimal.yaml").read_text(encoding="utf-8"))
    blocks = [
        yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    ]
    specs = [block for block in blocks if isinstance(block, dict)]
    jobs = [block for block in blocks if not isinstance(block, dict)]

    assert len(specs) == 2
    for number, fragment in enumerate(specs):
        path = tmp_path / f"{number}.yaml"
        path.write_text(json.dumps({**minimal, **fragment}), encoding="utf-8")
        assert run_check(path) == (0, f"{path}: ok\n")
    assert [list(step) for job in jobs for step in job] == [["run"]] * 2


@pytest.mark.parametrize("line", re.findall(r"retrigger [a-z]+ [^|`\n]*--[^|`\n]*", README))
def test_every_option_in_the_readme_is_one_of_its_command(line: str) -> None:
    command = commands.commands[line.split()[1]]
    known = {name for option in command.params for name in option.opts}

    assert set(re.findall(r"--[a-z-]+", line)) <= known


def test_every_command_in_the_readme_is_there() -> None:
    assert set(re.findall(r"retrigger ([a-z]+)\b", README)) <= set(commands.commands)


@pytest.mark.parametrize(("name", "path"), re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", README))
def test_every_test_that_the_readme_names_is_in_its_file(name: str, path: str) -> None:
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_the_first_command_of_the_readme_prints_what_it_shows() -> None:
    said = "specs/minimal.yaml: ok\n"

    assert run_check(Path("specs/minimal.yaml")) == (0, said)
    assert said in README


@pytest.mark.parametrize("command", sorted(commands.commands))
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"retrigger {command}" in README
    described = commands.commands[command]
    assert described.help
    assert "\\" not in described.help
    assert described.short_help
    assert len(described.short_help) <= 64  # whole in eighty columns
    assert all(option.help for option in described.params if isinstance(option, click.Option))


@pytest.mark.parametrize("target", re.findall(r"make ([a-z]+)", README))
def test_every_make_target_of_the_readme_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("word", [*OutcomeKind, *Recovery])
def test_every_outcome_and_recovery_is_in_the_glossary(word: str) -> None:
    assert f"`{word}`" in GLOSSARY


@pytest.mark.parametrize("word", list(SkipReason))
def test_every_reason_for_passing_over_is_in_the_glossary(word: str) -> None:
    assert f"`{word}`" in GLOSSARY
