"""`check`: every problem of every spec at once, offline."""

from collections.abc import Sequence
from pathlib import Path

from runner.app.house import House
from runner.spec import OutputFormat, Problem, check_file, render

FOUND_WRONG = 2


def check(
    paths: Sequence[Path], *, with_environment: bool, output: OutputFormat, house: House
) -> int:
    """Check specs and print what is wrong; return the exit code."""
    environment = house.environment if with_environment else None
    now_ms = house.clock.now_ms()
    checked = [check_file(path, environment=environment, now_ms=now_ms) for path in paths]
    problems: list[Problem] = [problem for one in checked for problem in one.problems]
    console = house.console
    files = [file for one in checked for file in one.files]
    if text := render(problems, output, files=files).rstrip("\n"):
        console.out(text)
    wrong = sum(one.has_errors for one in checked)
    if not wrong and output == "text":
        for path in paths:
            console.out(f"{path}: ok")
    return FOUND_WRONG if wrong else 0
