"""What is told of one run: everything that is known, in words for a person and as JSON for programs."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from runner.model.run_found import RunFound, role_of
from runner.report import run_json, run_text
from runner.resources import schema_text

Make = Callable[..., Any]
ASKED = (
    '{"number": 2, "at": "2026-11-20T02:00:00.123Z", "event": "asked", "position": 7, "run": "old-1", '
    '"attempt": 1, "chain": "0"}'
)
SETTLED = (
    '{"number": 3, "at": "2026-11-20T02:00:01.000Z", "event": "settled", "position": 7, "run": "old-1", '
    '"outcome": "retriggered", "reason": "adopted by maria", "evidence": "person", "chain": "1"}'
)


@pytest.fixture
def found(execution: Make, row: Make) -> Make:
    def build(run_id: str = "old-1", **changes: object) -> RunFound:
        made = row(1, **changes)
        return RunFound(
            role=role_of(run_id, made),
            execution=execution(),
            row=made,
            position=None if made.wave is None else 7,
            duplicate_evidence="same_window" if made.duplicated_by else "",
            events=() if made.wave is None else (ASKED, SETTLED),
        )

    return build


def test_a_person_reads_what_was_planned_asked_answered_and_seen(found: Make) -> None:
    one = found(
        reason="adopted by maria",
        evidence="person",
        duplicated_by="other-1",
        window_start_ms=1_795_130_000_000,
        window_end_ms=1_795_133_600_000,
    )
    text = run_text("OLD-1", [one], journal="j/gl.db")

    assert text.startswith("run OLD-1: known to 1 execution of j/gl.db\n\n")
    for words in (
        "execution 20261120-0200-k3v9 (finished, exit code 4)",
        "by maria on ci-runner-7",
        "old run        old-1 (failed, CONNECTOR-1001-500)",
        "planned        as number 7, in wave 1",
        "outcome        retriggered: adopted by maria",
        "evidence       person (a person said so)",
        "new run        new-1 (success)",
        "recovery       recovered, 100 records in, 99 out",
        "duplicated_by  other-1 (same_window)",
        "attempts       1, last request request-1",
        "2026-11-20T02:00:00.123Z  asked: attempt 1\n",
        "settled: outcome retriggered, reason adopted by maria, evidence person\n",
    ):
        assert words in text
    assert "data window    20" in text


def test_what_the_run_is_in_a_row_is_said_where_it_is_not_the_old_one(found: Make) -> None:
    assert "the new run of the old run below" in run_text("new-1", [found("NEW-1")], journal="j")
    other = run_text("other-1", [found("other-1", duplicated_by="other-1")], journal="j")
    assert "another new run of the same data, which this journal did not make" in other


def test_a_run_that_was_passed_over_has_its_reason(found: Make) -> None:
    text = run_text(
        "old-1", [found(wave=None, outcome="skipped", reason="not_failed")], journal="j"
    )

    assert "  passed over    not_failed\n" in text
    assert "outcome" not in text


def test_nothing_known_is_said(found: Make) -> None:
    assert run_text("x\x1b[2J", [], journal="j") == "run x\\x1b[2J: nothing is known of it in j\n"
    assert json.loads(run_json("x", [], journal="j"))["found"] == []
    assert found


def test_others_words_are_harmless(found: Make) -> None:
    one = found(
        flow_name="::error::\x1b[31m", reason="line\nbreak ##[error]", old_error_code="\u202e"
    )

    text = run_text("old-1", [one], journal="j")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "##[" not in text
    assert run_json("old-1", [one], journal="j").isascii()


def test_programs_get_the_row_as_reports_have_it_with_its_events(found: Make) -> None:
    for one in (found(), found(wave=None, outcome="skipped", asked_at_ms=None)):
        document = json.loads(run_json("old-1", [one], journal="j"))
        jsonschema.validate(document, json.loads(schema_text("run")))
        (told,) = document["found"]
        assert told["row"]["old_run_id"] == "old-1"
        assert told["row"]["asked_at"] == ("2026-11-20T02:00:00.123Z" if one.events else None)
        assert told["events"] == [json.loads(line) for line in one.events]
