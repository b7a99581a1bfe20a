"""How failures are told apart: by error code and by the shape of what the platform says, without what varies.

Pure. Two runs that failed for one cause say the same words about other ids, files and times; their *shape* is what is
left when those are masked. A *cluster* is a code and a shape; its name is short, and the same in every plan.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from runner.model.advice import Advice, advice_on
from runner.model.platform import Run, RunError
from runner.model.text import shortened, visible

LONGEST_SHAPE = 240
LONGEST_EXAMPLE = 300
_MOST_READ = 2000
"""How much of a message is looked at."""
_LONGEST_CODE = 60
_DIGITS_OF_NAME = 6
_NO_CODE = "no-code"

_MASKABLE = re.compile(
    r"""
    (?P<mask>   <(?:n|url|path|text)> )
  | (?P<url>    [A-Za-z][A-Za-z0-9+.\-]* :// [^\s'"<>`]+ )
  | (?P<text>   "[^"]*"
              | `[^`]*`
              | “[^”]*”
              | (?<!\w) '[^']*' (?!\w) )
  | (?P<path>   [A-Za-z]:\\ [^\s'"<>`,;]*
              | \\\\ [^\s'"<>`,;]+
              | (?<![\w>/]) / [\w.\-@%=+~*] [^\s'"<>`,;:()]*
              | [\w.\-@%=+~]+ (?:/[\w.\-@%=+~*]+){2,} /? )
  | (?P<word>   [\w.\-:+@]+ )
    """,
    re.VERBOSE,
)
_WITH_DIGIT = re.compile(r"\b([^\W\d]*+)\d\w*")
_SEVERAL = re.compile(r"<n>(?:[\s,;]+<n>)+")
_VARIES = re.compile(r"\d|^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$", re.IGNORECASE)
_CUT_MASK = re.compile(r"<[a-z]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a run failed, for people and for the forecast; it is not pinned in the plan."""

    cluster: str
    """Empty: the run carries no error."""
    example: str
    advice: Advice | None
    seconds: float | None
    """How long the run took; None: the platform does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The chosen runs that failed alike."""

    name: str
    example: str
    advice: Advice | None
    runs: int
    flows: int
    flow_names: tuple[str, ...]
    """Of the flows with most of these runs; an id where there is no name."""


def failure_of(run: Run) -> Failure:
    """Return how a run failed."""
    seconds = None
    if run.started_at_ms is not None and run.completed_at_ms is not None:
        seconds = max(0, run.completed_at_ms - run.started_at_ms) / 1000
    return Failure(
        cluster=cluster_of(run.errors),
        example=shortened(_told(run.errors), longest=LONGEST_EXAMPLE),
        advice=advice_on(run.errors),
        seconds=seconds,
    )


def cluster_of(errors: Sequence[RunError]) -> str:
    """Return the name of the cluster that a run with these errors belongs to; empty where it has none."""
    return _named(errors[0].code, _plainer(_told(errors))) if errors else ""


def shape_of(message: str) -> str:
    """Return a message without what varies, at most ``LONGEST_SHAPE`` long; a shape is its own shape.

    Urls, paths, quoted text, and every word with a digit in it (numbers, ids, times) are masked; several such words
    in a row are one. Two messages that differ only there, within their first 2,000 characters, have one shape.
    """
    return _shape(_plainer(message))


def _plainer(message: str) -> str:
    """Return a message with every word cut at its first digit: the same shape, and far fewer messages to mask."""
    return _WITH_DIGIT.sub(r"\g<1>0", message[:_MOST_READ])


@lru_cache(maxsize=4096)
def _shape(shape: str) -> str:
    while (plainer := _cut(_masked(shape))) != shape:  # each turn leaves less that is not a mask
        shape = plainer
    return shape


def _told(errors: Sequence[RunError]) -> str:
    """Return what a run says: its first error, and the first other one, which is the cause where there is one."""
    messages = list(dict.fromkeys(error.message for error in errors if error.message))
    return " / ".join(message[: _MOST_READ // 2] for message in messages[:2])


@lru_cache(maxsize=4096)
def _named(code: str, message: str) -> str:
    shape = f"{code}\n{_shape(message)}"
    digest = hashlib.sha256(shape.encode(errors="backslashreplace")).hexdigest()
    # The slash keeps a name from being read as a number in YAML, which 140.123456 would be.
    return (
        f"{shortened(visible(code), longest=_LONGEST_CODE) or _NO_CODE}/{digest[:_DIGITS_OF_NAME]}"
    )


def _masked(text: str) -> str:
    masked = _MASKABLE.sub(_mask, " ".join(text.split()))
    return _SEVERAL.sub("<n>", masked)


def _mask(match: re.Match[str]) -> str:
    found = match.group()
    if match.lastgroup == "mask":
        return found
    if match.lastgroup == "word":
        return "<n>" if _VARIES.search(found) else found
    return f"<{match.lastgroup}>"


def _cut(shape: str) -> str:
    if len(shape) <= LONGEST_SHAPE:
        return shape
    return _CUT_MASK.sub("", shape[: LONGEST_SHAPE - 1]).rstrip() + "…"
