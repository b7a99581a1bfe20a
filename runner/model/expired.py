"""Tell from others' words that a secret has expired: then nothing passes until somebody sets a new one. Pure."""

import re

_MOST_READ = 4000
_SENTENCES = re.compile(r"[.;!?](?:\s|$)|[\r\n]|\\n")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_LETTERS = re.compile(r"[\W_]+")
_CREDENTIAL = (
    r"(?:secrets?|credentials?|passwords?|passphrases?|tokens?|certificates?"
    r"|(?:api|access|account|private|signing|ssh|storage|secret) keys?|sas)"
)
_EXPIRED = re.compile(
    rf"\bexpired (?:\w+ ){{0,4}}{_CREDENTIAL}\b|\b{_CREDENTIAL} (?:\w+ ){{0,10}}expired\b"
    r"|\baadsts7000222\b"
)
"""AADSTS7000222 is Microsoft's code for an expired client secret (its list of sign-in error codes)."""


def tells_of_expired_credentials(text: str) -> bool:
    """Whether one sentence of a text says so, however it is written."""
    return any(map(_says_so, _SENTENCES.split(text[:_MOST_READ])))


def _says_so(sentence: str) -> bool:
    words = _NO_LETTERS.sub(" ", _CAMEL.sub(" ", sentence)).lower()
    return bool(_EXPIRED.search(words))
