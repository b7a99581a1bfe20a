"""Runs whose fate is unknown are listed with what a person needs to look them up."""

from dataclasses import replace

from runner.model.report import ResultRow
from runner.model.words import ExecutionId
from runner.progress import unresolved_text

ROW = ResultRow(
    execution_id=ExecutionId("20261120-0200-k3v9"),
    sandbox="prod",
    flow_id="a7a7a7a7-a7a7-4a7a-87a7-a7a7a7a7a7a7",
    flow_name="S3 orders",
    old_run_id="4fb0418e-1804-45d6-8d56-dd51f05c0baf",
    old_etag="",
    old_status="failed",
    old_error_code="",
    outcome="unresolved",
    reason="2 runs of this flow are newer than the request, and nothing says which is its: one, two",
    evidence="",
    new_run_id="",
    new_etag="",
    new_status="",
    recovery="",
    records_in=None,
    records_out=None,
    attempts=1,
    http_status=None,
    request_id="",
    wave=1,
    asked_at_ms=1_795_140_000_000,
    settled_at_ms=None,
)


def test_each_has_its_place_its_time_and_what_was_seen() -> None:
    assert unresolved_text([ROW], more=0) == (
        "unresolved: 1 run, asked for without an answer\n"
        "- prod: run 4fb0418e-1804-45d6-8d56-dd51f05c0baf of flow a7a7a7a7-a7a7-4a7a-87a7-a7a7a7a7a7a7 (S3 orders), "
        "asked 2026-11-20 02:00:00 UTC\n"
        "  2 runs of this flow are newer than the request, and nothing says which is its: one, two"
    )


def test_others_words_steer_no_terminal_and_have_an_end() -> None:
    row = replace(ROW, flow_name="S3\x1b[2J" + "x" * 1000, reason="no\nanswer" + "x" * 2000)
    text = unresolved_text([row], more=0)

    assert "\x1b" not in text
    assert len(text.splitlines()) == 3
    assert len(text) < 1600
    assert (
        "4fb0418e-1804-45d6-8d56-dd51f05c0baf of flow a7a7a7a7-a7a7-4a7a-87a7-a7a7a7a7a7a7" in text
    )


def test_the_rest_is_counted_and_its_place_named() -> None:
    text = unresolved_text([ROW], more=1234)

    assert text.startswith("unresolved: 1,235 runs")
    assert "and 1,234 more: --format json names them all" in text


def test_nothing_is_said_where_none_is() -> None:
    assert unresolved_text([], more=0) == ""
