"""Commands that are advised to a person: each works as it stands, where it says, with the journal it needs. Pure."""

import shlex
from dataclasses import dataclass
from pathlib import PurePath

from runner.model.text import terminal

USUAL_JOURNAL = ".retrigger/journal.db"
"""Where the journal is, below the working folder, unless an option or the environment says otherwise."""

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_%+=:,./-@ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """From where commands are given."""

    folder: str = ""
    """To be there when they are given; empty: need not be said, or is not known."""
    journal: str = ""
    """What to give to ``--journal`` there; empty: need not be given."""

    def command(self, *words: str | PurePath) -> str:
        """Return the command line of these words; one that is a path never reads as an option."""
        return command(*words, journal=self.journal)


def recorded(*, folder: str, journal_place: str) -> Standpoint:
    """Return the standpoint that is kept for others: what an environment held then, they need not have."""
    return Standpoint(
        folder=folder, journal="" if journal_place == USUAL_JOURNAL else journal_place
    )


def command(*words: str | PurePath, journal: str = "") -> str:
    """Return a command line of this program, quoted for a shell, with its journal where that is given."""
    place = ("--journal", PurePath(journal)) if journal else ()
    return " ".join(["retrigger", *map(_quoted, (*words, *place))])


def _quoted(word: str | PurePath) -> str:
    """Return a word as a shell takes it: what cannot be shown as it is in the way that bash, ksh and zsh spell it."""
    text = str(word)
    if isinstance(word, PurePath) and text.startswith("-"):
        text = f"./{text}"
    if terminal(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(sign if sign in _SAFE else _spelled(sign) for sign in text) + "'"


def _spelled(sign: str) -> str:
    """Return the bytes of a sign; half of a surrogate pair that stands for no byte of a path has none of its own."""
    try:
        found = sign.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        found = sign.encode("utf-8", "surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in found)
