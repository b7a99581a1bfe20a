"""The spec that a command line stands for."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import UsageError
from runner.model.spec import OAuth, ReadyToken, Spec
from runner.spec import OneOff, check_text, one_off_text
from runner.spec.one_off import one_off_name

SECRET = "planted-s3cret"
TOKEN = "planted-t0ken"
ENVIRONMENT = {
    "AEP_ORG_ID": "0123@AdobeOrg",
    "AEP_CLIENT_ID": "client",
    "AEP_CLIENT_SECRET": SECRET,
}
ONE = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
TWO = "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"
PLAIN = OneOff(
    sandbox="prod", runs=(ONE,), reason="INC-1", ticket=None, platform_url=None, ims_url=None
)


def one_off(**facts: Any) -> OneOff:
    return replace(PLAIN, **facts)


def spec_of(asked: OneOff, environment: dict[str, str]) -> Spec:
    text = one_off_text(asked, environment=environment)
    checked = check_text(text, path="x", environment=environment, base=Path(), now_ms=0)
    assert checked.problems == ()
    assert checked.spec is not None
    assert checked.spec.text == text
    return checked.spec


def refusal(asked: OneOff, environment: dict[str, str]) -> str:
    with pytest.raises(UsageError) as caught:
        one_off_text(asked, environment=environment)
    assert caught.value.remedy
    return str(caught.value)


def test_the_text_reads_as_a_spec_that_a_person_could_have_written() -> None:
    asked = one_off(runs=(TWO, ONE), ticket="INC-1")

    assert one_off_text(asked, environment=ENVIRONMENT).splitlines()[1:] == [
        "version: 1",
        f"name: {one_off_name(asked)}",
        'reason: "INC-1"',
        'ticket: "INC-1"',
        "connection:",
        '  org_id: "${AEP_ORG_ID}"',
        "  auth:",
        '    client_id: "${AEP_CLIENT_ID}"',
        '    client_secret: "${AEP_CLIENT_SECRET}"',
        "sandboxes:",
        '  - name: "prod"',
        "    runs:",
        f'      - "{ONE}"',
        f'      - "{TWO}"',
    ]


def test_it_means_what_the_command_line_says() -> None:
    spec = spec_of(one_off(runs=(TWO, ONE, TWO), reason="why", ticket="T-1"), ENVIRONMENT)

    assert (spec.reason, spec.ticket) == ("why", "T-1")
    assert [(sandbox.name, sandbox.runs) for sandbox in spec.sandboxes] == [("prod", (ONE, TWO))]
    assert spec.connection.org_id == "0123@AdobeOrg"
    assert spec.connection.platform_url == "https://platform.adobe.io"
    assert isinstance(spec.connection.auth, OAuth)
    assert spec.connection.auth.client_secret.reveal == SECRET
    assert spec.connection.auth.ims_url == "https://ims-na1.adobelogin.com"


def test_no_secret_is_in_the_text() -> None:
    everything = {**ENVIRONMENT, "AEP_ACCESS_TOKEN": TOKEN}

    assert "planted" not in one_off_text(PLAIN, environment=everything)


def test_a_ready_token_is_used_where_there_is_no_secret_and_a_secret_wins() -> None:
    token_only = {**ENVIRONMENT, "AEP_ACCESS_TOKEN": TOKEN, "AEP_CLIENT_SECRET": ""}
    auth = spec_of(PLAIN, token_only).connection.auth
    assert isinstance(auth, ReadyToken)
    assert auth.access_token.reveal == TOKEN

    both = {**ENVIRONMENT, "AEP_ACCESS_TOKEN": TOKEN}
    assert isinstance(spec_of(PLAIN, both).connection.auth, OAuth)


def test_addresses_come_from_options_or_else_from_the_environment() -> None:
    named = {
        **ENVIRONMENT,
        "AEP_PLATFORM_URL": "https://a.example.com",
        "AEP_IMS_URL": "https://b.example.com",
    }
    spec = spec_of(PLAIN, named)
    assert isinstance(spec.connection.auth, OAuth)
    assert spec.connection.platform_url == "https://a.example.com"
    assert spec.connection.auth.ims_url == "https://b.example.com"

    asked = one_off(platform_url="https://c.example.com", ims_url="https://d.example.com")
    spec = spec_of(asked, named)
    assert isinstance(spec.connection.auth, OAuth)
    assert spec.connection.platform_url == "https://c.example.com"
    assert spec.connection.auth.ims_url == "https://d.example.com"


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({}, "AEP_ORG_ID, AEP_CLIENT_ID, AEP_CLIENT_SECRET (or AEP_ACCESS_TOKEN)"),
        ({**ENVIRONMENT, "AEP_ORG_ID": ""}, "AEP_ORG_ID"),
        ({**ENVIRONMENT, "AEP_CLIENT_SECRET": ""}, "AEP_CLIENT_SECRET (or AEP_ACCESS_TOKEN)"),
    ],
)
def test_every_missing_variable_is_named_at_once(environment: dict[str, str], missing: str) -> None:
    assert refusal(PLAIN, environment) == (
        f"not set in the environment: {missing}. Nothing was sent."
    )


@pytest.mark.parametrize("where", ["sandbox", "reason", "ticket", "platform_url", "ims_url"])
def test_bytes_that_are_no_text_are_refused(where: str) -> None:
    assert "no UTF-8 text" in refusal(one_off(**{where: "a\udcff"}), ENVIRONMENT)
    assert "no UTF-8 text" in refusal(one_off(runs=(ONE, "a\udcff")), ENVIRONMENT)


def test_the_name_hangs_on_the_runs_and_the_sandbox_alone() -> None:
    name = one_off_name(one_off(runs=(ONE, TWO)))

    assert re.fullmatch(r"one-off-4fb0418e-and-1-more-[0-9a-f]{8}", name)
    assert re.fullmatch(r"one-off-4fb0418e-[0-9a-f]{8}", one_off_name(PLAIN))
    assert one_off_name(one_off(runs=(TWO, ONE, ONE), reason="other", ticket="T")) == name
    others = [one_off(runs=(ONE,)), one_off(runs=(TWO,)), one_off(runs=(ONE, TWO), sandbox="dev")]
    assert len({name, *map(one_off_name, others)}) == 4


def test_the_same_command_gives_the_same_text_whatever_the_order_of_its_runs() -> None:
    first = one_off_text(one_off(runs=(ONE, TWO)), environment=ENVIRONMENT)

    assert one_off_text(one_off(runs=(TWO, ONE, TWO)), environment=ENVIRONMENT) == first


def test_the_same_runs_in_another_spelling_are_the_same_command() -> None:
    asked = one_off(runs=(ONE, TWO))
    again = one_off(runs=(TWO.upper(), ONE.upper(), TWO))

    assert one_off_name(again) == one_off_name(asked)
    assert one_off_text(again, environment=ENVIRONMENT) == one_off_text(
        asked, environment=ENVIRONMENT
    )


def test_what_is_no_id_is_complained_about_as_it_was_written() -> None:
    text = one_off_text(one_off(runs=("Bad Id",)), environment=ENVIRONMENT)

    checked = check_text(text, path="x", environment=ENVIRONMENT, base=Path(), now_ms=0)
    assert ["Bad Id" in problem.found for problem in checked.problems] == [True]


@pytest.mark.parametrize(
    "reason",
    [
        "${HOME} and $${X} and $$${Y} and ${",
        "say \"it\": 'so' # no",
        "- a\n- b\tc",
        "\u2028\ufeff",
        "😀 ünï",
    ],
)
def test_a_reason_is_kept_to_the_letter(reason: str) -> None:
    assert spec_of(one_off(reason=f"x{reason}"), ENVIRONMENT).reason == f"x{reason}"


@given(reason=st.text(max_size=200))
def test_whatever_the_reason_it_is_kept_to_the_letter_or_refused_in_words(reason: str) -> None:
    asked = one_off(reason=reason)
    if re.search("[\ud800-\udfff]", reason):
        assert refusal(asked, ENVIRONMENT)
        return
    text = one_off_text(asked, environment=ENVIRONMENT)
    checked = check_text(text, path="x", environment=ENVIRONMENT, base=Path(), now_ms=0)
    if checked.spec:
        assert checked.spec.reason == reason
    else:
        assert {problem.path for problem in checked.problems} <= {"reason", ""}
        assert not reason.strip() or re.search("[\x00-\x1f\x7f-\x9f\ufffe\uffff]", reason)


@given(runs=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_whatever_the_ids_the_name_is_one_that_a_spec_may_have(runs: list[str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", one_off_name(one_off(runs=tuple(runs))))
