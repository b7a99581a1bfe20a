"""A known secret leaves no text in any usual writing; other text stays as it is."""

import html
import io
import json
import re
from collections.abc import Callable
from typing import TextIO, cast
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner.masking import KnownSecrets, MaskedStream
from runner.model.secret import Secret, is_telling

SECRET = 'p8e-Zx81+q/Q"4<L&w=\\9'
TOKEN = "eyJhbGciOiJSUzI1NiJ9." + "Ab3_-" * 60


def known(*texts: str) -> KnownSecrets:
    secrets = KnownSecrets()
    for text in texts:
        secrets.note(Secret(text))
    return secrets


WRITINGS = {
    "plain": SECRET,
    "percent": quote(SECRET, safe=""),
    "percent, lower case": quote(SECRET, safe="").replace("%2B", "%2b").replace("%2F", "%2f"),
    "form": quote_plus(SECRET),
    "path": quote(SECRET),
    "json": json.dumps(SECRET),
    "json with slashes": json.dumps(SECRET).replace("/", "\\/"),
    "html": html.escape(SECRET),
    "repr": repr(SECRET),
    "every character percent": "".join(f"%{ord(one):02x}" for one in SECRET),
    "every character in json": "".join(f"\\u{ord(one):04X}" for one in SECRET),
    "every character in html": "".join(f"&#{ord(one)};" for one in SECRET),
}


@pytest.mark.parametrize("written", WRITINGS.values(), ids=WRITINGS)
def test_a_secret_is_masked_in_every_usual_writing(written: str) -> None:
    shown = known(SECRET).masked(f"before {written} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "***" in shown
    for form in (SECRET[:16], quote(SECRET[:16], safe=""), html.escape(SECRET[:16]), written[:20]):
        assert form not in shown


@pytest.mark.parametrize(
    "secret",
    [
        "Xy9%25kQ2ZpLm7Rt",
        "Xy9&amp;kQ2ZpLm7Rt",
        "p8e-&#38;kQ2ZpLm7Rt",
        "%2540kQ2ZpLm7Rt",
        "a%20bQ7zK9wXy",
    ],
)
def test_a_secret_that_looks_escaped_is_masked_too(secret: str) -> None:
    quoted = quote(secret, safe="")
    for written in (secret, quoted, html.escape(secret), json.dumps(secret)[1:-1], quote(quoted)):
        assert known(secret).masked(f"sent {written} here") == "sent *** here"
    address = {"HTTPS_PROXY": f"http://user:{quoted}@proxy:3128"}
    secrets = KnownSecrets()
    secrets.note_environment(address)
    assert secrets.masked(f"{address['HTTPS_PROXY']} {secret}") == "http://user:***@proxy:3128 ***"


@pytest.mark.parametrize("length", [16, 17, 60, 200, len(TOKEN) - 1])
def test_a_token_that_was_cut_short_is_masked_too(length: int) -> None:
    assert known(TOKEN).masked(f"Bearer {TOKEN[:length]}") == "Bearer ***"


FORMS = (
    str,
    lambda secret: quote(secret, safe=""),
    lambda secret: json.dumps(secret)[1:-1],
    lambda secret: json.dumps(json.dumps(secret)[1:-1])[1:-1],
    html.escape,
    lambda secret: html.escape(html.escape(secret)),
    lambda secret: quote(quote(secret, safe=""), safe=""),
)


def core_of(secret: str) -> str:
    """What is looked for: quotes around a secret are left, since they may be others'."""
    return secret.strip("\"' \t\r\n")


SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60
).filter(
    lambda secret: (
        is_telling(core_of(secret))
        and len(core_of(secret)) >= 8
        and not re.search(r'[,:[{]"|"[]},:]', secret)  # it could be JSON of common words
    )
)


@given(secret=SECRETS, around=st.tuples(st.text(max_size=20), st.text(max_size=20)))
def test_no_secret_passes(secret: str, around: tuple[str, str]) -> None:
    secrets = known(secret)
    before, after = around
    for form in (writing(secret) for writing in FORMS):
        text = f"{before} {form} {after}"
        assert form not in secrets.masked(text) or form in f"{before} *** {after}"


@given(
    secret=st.text(st.characters(min_codepoint=1, max_codepoint=0x2FF), min_size=4, max_size=40),
    around=st.tuples(st.text(max_size=20), st.text(max_size=20)),
    depth=st.integers(1, 4),
    written=st.sampled_from(FORMS),
    cut=st.integers(16, 60),
)
@example(secret='a"b\\c', around=("", ""), depth=2, written=str, cut=60)
@example(secret="nAb3xY9zQ", around=("\\", ""), depth=1, written=str, cut=60)
@example(secret="Zx81qQ4L\\", around=("", '"'), depth=1, written=str, cut=60)
@example(secret='x&&%x&u%/1u"\\&%&\\a', around=("", ""), depth=2, written=str, cut=16)
@example(secret='%bx\\x\\b\\nu1x%xaxx1b""\\&', around=("", ""), depth=1, written=str, cut=20)
@example(secret='"Zx81qQ4Lw"', around=("", ""), depth=1, written=str, cut=60)
def test_json_stays_json_and_its_keys_and_numbers_stay_whole(
    *,
    secret: str,
    around: tuple[str, str],
    depth: int,
    written: Callable[[str], str],
    cut: int,
) -> None:
    before, after = around
    text = f"{before}{written(secret)[:cut]}{after}"
    for _ in range(depth - 1):
        text = json.dumps(text)
    document = {"version": 1, "failed": [20.5, None, True], "said": text, "status": ["failed"]}
    for indent in (None, 2):
        masked = json.loads(known(secret).masked(json.dumps(document, indent=indent)))
        assert {**masked, "said": text} == document
        core = core_of(secret)
        if written is str and is_telling(core) and len(core) >= 8 and cut >= len(secret):
            assert "***" in masked["said"]


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize(
    "secret", ['a"b\\c', 'p8e-"Zx81"\\\\qQ4Lw\\"7', 'Zx81qQ"4Lw\\', "p8e/Zx81/qQ4\\/Lw"]
)
def test_a_secret_that_was_escaped_again_and_again_is_masked_whole(secret: str, depth: int) -> None:
    said = f"bad secret {secret}, sent as {{secret={secret}}}"
    masked = "bad secret ***, sent as {secret=***}"
    for _ in range(depth):
        said, masked = json.dumps(said), json.dumps(masked)
    assert known(secret).masked(said) == masked


def test_what_is_around_a_secret_that_was_cut_short_stays_valid() -> None:
    said = json.dumps({"said": f'"Bearer {TOKEN[:40]}"\n', "a": "b"})
    assert json.loads(known(TOKEN).masked(said)) == {"said": '"Bearer ***"\n', "a": "b"}


def test_other_text_is_left_as_it_is() -> None:
    text = "GET /runs?limit=100: HTTP 200, eyJ, p8e-, \\u0041 %2B &amp; 4fb0418e-1804-45d6"
    assert known(SECRET, TOKEN).masked(text) == text
    assert KnownSecrets().masked(text) == text


def test_a_short_secret_is_masked_as_a_word() -> None:
    assert known("f4il", "s3cr3t").masked("a s3cr3t is no s3cr3ts") == "a *** is no s3cr3ts"


COMMON = ("", "a", "true", "null", "1234", "prod", "status", "1e10", "80.5", "2026-11-20")
OURS = (
    "retriggered",
    "version",
    "failed",
    "request_id",
    "not_attempted",
    "hold_flow",
    "x-request-id",
)


@pytest.mark.parametrize("secret", [*COMMON, *OURS, "production", '"version": 1', '"failed","a"'])
def test_a_secret_that_could_be_any_word_is_masked_only_behind_its_name(secret: str) -> None:
    document = {"version": 1, "failed": 1234, "request_id": "status prod", "a": [True, None, 1e10]}
    plain = f"{json.dumps(document)} {' '.join(COMMON + OURS)} production x{secret}x"
    secrets = known(secret)
    assert secrets.masked(plain) == plain
    assert secrets.masked_refusal(plain.encode()) == plain.encode()
    assert secrets.masked_success(plain.encode()) == plain.encode()


def test_behind_its_name_a_common_secret_is_masked_too() -> None:
    secrets = known("prod")
    secrets.note_environment({"HTTPS_PROXY": "http://user:1234@proxy:1234"})
    said = 'Bearer prod client_secret=prod&x=prod {"client_secret": "prod"} to http://user:1234@proxy:1234'
    masked = (
        'Bearer *** client_secret=***&x=prod {"client_secret": "***"} to http://user:***@proxy:1234'
    )
    assert secrets.masked(said) == masked
    assert secrets.masked_success(b'{"said": "Bearer prod", "in": "prod"}') == (
        b'{"said": "Bearer ***", "in": "prod"}'
    )


def test_the_longer_of_two_secrets_goes_whole() -> None:
    assert known("abcdef12x", "abcdef12xij").masked("abcdef12xij") == "***"


def test_the_environment_gives_what_is_secret_by_its_place_or_sounds_and_looks_so() -> None:
    secrets = KnownSecrets()
    secrets.note_environment(
        {
            "AEP_CLIENT_SECRET": "s3cret-value",
            "GITHUB_TOKEN": "ghs-f1rstL1ne\nghs-s3condL1ne",
            "GOOGLE_CREDENTIALS": '{"type": "account", "private_key": "MIIEvQIBADANBgkqh\\nkiG9w0BAQEFAASC"}',
            "DATABASE": "postgres://u:sw0rdf1sh@db.example.com/orders",
            "HTTPS_PROXY": "http://user:pr0xy%2Fpass@proxy:3128",
            "http_proxy": "http://[broken",
        }
    )
    said = (
        "s3cret-value ghs-s3condL1ne kiG9w0BAQEFAASC sw0rdf1sh pr0xy%2Fpass pr0xy/pass account user"
    )
    assert secrets.masked(said) == "*** *** *** *** *** *** account user"


SETTINGS = {
    "NO_PROXY": "localhost",
    "no_proxy": "",
    "https_proxy": "",
    "HTTPS_PROXY": "http://proxy:3128",
    "http_proxy": "http://user@proxy:3128",
    "KEY_VAULT_ENV": "production",
    "AEP_TOKEN_URL": "https://ims-na1.adobelogin.com/ims/token/v3",
    "SECRET_NAME": "prod",
    "X_KEY": "status",
    "Y_KEY": "retriggered",
    "SSL_KEY_FILE": "/etc/ssl/private.pem",
    "KEYTIMEOUT": "1",
    "RUN_KEY": "4fb0418e-1804-45d6-8d56-dd51f05c0baf",
    "KEY_HOST": "vault-2.example.com:8200",
    "TOKEN_LIFETIME": "86399992",
    "KEYBOARD": "x86_64 de-latin1",
    "EXECUTION_KEY": "20261120T020000Z-inc-2041-ab12",
    "KEY_JSON": '{"version": 1, "failed": [20], "status": "failed"}',
}


def test_settings_are_no_secrets_however_their_names_sound() -> None:
    secrets = KnownSecrets()
    secrets.note_environment(SETTINGS)
    said = json.dumps([*SETTINGS.values(), "active, production", "request_id: status"])
    assert secrets.masked(said) == said


def test_what_a_spec_says_openly_is_no_secret() -> None:
    secrets = KnownSecrets()
    secrets.note_environment({"AEP_API_KEY": "9f86d081884c7d659a2f", "ORG_KEY": "0123456789AB4567"})
    secrets.note_plain(["9f86d081884c7d659a2f", "0123456789AB4567@AdobeOrg", ""])
    secrets.note_environment({"DEPLOY_KEY": "x7f9f86d081884c7d659"})
    said = "9f86d081884c7d659a2f of 0123456789AB4567, not x7f9f86d081884c7d659"
    assert secrets.masked(said) == "9f86d081884c7d659a2f of 0123456789AB4567, not ***"


def test_what_the_platform_says_loses_only_what_was_sent_to_it() -> None:
    secrets = known(TOKEN)
    secrets.note_environment({"FLOW_KEY": "n1ghtly-Load-81qQ4Lw"})
    body = json.dumps({"name": "n1ghtly-Load-81qQ4Lw", "token": TOKEN}).encode() + b"\xff"
    masked = b'{"name": "n1ghtly-Load-81qQ4Lw", "token": "***"}\xff'
    assert secrets.masked_success(body) == masked
    assert secrets.masked_refusal(body) == masked
    escaped = TOKEN.replace("e", "\\u0065").encode()
    assert secrets.masked_success(escaped) == b"***"
    assert secrets.masked_refusal(escaped) == b"***"


def test_a_stream_writes_no_secret_and_is_else_what_it_was() -> None:
    inner = io.StringIO()
    stream = cast("TextIO", MaskedStream(inner, secrets=known(SECRET)))
    assert stream.write(f"a {SECRET}\n") == len(SECRET) + 3
    stream.writelines(["b\n", SECRET])
    assert inner.getvalue() == "a ***\nb\n***"
    assert not stream.isatty()
    assert SECRET not in repr(known(SECRET))
