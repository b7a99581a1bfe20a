"""Read a secret from the file that a spec refers to. Its content is never part of a message."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path

from runner.disk import reading_remedy
from runner.model.secret import Secret

_LARGEST_BYTES = 64 * 1024
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


class SecretFault(Exception):
    """The file holds no usable secret."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSecret:
    """A secret read from a file, and whether users other than its owner may read that file."""

    secret: Secret
    others_can_read: bool


def secret_in_file(path: Path) -> FoundSecret:
    """Return the file's only line; spaces and line breaks around it do not count. Raises SecretFault."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SecretFault(
                "this is not a file.", remedy="Name a file that holds the secret alone."
            )
        if status.st_size > _LARGEST_BYTES:
            raise SecretFault("the file is too large for a secret.", remedy="Name the right file.")
        text = path.read_bytes().decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None
    if not text:
        raise SecretFault("the file is empty.", remedy="Write the secret into it, alone.")
    if not text.isprintable() or " " in text:
        raise SecretFault(
            "the file holds more than one word.", remedy="Keep the secret alone in it, on one line."
        )
    others = bool(status.st_mode & (stat.S_IRGRP | stat.S_IROTH))
    return FoundSecret(secret=Secret(text), others_can_read=others)


def _unreadable(error: OSError | ValueError) -> SecretFault:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return SecretFault(
                "there is no such file.", remedy="Paths start at the spec's own folder."
            )
        case OSError():
            return SecretFault(
                f"the file cannot be read ({error.strerror or 'unknown reason'}).",
                remedy=reading_remedy(error, otherwise="Look at its permissions."),
            )
        case _:
            return SecretFault(
                "the file does not hold plain ASCII text.", remedy="Name the right file."
            )


def is_secret_reference(text: str) -> bool:
    """Whether the text is one whole placeholder without a default."""
    return _REFERENCE.fullmatch(text) is not None


def literal_secret(text: str, *, key: str) -> tuple[str, str]:
    """Return message and remedy for a secret that is written where only a whole placeholder may stand."""
    remedy = f"Write ${{AEP_{key.upper()}}} and set that variable, or {{file: PATH}}."
    if text.startswith("${") and ":-" in text:
        return (
            "the placeholder has a default, and that would be a secret written into the spec.",
            remedy,
        )
    if "${" in text:
        return (
            "the placeholder is not the whole value, so a part of the secret is written into the spec.",
            remedy,
        )
    return "a secret is written into the spec, where everyone who reads it can see it.", remedy
