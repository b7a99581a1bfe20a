"""Know every secret that this process holds, and take them out of what is about to be written.

The last line of defence, at the borders: what the platform answers, what goes to standard output and error (log lines
and tracebacks included), why an execution ended, and the file that a bug leaves. A secret is found as it is,
percent-encoded, escaped as in JSON, HTML or Python, and cut short; encodings that change every character (base64) are
not looked for.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import TextIO
from urllib.parse import quote, quote_plus, unquote, urlsplit

from runner.model.secret import Secret

MASK = "***"

_SHORTEST = 4
"""Shorter words are no secrets, and would be taken out of every text."""
_BEGINNING = 16
"""So many first characters of a longer secret give it away even where the rest was cut off or is written otherwise."""
_SOUNDS_SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "KEY")
_SHORTEST_IN_ENVIRONMENT = 8
"""A shorter value of a variable that merely sounds secret is more likely a setting (``KEYTIMEOUT=1``)."""
_REST = r"[A-Za-z0-9._~+/=%\\-]*"


class KnownSecrets:
    """The secrets of one process; it only ever learns more of them."""

    def __init__(self) -> None:
        self._sent = _Found(frozenset())
        self._all = _Found(frozenset())

    def __repr__(self) -> str:
        """Say how many, never which."""
        return f"KnownSecrets({len(self._all.secrets)})"

    def note(self, secret: Secret) -> None:
        """Learn a secret that will be sent."""
        if secret.reveal not in self._sent.secrets and len(secret.reveal) >= _SHORTEST:
            self._sent = _Found(self._sent.secrets | {secret.reveal})
            self._all = _Found(self._all.secrets | {secret.reveal})

    def note_environment(self, environment: Mapping[str, str]) -> None:
        """Learn the values of variables that sound secret, and the passwords of proxies."""
        self._all = _Found(self._all.secrets | set(_secret_values(environment)))

    def masked(self, text: str) -> str:
        """Return the text without any known secret."""
        return self._all.masked(text)

    def masked_refusal(self, body: bytes) -> bytes:
        """Return the body of a refusal, whose words are kept and shown, without any secret that was sent."""
        return self._sent.masked(body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )

    def masked_success(self, body: bytes) -> bytes:
        """Do the same for a body that is long and nearly always innocent: quickly where nothing in it begins alike."""
        return self.masked_refusal(body) if self._sent.may_stand_in(body) else body


class _Found:
    """Some secrets, and what finds them."""

    def __init__(self, secrets: frozenset[str]) -> None:
        self.secrets = secrets
        longest_first = sorted(secrets, key=lambda one: (-len(one), one))
        self._pattern = re.compile("|".join(map(_pattern_of, longest_first))) if secrets else None
        forms = (form for one in longest_first for form in _forms(one))
        starts = {form[:_BEGINNING].encode("utf-8", "surrogateescape") for form in forms}
        self._starts = (*sorted(starts), b"\\u00") if starts else ()

    def masked(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text

    def may_stand_in(self, body: bytes) -> bool:
        return any(start in body for start in self._starts)


def _secret_values(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        if name.upper().endswith("_PROXY"):
            yield from _password_of(value)
        elif any(word in name.upper() for word in _SOUNDS_SECRET):
            lines = {value, *value.splitlines()}
            is_path = value.startswith(("/", "~", "./"))
            yield from (
                one for one in lines if len(one) >= _SHORTEST_IN_ENVIRONMENT and not is_path
            )


def _password_of(address: str) -> Iterator[str]:
    try:
        password = urlsplit(address if "://" in address else f"http://{address}").password or ""
    except ValueError:
        return
    yield from {password, unquote(password)}


def _forms(secret: str) -> list[str]:
    """Return the secret as it is written in the formats that others use, longest first."""
    percent = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lower = {re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), one) for one in percent}
    escaped = {json.dumps(secret)[1:-1], html.escape(secret), repr(secret)[1:-1]}
    slashes = {one.replace("/", "\\/") for one in (secret, json.dumps(secret)[1:-1])}
    return sorted({secret} | percent | lower | escaped | slashes, key=lambda one: (-len(one), one))


def _pattern_of(secret: str) -> str:
    whole = "|".join(map(re.escape, _forms(secret)))
    if len(secret) < 2 * _SHORTEST:  # a short one only as a word of its own
        return rf"(?<!\w)(?:{whole})(?!\w)"
    if len(secret) <= _BEGINNING:
        return f"{whole}|{''.join(map(_any_writing, secret))}"
    return f"{whole}|{''.join(map(_any_writing, secret[:_BEGINNING]))}{_REST}"


def _any_writing(character: str) -> str:
    """Return a pattern for one character, plain or in any escape."""
    code = ord(character)
    if code > 0x7F:  # noqa: PLR2004  # the last of ASCII; secrets are sent in headers and forms, which hold no other
        return re.escape(character)
    return (
        rf"(?:\\?{re.escape(character)}|%(?i:{code:02x})|\\(?:u00|x)(?i:{code:02x})"
        rf"|&\#(?:{code}|[xX]0*(?i:{code:x}));)"
    )


class MaskedStream:
    """A text stream that writes no known secret; everything else of the stream is as it was."""

    def __init__(self, stream: TextIO, *, secrets: KnownSecrets) -> None:
        self._stream = stream
        self._secrets = secrets

    def write(self, text: str) -> int:
        """Write the text without secrets; returns the length of what was given, as writers expect."""
        self._stream.write(self._secrets.masked(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        """Be the stream in everything else."""
        return getattr(self._stream, name)
