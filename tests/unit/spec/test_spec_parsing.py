"""What comes out: whole Specs compared, defaults held to the schema, and the ways to read a file."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.model.secret import Secret
from runner.model.spec import (
    BetweenWaves,
    Cap,
    Connection,
    ErrorMatch,
    Filter,
    FlowMatch,
    Last,
    Limits,
    OAuth,
    QuietHours,
    ReadyToken,
    ReconcileSettings,
    ReportSettings,
    RetrySettings,
    SandboxSpec,
    Spec,
    StopRules,
    Timeouts,
    WaitSettings,
    Wave,
    Window,
)
from runner.model.words import FlowId, OnFailure, Order, ReportFormat, RunId, SandboxName
from runner.spec import (
    Checked,
    SpecInvalid,
    check_file,
    check_plan_spec,
    load_validated,
    read_spec,
)

Check = Callable[..., Checked]
SPECS = Path(__file__).parents[3] / "specs"
MEANT = "text or a group of keys"
NOW_MS = 1_795_219_200_000
ENVIRONMENT = {
    "AEP_ORG_ID": "ORG@AdobeOrg",
    "AEP_CLIENT_ID": "client",
    "AEP_CLIENT_SECRET": "s3cret",
    "AEP_ACCESS_TOKEN": "t0ken",
}
SCOPES = (
    "openid",
    "session",
    "AdobeID",
    "read_organizations",
    "additional_info.projectedProductContext",
)


def test_a_spec_of_required_keys_alone_means_the_safe_thing() -> None:
    spec = read_spec(SPECS / "minimal.yaml", environment=ENVIRONMENT, now_ms=NOW_MS)
    text = (SPECS / "minimal.yaml").read_text()
    expected = Spec(
        path=str(SPECS / "minimal.yaml"),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        name="inc-2041",
        reason="INC-2041: expired S3 key",
        ticket=None,
        connection=Connection(
            platform_url="https://platform.adobe.io",
            org_id="ORG@AdobeOrg",
            operation="re-trigger",
            auth=OAuth(
                ims_url="https://ims-na1.adobelogin.com",
                client_id="client",
                client_secret=Secret("s3cret"),
                scopes=SCOPES,
            ),
        ),
        limits=Limits(max_per_second=5, max_at_once=8),
        sandboxes=(
            SandboxSpec(
                name=SandboxName("prod"),
                limits=Limits(),
                stop_when=StopRules(),
                runs=(),
                runs_from=None,
                filters=(
                    Filter(
                        statuses=("failed",),
                        started=Last(seconds=86_400),
                        flows=FlowMatch(),
                        errors=ErrorMatch(),
                        zero_records=False,
                    ),
                ),
                excluded_runs=frozenset(),
                excluded_flows=(),
            ),
        ),
        order=Order.OLDEST_FIRST,
        on_failure=OnFailure.CONTINUE,
        waves=(Wave(amount=100, unit="percent"),),
        between_waves=BetweenWaves(max_failed_percent=0, soak_seconds=0, ask=False),
        stop_when=StopRules(failed=None, failed_percent=None, consecutive=20),
        cap=Cap(max_runs=1000, max_runs_per_flow=None),
        wait=WaitSettings(for_recovery=False, timeout_seconds=7200, poll_every_seconds=30),
        report=ReportSettings(
            directory=Path("reports"),
            formats=(ReportFormat.CSV, ReportFormat.JSON, ReportFormat.MARKDOWN),
        ),
        plan_valid_for_seconds=86_400,
        timeouts=Timeouts(connect_seconds=10, request_seconds=75),
        retry=RetrySettings(
            attempts=5, first_wait_seconds=1, longest_wait_seconds=60, budget_percent=10
        ),
        reconcile=ReconcileSettings(answer_window_seconds=60, visibility_lag_seconds=180),
        lease_expires_after_seconds=60,
    )
    assert spec == expected


def test_every_key_arrives_where_it_belongs() -> None:
    spec = read_spec(SPECS / "full.yaml", environment=ENVIRONMENT, now_ms=NOW_MS)
    assert spec.limits == Limits(
        max_per_second=5,
        max_at_once=8,
        max_running=50,
        max_running_per_flow=1,
        max_per_day=500,
        max_reads_per_second=10,
        quiet=QuietHours(from_minute=60, to_minute=300, zone="Europe/Zurich"),
    )
    assert spec.sandboxes[0] == SandboxSpec(
        name=SandboxName("prod"),
        limits=Limits(
            max_per_second=2,
            max_at_once=4,
            max_running=20,
            max_running_per_flow=1,
            max_per_day=90,
            max_reads_per_second=5,
            quiet=QuietHours(from_minute=1350, to_minute=1410, zone="UTC"),
        ),
        stop_when=StopRules(failed=10, failed_percent=30, consecutive=4),
        runs=(RunId("4fb0418e-1804-45d6-8d56-dd51f05c0baf"),),
        runs_from=SPECS / "failed-runs.csv",
        filters=(
            Filter(
                statuses=("failed",),
                started=Window(from_ms=1_795_140_000_000, to_ms=1_795_150_800_000),
                flows=FlowMatch(
                    names=("S3 *",),
                    ids=(FlowId("c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"),),
                    connectors=("Amazon S3",),
                ),
                errors=ErrorMatch(
                    include=("CONNECTOR-1001-*",),
                    exclude=("140",),
                    include_clusters=("CONNECTOR-1001-500/*",),
                    exclude_clusters=("CONNECTOR-1001-500/0a9d7e",),
                ),
                zero_records=False,
            ),
            Filter(
                statuses=("failed", "partialFailure"),
                started=Last(seconds=21_600),
                flows=FlowMatch(),
                errors=ErrorMatch(),
                zero_records=True,
            ),
        ),
        excluded_runs=frozenset({RunId("0f3a2b7c-5d1e-4a88-9c40-6b1f8f2f9d11")}),
        excluded_flows=("Legacy *",),
    )
    assert (spec.order, spec.on_failure) == (Order.OLDEST_FIRST, OnFailure.HOLD_FLOW)
    assert spec.waves == (
        Wave(amount=1, unit="runs"),
        Wave(amount=10, unit="percent"),
        Wave(amount=100, unit="percent"),
    )
    assert spec.between_waves == BetweenWaves(max_failed_percent=5, soak_seconds=600, ask=False)
    assert spec.stop_when == StopRules(
        failed=20, failed_percent=20, consecutive=5, consecutive_per_flow=3
    )
    assert spec.cap == Cap(max_runs=500, max_runs_per_flow=50)
    assert spec.wait == WaitSettings(for_recovery=True, timeout_seconds=7200, poll_every_seconds=30)
    assert spec.report.formats == tuple(ReportFormat)
    assert spec.ticket == "https://tickets.example.com/INC-2041"


def test_a_ready_token_needs_no_secret(check: Check, small: str) -> None:
    text = small.replace(
        "client_secret: ${SECRET}", "method: access_token\n    access_token: ${SECRET}"
    )
    checked = check(text)
    assert checked.spec is not None
    assert checked.spec.connection.auth == ReadyToken(
        client_id="client", access_token=Secret("s3cret-value")
    )


def test_a_retry_budget_is_a_percent(check: Check, small: str) -> None:
    spec = check(f"{small}retry: {{budget: 2.5%}}\n").spec
    assert spec is not None
    assert spec.retry.budget_percent == 2.5
    assert [p.code for p in check(f"{small}retry: {{budget: 10}}\n").problems] == ["yaml-trap"]


def test_a_stop_rule_is_switched_off_by_null(check: Check, small: str) -> None:
    checked = check(small + "stop_when: {consecutive: null, failed_percent: 2.5%}\n")
    assert checked.spec is not None
    assert checked.spec.stop_when == StopRules(failed=None, failed_percent=2.5, consecutive=None)


def test_a_stop_rule_beside_others_keeps_its_default(check: Check, small: str) -> None:
    checked = check(small + "stop_when: {failed: 3}\n")
    assert checked.spec is not None
    assert checked.spec.stop_when == StopRules(failed=3, failed_percent=None, consecutive=20)


def test_a_window_may_be_open_at_one_end(check: Check, head: str) -> None:
    text = head + (
        "sandboxes:\n- name: prod\n  filters:\n"
        "  - started: {from: 2026-11-20T00:00:00Z}\n  - started: {to: 2026-11-20T01:00:00+01:00}\n"
    )
    checked = check(text)
    assert checked.spec is not None
    assert [one.started for one in checked.spec.sandboxes[0].filters] == [
        Window(from_ms=1_795_132_800_000, to_ms=None),
        Window(from_ms=None, to_ms=1_795_132_800_000),
    ]


def test_a_slash_at_the_end_of_an_address_does_not_matter(check: Check, small: str) -> None:
    checked = check(small.replace("connection:", "connection:\n  platform_url: https://x.example/"))
    assert checked.spec is not None
    assert checked.spec.connection.platform_url == "https://x.example"


def test_the_text_keeps_its_placeholders(check: Check, small: str) -> None:
    checked = check(small)
    assert checked.spec is not None
    assert checked.spec.text == small
    assert "s3cret-value" not in repr(checked.spec)


def test_a_plan_spec_reads_the_same_as_the_file_did(tmp_path: Path, small: str) -> None:
    environment = {"ORG": "o", "CLIENT": "c", "SECRET": "s"}
    path = tmp_path / "x.yaml"
    path.write_text(small)
    first = read_spec(path, environment=environment, now_ms=NOW_MS)
    again = check_plan_spec(
        first.text, path=str(path), environment=environment, base=tmp_path, now_ms=NOW_MS
    )
    assert again.spec == first
    assert again.spec == replace(first)


def test_a_wrong_spec_is_refused_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("version: 2\nname: x\nreason: why\nconnection: 1\n")
    with pytest.raises(SpecInvalid) as caught:
        read_spec(path, environment={}, now_ms=NOW_MS)
    error = caught.value
    assert error.exit_code == 2
    assert [one.code for one in error.problems] == ["missing-key", "unknown-word", "wrong-type"]
    assert str(error).splitlines()[1] == (
        f"{path}:1:10: error: version: 2 is not known here. Allowed: 1."
    )


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("gone.yaml", "there is no such file."),
        (".", "this is a folder."),
        ("a\0b", "this is not a file name."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path, name: str, fact: str) -> None:
    checked = check_file(tmp_path / name, environment={}, now_ms=NOW_MS)
    assert [(one.line, one.code, one.message) for one in checked.problems] == [
        (0, "unreadable", fact)
    ]


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small schema stands in for another of ours, so that only the loading is tested here."""
    from runner.spec import check as room  # noqa: PLC0415  # the room's own import is what is replaced
    from runner.spec.schema import Schema  # noqa: PLC0415  # likewise

    schema = Schema(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "required": ["seed"],
            "properties": {
                "seed": {"type": "integer", "minimum": 0, "examples": [7]},
                "when": {"type": "string"},
                "faults": {
                    "type": "array",
                    "items": {"anyOf": [{"type": "string"}, {"type": "object"}]},
                },
                "more": {"type": "object", "additionalProperties": {"type": "integer"}},
                "odd": {"not": {"type": "null"}, "description": "Anything but nothing."},
            },
        }
    )
    monkeypatch.setattr(room, "load_schema", lambda _name: schema)


@pytest.mark.usefixtures("scenario")
def test_another_file_is_held_against_its_own_schema() -> None:
    text = "seed: 7\nwhen: '2026-11-20'\nfaults: [a, {b: no}]\nmore: {x: 1}\n"
    assert load_validated(text, path="s.yaml", schema="scenario") == {
        "seed": 7,
        "when": "2026-11-20",
        "faults": ["a", {"b": "no"}],
        "more": {"x": 1},
    }


@pytest.mark.usefixtures("scenario")
def test_placeholders_mean_nothing_in_other_files() -> None:
    loaded = load_validated("seed: 7\nwhen: ${NOW\n", path="s.yaml", schema="scenario")
    assert loaded == {"seed": 7, "when": "${NOW"}


@pytest.mark.usefixtures("scenario")
def test_another_file_gets_messages_of_the_same_quality() -> None:
    text = "sed: 7\nwhen: no\nfaults: [1]\nmore: {x: word}\nodd:\n"
    with pytest.raises(SpecInvalid) as caught:
        load_validated(text, path="s.yaml", schema="scenario")
    assert str(caught.value).splitlines() == [
        "s.yaml:1:1: error: `sed` is not a key at the top of this file. Did you mean `seed`?",
        's.yaml:2:7: error: when: `no` is read as false by YAML 1.1. Write "no" in quotes.',
        f"s.yaml:3:10: error: faults[1]: 1 stands here, where {MEANT} is meant. Write {MEANT}.",
        's.yaml:4:11: error: more.x: "word" is not a whole number. Write a whole number.',
        "s.yaml:5:5: error: odd: nothing does not fit here. Anything but nothing.",
    ]


@pytest.mark.usefixtures("scenario")
def test_another_file_that_is_no_yaml_is_refused_in_words() -> None:
    with pytest.raises(SpecInvalid, match=r"s\.yaml:1:8: error: a value is missing inside"):
        load_validated("seed: [", path="s.yaml", schema="scenario")
