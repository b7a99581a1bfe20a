"""What the README and the documents say is so."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from runner.cli.commands import commands
from runner.model.words import OutcomeKind, Recovery, SkipReason

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")


def test_the_yaml_of_the_readme_is_the_minimal_spec() -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown
    minimal = (ROOT / "specs/minimal.yaml").read_text(encoding="utf-8")
    without_hint = "".join(minimal.splitlines(keepends=True)[1:])

    assert shown.group(1) == without_hint


def test_the_first_command_of_the_readme_prints_what_it_shows() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runner", "check", "specs/minimal.yaml", "--no-env"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "specs/minimal.yaml: ok\n")
    assert done.stdout in README


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
