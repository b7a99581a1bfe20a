"""A secret that does not print, and the one decision which texts are worth masking. Pure.

A text that may stand in innocent words is never masked: ``true``, ``1234``, ``prod`` or ``production`` would be taken
out of sentences, keys and numbers that have nothing to do with a secret, and whoever reads ``***`` there learns which.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_SHORTEST = 4
_SHORT = 8
"""A shorter text is masked as a word of its own only, and must look odd."""
_SHORT_PHRASE = 20
_WORDS_OF_A_PHRASE = 3
_LONGEST_WORD = 20
_TINY_HUMP = 2
_SHORT_PIECE = 4
_ENOUGH_ODD = 8
"""So many letters and digits in pieces that are no words, and a text looks like a secret."""
_KINDS_OF_A_PASSWORD = 2

_PIECE = re.compile(r"[^\W_]+")
_USUAL_SIGNS = re.compile(r"[\w\s\-./:,@+=&?%#]*")
_IDENTIFIER = re.compile(r"[A-Za-z]+(?:[_.][A-Za-z]+)+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# prod01, sha256; 30s, 24h, 1a; 20261120T020000Z.
_WORD_AND_NUMBER = re.compile(r"(?P<word>[^\W\d_]+)\d+|\d+[^\W\d_]{1,3}|\d{8}T\d{6}Z?")

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PLACE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://.*|[/~].*|\.{1,2}/.*|[A-Za-z]:[\\/].*|arn:.*|\$\{.*"
    r"|(?:[\w.+-]+@)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,12}(?::\d+)?(?:/.*)?"
)
"""Addresses, paths, hosts and names of resources."""
_HOST_ALONE = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?/?")
_ODD_SIGN = re.compile(r"[!$^~;\"'\\`#%&]")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that ``repr``, ``str`` and formatting never show; ``reveal`` is read only where it is sent."""

    reveal: str = field(repr=False)

    def __str__(self) -> str:
        return "Secret()"


def is_telling(text: str) -> bool:
    """Whether a text that is known to be a secret can be told from innocent words, and so is masked wherever it is."""
    pieces = _PIECE.findall(text)
    if len(text) < _SHORTEST or not pieces or _is_number(text) or _HOST_ALONE.fullmatch(text):
        return False
    if not _USUAL_SIGNS.fullmatch(text):
        return True
    if len(text) < _SHORT:
        return not all(map(_is_ordinary, pieces))
    is_phrase = len(text) > _SHORT_PHRASE and len(pieces) >= _WORDS_OF_A_PHRASE
    if is_phrase and not _IDENTIFIER.fullmatch(text) and not _PLACE.fullmatch(text):
        return True
    return not all(piece.isdigit() or _is_word(piece) for piece in pieces)


def is_masked_as_a_word(text: str) -> bool:
    """Whether a text is so short that it is masked only where no letter or digit touches it."""
    return len(text) < _SHORT


def looks_secret(text: str) -> bool:
    """Whether a text that nobody calls a secret looks like one: no word, number, id, path, host or address."""
    if len(text) < _SHORT or not is_telling(text) or _PLACE.fullmatch(text):
        return False
    if any(character.isspace() for character in text):
        return False
    without_ids = _ID.sub("", text)
    odd = sum(len(piece) for piece in _PIECE.findall(without_ids) if not _is_ordinary(piece))
    return odd >= _ENOUGH_ODD or (bool(_ODD_SIGN.search(text)) and _is_mixed(text))


def secrets_in(value: str) -> Iterator[str]:
    """Return what looks secret in a value: of JSON in its texts, and of several words or lines in each."""
    for text in _texts_of(value):
        yield from filter(looks_secret, (word.strip("\"'") for word in text.split()))


def _texts_of(value: str) -> Iterator[str]:
    """Return the texts of a JSON value, its keys left out; of anything else the whole."""
    try:
        inner = json.loads(value) if value.lstrip()[:1] in ("{", "[") else value
    except (ValueError, RecursionError):
        inner = value
    waiting = [inner]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case dict(members):
                waiting += members.values()
            case list(members):
                waiting += members


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_word(piece: str) -> bool:
    """Whether letters read as one word, or as words like ``SftpNetworkIssue``."""
    if not piece.isalpha():
        return False
    humps = _HUMP.findall(piece)
    if len(humps) <= 1 or piece.istitle():
        return len(piece) <= _LONGEST_WORD
    tiny = sum(len(hump) <= _TINY_HUMP for hump in humps)
    return len(piece) <= _SHORT_PIECE or tiny <= max(1, len(humps) // 3)


def _is_ordinary(piece: str) -> bool:
    """Whether letters and digits are of a kind that names are made of."""
    if len(piece) <= _SHORT_PIECE or piece.isdigit() or _is_word(piece):
        return True
    match = _WORD_AND_NUMBER.fullmatch(piece)
    return match is not None and (match["word"] is None or _is_word(match["word"]))


def _is_mixed(text: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return sum(any(map(kind, text)) for kind in kinds) >= _KINDS_OF_A_PASSWORD
