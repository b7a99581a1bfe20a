"""Rules that a schema cannot state: about secrets, addresses, files, the time, and what needs what."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.spec import Checked, Problem, Severity
from runner.spec.connection_rules import is_loopback, url_fault

Check = Callable[..., Checked]
Sentences = Callable[..., list[str]]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_a_loopback_host_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.example.com", "127.0.0.1.example.com", "0.0.0.0", "example.com", ""]
)
def test_other_hosts_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "url",
    [
        "https://platform.adobe.io",
        "https://platform.adobe.io/",
        "https://proxy.example.com/adobe",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost:8080/",
    ],
)
def test_these_addresses_are_fine(url: str) -> None:
    assert url_fault(url) is None


@pytest.mark.parametrize(
    ("url", "fact"),
    [
        ("https://", "this is not an address."),
        ("https://[::1", "this is not an address."),
        ("https://x:99999", "this is not an address."),
        ("ftp://x", "this is not an address."),
        ("https:/\\evil.example.com", "this is not an address."),
        ("https://user@x", "the address holds a name or password."),
        ("https://x/?a=b", "the address holds a query or fragment."),
        ("https://x/#a", "the address holds a query or fragment."),
        ("https://x/data/foundation", "the address holds a path that the program adds itself."),
        ("https://x/ims/token/v3", "the address holds a path that the program adds itself."),
        ("http://127.0.0.1@x", "the address holds a name or password."),
        ("http://10.0.0.1", "plain http would send the access token in the open."),
    ],
)
def test_these_addresses_are_not(url: str, fact: str) -> None:
    fault = url_fault(url)
    assert fault is not None
    assert fault[0] == fact


def secret_file(folder: Path, content: bytes, *, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return "{file: secret}"


def test_a_secret_is_read_from_its_file_without_its_line_end(
    check: Check, small: str, tmp_path: Path
) -> None:
    checked = check(small.replace("${SECRET}", secret_file(tmp_path, b"s3cret\n")))
    assert checked.problems == ()
    assert checked.spec is not None
    assert checked.spec.connection.auth.client_secret.reveal == "s3cret"  # type: ignore[union-attr]
    assert "s3cret" not in repr(checked.spec)


def test_a_secret_file_that_others_can_read_is_a_warning(
    check: Check, small: str, tmp_path: Path
) -> None:
    checked = check(small.replace("${SECRET}", secret_file(tmp_path, b"s3cret", mode=0o644)))
    assert [(one.code, one.severity) for one in checked.problems] == [
        ("open-secret-file", Severity.WARNING)
    ]
    assert checked.spec is not None


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (b"", "the file is empty."),
        (b" \n", "the file is empty."),
        (b"one two", "the file holds more than one word."),
        (b"one\ntwo", "the file holds more than one word."),
        (b"\xff\xfe", "the file does not hold plain ASCII text."),
        (b"x" * 70_000, "the file is too large for a secret."),
    ],
)
def test_a_file_without_one_secret_is_refused(
    check: Check, small: str, tmp_path: Path, content: bytes, fact: str
) -> None:
    checked = check(small.replace("${SECRET}", secret_file(tmp_path, content)))
    assert [(one.path, one.message) for one in checked.problems] == [
        ("connection.auth.client_secret.file", fact)
    ]


def test_a_folder_is_no_secret_file(check: Check, small: str) -> None:
    checked = check(small.replace("${SECRET}", "{file: .}"))
    assert [one.message for one in checked.problems] == ["this is not a file."]


def test_without_an_environment_secrets_need_not_be_there(check: Check, small: str) -> None:
    for secret in ("${NO_SUCH}", "{file: no-such-file}"):
        checked = check(small.replace("${SECRET}", secret), environment=None)
        assert (checked.problems, checked.spec) == ((), None)


def test_without_an_environment_a_literal_secret_is_still_refused(
    sentences: Sentences, small: str
) -> None:
    assert sentences(small.replace("${SECRET}", "abc"), environment=None) == [
        "8:20 literal-secret connection.auth.client_secret"
    ]


def test_without_an_environment_placeholders_fit_everywhere(
    sentences: Sentences, head: str
) -> None:
    text = head + (
        "sandboxes:\n- name: ${A}\n  runs: ['${B}']\n  limits: {max_per_second: '${C}'}\n"
        "  filters: [{status: ['${D}'], started: {from: '${E}', to: '${F}'}}]\n"
        "waves: ['${G}', 100%]\nwait: {for_recovery: '${H}', timeout: '${I}'}\n"
    ).replace("an example", "${J}")
    assert sentences(text, environment=None) == []


def test_without_an_environment_a_placeholder_is_no_list(sentences: Sentences, head: str) -> None:
    text = head + "sandboxes: ${A}\n"
    assert sentences(text, environment=None) == ["9:12 wrong-type sandboxes"]


def test_the_method_of_logging_in_may_be_a_placeholder(sentences: Sentences, small: str) -> None:
    text = small.replace("    client_id", "    method: ${M}\n    client_id")
    assert sentences(text, environment=None) == []
    environment = {"ORG": "o", "CLIENT": "c", "SECRET": "s", "M": "access_token"}
    assert sentences(text, environment=environment) == [
        "6:3 missing-key connection.auth",
        "9:5 unknown-key connection.auth",
    ]


def test_digits_from_the_environment_stay_an_id(check: Check, small: str) -> None:
    checked = check(small, environment={"ORG": "1e5", "CLIENT": "no", "SECRET": "0123"})
    assert checked.problems == ()
    assert checked.spec is not None
    assert checked.spec.connection.org_id == "1e5"
    assert checked.spec.connection.auth.client_id == "no"


def test_numbers_and_flags_from_the_environment_are_read_as_such(check: Check, small: str) -> None:
    text = small + "limits:\n  max_per_second: ${RATE}\nwait:\n  for_recovery: ${WAIT}\n"
    environment = {"ORG": "o", "CLIENT": "c", "SECRET": "s", "RATE": "0.5", "WAIT": "true"}
    checked = check(text, environment=environment)
    assert checked.spec is not None
    assert (checked.spec.limits.max_per_second, checked.spec.wait.for_recovery) == (0.5, True)


def test_no_value_of_a_secret_variable_is_ever_shown(check: Check, small: str) -> None:
    environment = {"ORG": "o", "CLIENT": "c", "SECRET": "very secret\nvalue"}
    shown = repr(check(small, environment=environment).problems)
    assert "odd-secret" in shown
    assert "very" not in shown


@pytest.mark.parametrize(
    ("place", "fact"),
    [
        ("client_id: ${CLIENT}", "the value of ${SECRET} is not an id."),
        ("org_id: ${ORG}", "the value of ${SECRET} is not an id."),
        ("name: prod", "the value of ${SECRET} is not a sandbox name."),
    ],
)
def test_a_secret_that_went_astray_is_not_shown_either(
    check: Check, small: str, place: str, fact: str
) -> None:
    text = small.replace(place, f"{place.split(':', maxsplit=1)[0]}: ${{SECRET}}")
    checked = check(text, environment={"ORG": "o", "CLIENT": "c", "SECRET": "very secret"})
    assert fact in [one.message for one in checked.problems]
    assert "very" not in repr(checked.problems)


def test_control_characters_in_a_variable_are_refused(sentences: Sentences, small: str) -> None:
    text = small.replace("an example", "${WHY}")
    environment = {"ORG": "o", "CLIENT": "c", "SECRET": "s", "WHY": "red \x1b[31m"}
    assert sentences(text, environment=environment) == ["3:9 control-character reason"]


def test_a_spec_from_a_plan_does_not_need_its_file_of_runs(
    check: Check, sentences: Sentences, head: str
) -> None:
    text = head + "sandboxes:\n- name: prod\n  runs_from: gone.csv\n"
    assert sentences(text) == ["11:14 runs-file sandboxes[prod].runs_from"]
    checked = check(text, for_resume=True)
    assert checked.problems == ()
    assert checked.spec is not None


def test_bad_lines_of_a_file_of_runs_are_placed_in_that_file(
    check: Check, head: str, tmp_path: Path
) -> None:
    (tmp_path / "runs.txt").write_text("a\nb c\n")
    (problem,) = check(head + "sandboxes:\n- name: prod\n  runs_from: runs.txt\n").problems
    assert (problem.file, problem.line, problem.column) == (str(tmp_path / "runs.txt"), 2, 0)
    assert problem.sentence == '"b c" is not a run id. A run id is letters, digits and hyphens.'


def test_a_short_timeout_matters_only_where_there_is_a_gateway(
    sentences: Sentences, small: str
) -> None:
    text = small + "timeouts: {connect: 1s, request: 5s}\n"
    assert sentences(text) == ["12:34 short-timeout timeouts.request"]
    local = text.replace("connection:", "connection:\n  platform_url: http://127.0.0.1:80")
    assert sentences(local) == []


def test_a_time_that_has_come_is_not_in_the_future(sentences: Sentences, head: str) -> None:
    text = head + "sandboxes:\n- name: prod\n  filters: [{started: {from: 2026-11-22T00:00:00Z}}]\n"
    assert sentences(text) == ["11:30 window sandboxes[prod].filters[1].started.from"]
    later_ms = 1_795_219_200_000 + 2 * 86_400_000
    assert sentences(text, now_ms=later_ms) == []


def test_every_rule_that_needs_waiting_is_content_with_it(sentences: Sentences, head: str) -> None:
    text = head + (
        "sandboxes:\n- name: prod\n  runs: [a]\n  limits: {max_running: 5}\n"
        "on_failure: stop\nlimits: {max_running: 50}\n"
    )
    assert [one.split(" ")[1] for one in sentences(text)] == ["needs-waiting"] * 3
    assert sentences(text + "wait: {for_recovery: true}\n") == []


def test_more_runs_than_the_cap_are_a_warning(sentences: Sentences, head: str) -> None:
    text = head + "sandboxes:\n- name: prod\n  runs: [a, b, c]\ncap: {max_runs: 2}\n"
    assert sentences(text) == ["12:17 over-cap cap.max_runs"]


def test_rules_hold_for_half_broken_files_without_saying_things_twice(
    sentences: Sentences, head: str
) -> None:
    text = head + (
        "sandboxes:\n- name: [x]\n  runs: 5\n  limits: fast\n"
        "  filters: [7, {started: [], status: [{a: b}, [c]]}]\n- 3\n"
        "waves: {a: b}\nwait: soon\ntimeouts: [1]\ncap: {max_runs: many}\nretry: {first_wait: [1s]}\n"
    )
    assert sentences(text) == [
        "10:9 wrong-type sandboxes[1].name",
        "11:9 wrong-type sandboxes[1].runs",
        "12:11 wrong-type sandboxes[1].limits",
        "13:13 wrong-type sandboxes[1].filters[1]",
        "13:26 wrong-type sandboxes[1].filters[2].started",
        "13:39 wrong-type sandboxes[1].filters[2].status[1]",
        "13:47 wrong-type sandboxes[1].filters[2].status[2]",
        "14:3 wrong-type sandboxes[2]",
        "15:8 wrong-type waves",
        "16:7 wrong-type wait",
        "17:11 wrong-type timeouts",
        "18:17 wrong-type cap.max_runs",
        "19:21 wrong-type retry.first_wait",
    ]


def test_a_secret_file_that_goes_away_while_it_is_checked_is_a_problem(
    check: Check, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = small.replace("${SECRET}", secret_file(tmp_path, b"s3cret"))

    def remove_it(_view: object) -> list[Problem]:
        (tmp_path / "secret").unlink()
        return []

    monkeypatch.setattr("runner.spec.check.problems_of_meaning", remove_it)
    checked = check(text)
    assert [(one.code, one.path) for one in checked.problems] == [
        ("secret-file", "connection.auth")
    ]
    assert checked.spec is None


def test_json_is_yaml_too(check: Check) -> None:
    text = json.dumps(
        {
            "version": 1,
            "name": "example",
            "reason": "written by a program",
            "connection": {
                "org_id": "${ORG}",
                "auth": {"client_id": "${CLIENT}", "client_secret": "${SECRET}"},
            },
            "sandboxes": [{"name": "prod", "runs": ["a"]}],
        }
    )
    assert check(text).problems == ()
