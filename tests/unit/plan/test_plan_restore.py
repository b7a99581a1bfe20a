"""A plan's files are written again byte for byte, or not at all."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runner.model.plan import UNKNOWN_ENDS
from runner.plan import (
    NotTheSame,
    PlanFile,
    footer_in,
    passed_over_path,
    read_plan,
    restore_passed_over,
    restore_plan,
    write_plan,
)
from tests.contract.making import some_passed_over, some_runs

RUNS = some_runs("a b a stage/c")
PASSED_OVER = some_passed_over(3)


@pytest.fixture
def plan(tmp_path: Path, header: Any) -> PlanFile:
    return write_plan(tmp_path / "plan.jsonl", header(), runs=RUNS, passed_over=PASSED_OVER)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_both_files_are_as_they_were(plan: PlanFile, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else" / "plan.jsonl"
    elsewhere.parent.mkdir()
    ends = read_plan(plan.path).ends()
    restore_plan(elsewhere, ends=ends, runs=iter(RUNS), sha256=plan.sha256)
    beside = passed_over_path(elsewhere)
    sha256 = footer_in(ends).passed_over_sha256
    restore_passed_over(beside, runs=iter(PASSED_OVER), sha256=sha256)

    assert elsewhere.read_bytes() == plan.path.read_bytes()
    assert beside.read_bytes() == passed_over_path(plan.path).read_bytes()
    assert read_plan(elsewhere) == replace(plan, path=elsewhere)


def test_the_ends_of_a_plan_are_the_lines_that_stand_in_it(plan: PlanFile) -> None:
    written = plan.path.read_bytes().splitlines(keepends=True)

    assert plan.ends().header.encode() + b"\n" == written[0]
    assert plan.ends().footer.encode() + b"\n" == written[-1]


@pytest.mark.parametrize("runs", [RUNS[:-1], [*RUNS, RUNS[0]], []])
def test_what_would_not_be_the_same_is_not_written(
    plan: PlanFile, tmp_path: Path, runs: Any
) -> None:
    elsewhere = tmp_path / "else" / "plan.jsonl"
    elsewhere.parent.mkdir()
    with pytest.raises(NotTheSame):
        restore_plan(elsewhere, ends=plan.ends(), runs=runs, sha256=plan.sha256)
    with pytest.raises(NotTheSame):
        restore_passed_over(elsewhere, runs=[], sha256=plan.sha256)
    with pytest.raises(NotTheSame):
        footer_in(UNKNOWN_ENDS)

    assert names_in(elsewhere.parent) == []
