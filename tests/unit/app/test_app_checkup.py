"""What `doctor` makes of what it saw."""

import json

import pytest

from runner.app.checkup import (
    Finding,
    State,
    as_json,
    as_line,
    clock_found,
    exit_code_of,
    failed,
    in_sum,
    journal_found,
    not_checked,
    ok,
    sandbox_found,
    token_found,
    warning,
)
from runner.errors import CredentialsRefused, UsageError
from runner.model.platform import Sandbox
from runner.model.secret import Secret
from runner.model.spec import OAuth, ReadyToken
from runner.model.words import SandboxName

PROD = SandboxName("prod")
IMS = "https://ims.example.com"
OAUTH = OAuth(ims_url=IMS, client_id="c", client_secret=Secret("s3cret"), scopes=("openid",))
READY = ReadyToken(client_id="c", access_token=Secret("t0ken"))


def sandbox(**facts: str) -> dict[SandboxName, Sandbox]:
    usual = {"title": "", "state": "active", "type": "production", "region": "NLD2"}
    return {PROD: Sandbox(name=PROD, is_default=False, **(usual | facts))}  # type: ignore[arg-type]


@pytest.mark.parametrize("offset_ms", [0, 5000, -5000])
def test_clocks_that_hardly_differ_agree(offset_ms: int) -> None:
    assert clock_found(offset_ms) == ok("clock", "agrees with the platform's to within 5s")


@pytest.mark.parametrize(
    ("offset_ms", "words"),
    [
        (5001, "this machine's clock is 5s behind the platform's."),
        (-5001, "this machine's clock is 5s ahead of the platform's."),
        (3_600_000, "this machine's clock is 1h00m behind the platform's."),
    ],
)
def test_a_clock_that_differs_is_a_warning_that_says_which_way_and_why_it_matters(
    offset_ms: int, words: str
) -> None:
    found = clock_found(offset_ms)

    assert (found.state, found.exit_code) == (State.WARNING, 0)
    assert found.fact.startswith(words)
    assert "`last: 24h`" in found.fact
    assert "NTP" in found.remedy


def test_a_clock_that_was_not_seen_is_not_judged() -> None:
    assert clock_found(None) == not_checked("clock", "no Date was had from the platform")


@pytest.mark.parametrize(
    ("auth", "seconds", "fact"),
    [
        (OAUTH, 86_399.0, f"obtained from {IMS}; lasts 23h59m"),
        (OAUTH, None, f"obtained from {IMS}; how long it lasts is not said"),
        (
            READY,
            None,
            "a ready access token is set; how long it lasts is not known, and it cannot be renewed",
        ),
    ],
)
def test_a_token_is_told_with_how_long_it_lasts(
    auth: OAuth | ReadyToken, seconds: float | None, fact: str
) -> None:
    assert token_found(auth, seconds=seconds) == ok("token", fact)


@pytest.mark.parametrize(
    ("facts", "state", "fact"),
    [
        ({}, State.OK, "active, production, region NLD2"),
        ({"state": "", "type": ""}, State.OK, "of unknown state, of unknown type, region NLD2"),
        (
            {"state": "resetting", "region": ""},
            State.FAILED,
            "resetting, production, region unknown: only an active sandbox can be worked in.",
        ),
    ],
)
def test_a_listed_sandbox_must_be_active(facts: dict[str, str], state: State, fact: str) -> None:
    found = sandbox_found(PROD, sandbox(**facts), is_readable=False)

    assert (found.check, found.state, found.fact) == ("sandbox prod", state, fact)
    assert found.exit_code == (7 if state is State.FAILED else 0)


@pytest.mark.parametrize(
    ("is_readable", "state", "code"), [(True, State.WARNING, 0), (False, State.FAILED, 2)]
)
def test_a_sandbox_that_is_not_listed_fails_only_when_it_cannot_be_read(
    *, is_readable: bool, state: State, code: int
) -> None:
    found = sandbox_found(SandboxName("stage"), sandbox(), is_readable=is_readable)

    assert (found.state, found.exit_code) == (state, code)
    assert found.fact == "it is not among those that these credentials can see (prod)."


def test_without_the_list_nothing_is_said_of_a_sandbox() -> None:
    assert sandbox_found(PROD, None, is_readable=True).state is State.NOT_CHECKED


@pytest.mark.parametrize(
    ("executions", "unfinished", "state", "words"),
    [
        (None, "", State.WARNING, "there is none at j.db;"),
        (0, "", State.WARNING, "j.db knows no execution of this organisation"),
        (1, "", State.OK, "j.db: 1 execution, can be written"),
        (
            1200,
            "e-7",
            State.OK,
            "j.db: 1,200 executions, can be written; e-7 of this spec is unfinished, and apply goes on with it",
        ),
    ],
)
def test_a_journal_is_told_with_its_history(
    executions: int | None, unfinished: str, state: State, words: str
) -> None:
    found = journal_found("j.db", executions=executions, unfinished=unfinished)

    assert (found.state, found.fact[: len(words)]) == (state, words)


WARNED = warning("clock", "fast", remedy="Set it.")
USAGE = failed("proxy", UsageError("no proxy.", remedy="Unset it."))
REFUSED = failed("token", CredentialsRefused("refused.", remedy="Check it."))
OUTRIGHT = failed("token", CredentialsRefused("invalid_client.", may_pass=False))


@pytest.mark.parametrize(
    ("found", "code", "sentence"),
    [
        ([], 0, "all is well"),
        ([ok("a", "b"), not_checked("c", "d")], 0, "all is well"),
        ([WARNED], 0, "nothing failed; 1 warning"),
        ([WARNED, WARNED], 0, "nothing failed; 2 warnings"),
        ([USAGE, WARNED], 2, "1 failed, 1 warning"),
        ([REFUSED, USAGE], 7, "2 failed"),
        ([OUTRIGHT], 2, "1 failed"),
        ([OUTRIGHT, REFUSED], 7, "2 failed"),
    ],
)
def test_the_most_serious_failure_is_the_exit_code(
    found: list[Finding], code: int, sentence: str
) -> None:
    assert (exit_code_of(found), in_sum(found)) == (code, sentence)


def test_a_line_holds_state_check_fact_and_remedy_and_nothing_that_a_terminal_obeys() -> None:
    hostile = failed("token", CredentialsRefused("a \x1b[31m\n::error::", remedy="Check it."))

    assert as_line(ok("a", "b"), widest_check=5) == "ok           a      b"
    assert as_line(USAGE, widest_check=5) == "FAILED       proxy  no proxy. Unset it."
    assert as_line(hostile, widest_check=5) == (
        "FAILED       token  a \\x1b[31m\\n::error:: Check it."
    )


def test_a_program_reads_the_same_findings() -> None:
    assert json.loads(as_json([USAGE], spec="s.yaml")) == {
        "version": 1,
        "spec": "s.yaml",
        "exit_code": 2,
        "checks": [
            {"check": "proxy", "state": "failed", "fact": "no proxy.", "remedy": "Unset it."}
        ],
    }
