"""Guess what a misspelt key or word was meant to be."""

import difflib
import re
from collections.abc import Iterable

_CLOSE_ENOUGH = 0.7


def plain_form(word: str) -> str:
    """Return the word as our keys are written: ``maxRuns`` and ``Max-Runs`` become ``max_runs``."""
    with_breaks = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word[:80])
    return re.sub(r"[\s-]+", "_", with_breaks).lower()


def nearest(word: str, *, among: Iterable[str]) -> str | None:
    """Return the known word that was probably meant; None when none is close."""
    by_form = {plain_form(one): one for one in among}
    matches = difflib.get_close_matches(plain_form(word), by_form, n=1, cutoff=_CLOSE_ENOUGH)
    return by_form[matches[0]] if matches else None
