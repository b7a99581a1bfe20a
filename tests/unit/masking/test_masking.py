"""A known secret leaves no text in any usual writing; other text stays as it is."""

import html
import io
import json
from typing import TextIO, cast
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.masking import KnownSecrets, MaskedStream
from runner.model.secret import Secret

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


@pytest.mark.parametrize("length", [16, 17, 60, 200, len(TOKEN) - 1])
def test_a_token_that_was_cut_short_is_masked_too(length: int) -> None:
    assert known(TOKEN).masked(f"Bearer {TOKEN[:length]}") == "Bearer ***"


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60),
    around=st.tuples(st.text(max_size=20), st.text(max_size=20)),
)
def test_no_secret_passes(secret: str, around: tuple[str, str]) -> None:
    secrets = known(secret)
    before, after = around
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], html.escape(secret)):
        text = f"{before} {form} {after}"
        assert form not in secrets.masked(text) or form in f"{before} *** {after}"


def test_other_text_is_left_as_it_is() -> None:
    text = "GET /runs?limit=100: HTTP 200, eyJ, p8e-, \\u0041 %2B &amp; 4fb0418e-1804-45d6"
    assert known(SECRET, TOKEN).masked(text) == text
    assert KnownSecrets().masked(text) == text


def test_a_short_secret_is_masked_as_a_word_and_a_shorter_one_is_none() -> None:
    assert known("fail", "a").masked("a fail is no failure") == "a *** is no failure"


def test_the_longer_of_two_secrets_goes_whole() -> None:
    assert known("abcdefgh", "abcdefghij").masked("abcdefghij") == "***"


def test_the_environment_gives_what_sounds_secret_and_is_neither_a_path_nor_a_setting() -> None:
    secrets = KnownSecrets()
    secrets.note_environment(
        {
            "AEP_CLIENT_SECRET": "s3cret-value",
            "GITHUB_TOKEN": "first-line\nsecond-line",
            "SSL_KEY_FILE": "/etc/ssl/private.pem",
            "KEYTIMEOUT": "1",
            "HOME": "/home/operator",
            "HTTPS_PROXY": "http://user:pr0xy%2Fpass@proxy:3128",
            "http_proxy": "http://[broken",
        }
    )
    said = "s3cret-value second-line /etc/ssl/private.pem 1 /home/operator pr0xy%2Fpass pr0xy/pass"
    assert secrets.masked(said) == "*** *** /etc/ssl/private.pem 1 /home/operator *** ***"


def test_what_the_platform_says_loses_only_what_was_sent_to_it() -> None:
    secrets = known(TOKEN)
    secrets.note_environment({"FLOW_KEY": "nightly-load"})
    body = json.dumps({"name": "nightly-load", "token": TOKEN}).encode() + b"\xff"
    masked = b'{"name": "nightly-load", "token": "***"}\xff'
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
