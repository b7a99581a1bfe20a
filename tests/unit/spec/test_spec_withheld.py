"""A secret planted near credentials, in a spec broken in any way, is in no word that check prints."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.spec import check_text, render
from runner.spec.withheld import masked_lines

PLANTED = "Zq7xV9wKp2Lm"
HEAD = "version: 1\nname: example\nreason: an example\n"
TAIL = "sandboxes:\n  - name: prod\n    runs: [a]\n"
ENVIRONMENT = {"ORG": "o@AdobeOrg", "CLIENT": "c", "SECRET": "x"}


def said(text: str) -> str:
    """Everything that any form prints of a spec, with and without an environment."""
    forms = []
    for environment in (ENVIRONMENT, None):
        checked = check_text(
            text,
            path="x.yaml",
            environment=environment,
            base=Path("no-such-folder"),
            now_ms=1_795_219_200_000,
        )
        forms += [render(checked.problems, form) for form in ("text", "json", "github")]
        forms += [f"{one!r}" for one in checked.problems]
    return "\n".join(forms)


def spec(auth: str, *, connection: str = "", top: str = "") -> str:
    return f"{HEAD}connection:\n  org_id: ${{ORG}}\n{connection}  auth:\n{auth}\n{TAIL}{top}"


KEYS = (
    "client_secret",
    "client_secrt",
    "clientSecret",
    "access_token",
    "acces_tokn",
    "password",
    "secret",
    "client_id",
    "method",
    "scopes",
    "ims_url",
    "x",
)
# How a value may stand; § is the secret.
VALUES = (
    "§",
    '"§',
    "'§",
    "\t§",
    '"§\n   more',
    "*§",
    "&§",
    "!§",
    "!§ x",
    "!!§",
    "&a §",
    "@§",
    "`§",
    "%§",
    "§: §",
    "a: §",
    '"a" §',
    "'a' §",
    "[§",
    "[§]",
    "[§, §]",
    "[a, [§]]",
    "{§",
    "{§}",
    "{§: §}",
    "{file: {§: 1}}",
    "{file: a, §: 1}",
    "{files: §}",
    "{file: a, extra: §}",
    "|\n      §",
    "|§\n      §",
    ">\n      §\n     §",
    "\n      - §",
    "\n      - §\n      - §",
    "\n    - §: x",
    "\n      deeper: §",
    "\n      deeper:\n        §: 1",
    "\n      ? §",
    "\n      ? [§]\n      : x",
    "\n      §",
    "\n    §",
    "\n  §",
    "\n§",
    "${§",
    "${§}",
    "${§:-§}",
    "${A:-§}",
    "${A}§",
    "§${A}",
    "${${§}}",
    "$§",
    "=§",
    "§ # comment",
    "${SECRET} # §",
    "https://u:§@example.com",
    "https://§@example.com/x",
    "https://u:§/§@example.com",
    "https://example.com/?token=§",
    "https://example.com/#§",
    "https://u:§",
    "u:§@example.com",
    '"\\x5A\\q§"',
    '"§\\x1b"',
    '"§\\ud800"',
    "§ § §",
    "§}",
    "§]",
    "- §",
    "<<: §",
    "1e5 §",
    "§" * 12,
)
BREAKS = (
    "",
    "name: again\n",
    "waves: [\n",
    "\tbad\n",
    "---\nx: 1\n",
    'cap: "open\n',
    "cap: {max_runs: x}\n",
)


@pytest.mark.parametrize("value", VALUES)
def test_a_value_below_auth_is_never_repeated(value: str) -> None:
    pairs = [(key, "") for key in KEYS] + [("client_secret", broken) for broken in BREAKS[1:]]
    for key, broken in pairs:
        text = spec(f"    {key}: {value}".replace("§", PLANTED), top=broken)
        shown = said(text)
        assert PLANTED not in shown, text


@pytest.mark.parametrize(
    "auth",
    [
        "    client_secret §",
        "    client_secret=§",
        "    client_secret:§",
        "    §: x",
        "    §:",
        "    §",
        "    - §",
        "    {§: x",
        "    client_secret: x\n    client_secret: §",
        "    client_secret: §\n    client_secret: §",
        "    §: x\n    §: x",
        "   client_secret: x\n    §: §",
        "    client_secret: ${SECRET}\n   §",
        "    client_secret: &a §\n    client_id: *a",
        "    # §\n    client_secret: 'x",
        "    client_secret §: x",
        "    client-secret-§: x",
        "client_secret: §",
        "  client_secret: §",
        "\tclient_secret: §",
    ],
)
def test_a_line_below_auth_is_never_repeated(auth: str) -> None:
    for broken in BREAKS:
        text = spec(auth.replace("§", PLANTED), top=broken)
        assert PLANTED not in said(text), text


@pytest.mark.parametrize(
    "text",
    [
        "connection: §",
        "connection: [§]",
        "connection: {§: 1}",
        "connection: {auth: §}",
        "connection: {auth: [§]}",
        "connection: {auth: {§}}",
        'connection: {auth: {client_secret: "§',
        '{"connection": {"auth": {"client_secret": "§"',
        '{"connection": {"auth": {"client_secret": "§",}, "x"',
        "connection:\n  platform_url: https://u:§@x",
        "connection:\n  platform_url: https://x/?token=§",
        "connection:\n  platform_url: [https://u:§@x]",
        "connection:\n  platform_url: ftp://u:§@x",
        "connection:\n  platform_url: u:§@x",
        f"connection:\n  platform_url: https://{'u' * 70}:§@x",
        "connection:\n  password: §",
        "connection:\n  authentication:\n    value: §",
        "auth: §",
        "auth:\n  x: §",
        "client_secret: §",
        "clientSecret: !§ x",
        "api_token: *§",
        "access_tokn: |\n  §",
        "password: [§]",
        "§: &a §\nconnection: {auth: *a}",
        "connection: {auth: {client_secret: &a §}}\nname: *a\norder: *a\nsandboxes: *a",
        "connection: {auth: {client_secret: §}}\norder: §",
        "ticket: https://u:§@x\nname: [",
        "order: https://u:§@x",
        "order: https://x/?token=§",
        "report: {formats: ['https://u:§@x']}",
        "sandboxes: [{name: 'https://u:§@x', x: 1}]",
    ],
)
def test_nothing_like_a_credential_is_repeated_wherever_it_stands(text: str) -> None:
    planted = text.replace("§", PLANTED)
    assert PLANTED not in said(planted)
    assert PLANTED not in said(HEAD + planted)


BITS = st.sampled_from(
    [
        *"\n\n\n    ::-[]{},&*!|>'\"%@`#?$<\t",
        "\n    ",
        "\n  ",
        ": ",
        "client_secret: ",
        "access_token: ",
        "client_id: ",
        "method: ",
        "secret ",
        "file: ",
        "${",
        "}",
        "${A}",
        "a",
        "7",
        "https://",
        "u:",
        "@",
        "?",
        "&a ",
        "*a ",
        "!!str ",
        "<<: ",
        PLANTED,
        PLANTED,
        f" {PLANTED} ",
    ]
)


@settings(deadline=None, max_examples=100)
@given(auth=st.lists(BITS, max_size=14).map("".join), broken=st.sampled_from(BREAKS))
def test_a_secret_anywhere_in_auth_is_never_repeated(auth: str, broken: str) -> None:
    assert PLANTED not in said(spec(f"    {auth}", top=broken))


@pytest.mark.parametrize("name", ["CS", "COPY"])
@pytest.mark.parametrize("place", ["order: ${§}", "ticket: see ${§}", "cap: {max_runs: '${§}'}"])
def test_a_secret_from_the_environment_is_refused_and_not_repeated_at_another_place(
    name: str, place: str
) -> None:
    text = spec("    client_id: ${CLIENT}\n    client_secret: ${CS}", top=place.replace("§", name))
    checked = check_text(
        text,
        path="x.yaml",
        environment={**ENVIRONMENT, "CS": PLANTED, "COPY": PLANTED},
        base=Path(),
        now_ms=1_795_219_200_000,
    )
    assert "secret-elsewhere" in {one.code for one in checked.problems}
    assert PLANTED not in render(checked.problems, "json") + render(checked.problems, "text")


def test_what_is_no_secret_is_still_shown() -> None:
    lines = [
        "connection:",
        "  platform_url: https://platform.adobe.io:8443/a",
        "  org_id: ${AEP_ORG_ID}",
        "  auth:",
        "    method: oauth",
        "    ims_url: https://ims-na1.adobelogin.com",
        "    client_id: ${AEP_CLIENT_ID}",
        "    client_secret: {file: secrets/client}",
        "    scopes: [openid, AdobeID]",
        "reason: an expired token, see the secret store",
        "ticket: https://tickets.example.com/INC-1",
    ]
    assert masked_lines(lines) == lines


def test_a_misspelt_key_behind_the_credentials_is_still_named() -> None:
    assert "`limts` is not a key at the top of this file. Did you mean `limits`?" in said(
        f"{HEAD}connection:\n  org_id: ${{ORG}}\n  auth:\n    client_secret: ${{SECRET}}\nlimts: 1\n"
    )


def test_a_misspelt_key_is_still_named() -> None:
    assert "`client_secrt` is not a key of `auth`. Did you mean `client_secret`?" in said(
        spec(f"    client_id: ${{CLIENT}}\n    client_secrt: {PLANTED}")
    )
