"""Does a word of the platform's fit a pattern that a person wrote? Pure.

Any word fits the pattern that is spelled exactly like it, whatever signs it holds (``Orders [EU] daily``). Words are
compared in Unicode's composed form (NFC), since keyboards and copies differ in how they make an ``é``.

An inclusion is read narrowly: case counts. An exclusion is read widely: case does not, nor blanks and signs that are
not seen, for what it misses is re-triggered (docs/decisions.md, 54).
"""

import re
from fnmatch import translate
from functools import lru_cache
from unicodedata import category, normalize

_BLANKS = re.compile(r"\s+")


@lru_cache(maxsize=1 << 16)
def fits(word: str, pattern: str) -> bool:
    """Whether a word fits a pattern; case counts."""
    word, pattern = _composed(word), _composed(pattern)
    return word == pattern or bool(_glob(pattern).match(word))


@lru_cache(maxsize=1 << 16)
def fits_widely(word: str, pattern: str) -> bool:
    """Whether a word fits a pattern, also but for case and blanks."""
    if fits(word, pattern):
        return True
    word, pattern = folded(word), folded(pattern)
    return word == pattern or bool(_glob(pattern).match(word))


def _composed(text: str) -> str:
    return text if text.isascii() else normalize("NFC", text)


def folded(text: str) -> str:
    """Return the text without case, signs that are not seen and blanks around it, and with one blank for any blanks."""
    if not text.isascii():
        text = "".join(sign for sign in text if category(sign) != "Cf")
    return _BLANKS.sub(" ", normalize("NFC", _composed(text).casefold())).strip()


@lru_cache(maxsize=1 << 12)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
