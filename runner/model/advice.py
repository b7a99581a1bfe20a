"""What to expect of re-triggering a run that failed with some error: advice for people, decided from one table.

Pure. No document of Adobe's says which failures a re-trigger mends. Each line is our reading of what a document says
the error means, and names that document; nothing is left out of a plan because of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from runner.model.expired import tells_of_expired_credentials
from runner.model.platform import RunError

NOT_THE_PLATFORMS_WORD = "advice, not the platform's word"


class Prospect(StrEnum):
    """What a re-trigger will probably do."""

    FIX_FIRST = "fix first"
    """It will fail again, or bring in nothing, unless something is mended before."""
    LEAVE_ALONE = "leave alone"
    """There is nothing to be mended."""
    MAY_PASS = "may pass"  # noqa: S105  # no password


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to expect, why, and where that comes from."""

    prospect: Prospect
    words: str
    source: str


_NOTIFICATIONS = "from Adobe's guide to sources notifications"
_MONITOR = "from Adobe's guide to monitoring dataflows"
_TROUBLESHOOTING = "from Adobe's batch ingestion troubleshooting guide"
_SPAN = "a re-trigger reads only files whose times lie in the old run's span"


def _fix(words: str, source: str) -> Advice:
    return Advice(prospect=Prospect.FIX_FIRST, words=words, source=source)


_BY_CODE: tuple[tuple[str, Advice], ...] = (
    ("MAPPER-*", _fix("the mapping does not fit the data; mend either", _MONITOR)),
    ("INGEST-*", _fix("rows do not fit the dataset; mend the data", _MONITOR)),
    ("133", _fix(f"no files were there; {_SPAN}", _NOTIFICATIONS)),
    ("106", _fix("the file is empty; mend the data", _TROUBLESHOOTING)),
    ("118", _fix("the file's header is empty; mend the data", _TROUBLESHOOTING)),
    (
        "140",
        Advice(
            prospect=Prospect.LEAVE_ALONE,
            words="the data was ingested before; nothing is to be done",
            source="from Adobe's knowledge base, article 26349",
        ),
    ),
    (
        "CONNECTOR-2001-*",
        _fix("the copied data cannot be processed; mend the data or the mapping", _NOTIFICATIONS),
    ),
    (
        "CONNECTOR-3001-*",
        Advice(
            prospect=Prospect.MAY_PASS,
            words="the platform's own trouble with making the batch",
            source=_NOTIFICATIONS,
        ),
    ),
)
_COPYING = "CONNECTOR-1001-*"
_ALERTS = "from Adobe's alert rules page and its samples of runs"
_DETAIL = re.compile(r"\bErrorCode=(\w{1,100})")
# Words inside the detail's code, as in SftpNetworkIssue. The first that fits counts.
_BY_DETAIL: tuple[tuple[re.Pattern[str], Advice], ...] = (
    (
        re.compile(r"auth|credential|secret|token|permission|forbidden|denied", re.IGNORECASE),
        _fix("the source refuses the credentials; mend them", _ALERTS),
    ),
    (
        re.compile(r"not_?found|not_?exist", re.IGNORECASE),
        _fix("the source does not have what is read", _ALERTS),
    ),
    (
        re.compile(r"network|time_?d?_?out|connection|unreachable", re.IGNORECASE),
        Advice(prospect=Prospect.MAY_PASS, words="trouble with the network", source=_ALERTS),
    ),
)


_EXPIRED = _fix(
    "the credentials of the source have expired; renew them",
    "from Adobe's guide to troubleshooting sources",
)


def advice_on(errors: Sequence[RunError]) -> Advice | None:
    """Return what to expect of a run that carries these errors, or None where nothing is known.

    The first error for which there is advice decides; of a failed copy, what its detail says. Where no code tells
    anything, credentials that are said to have expired do, whatever the error.
    """
    for error in errors:
        if fnmatchcase(error.code, _COPYING):
            if advice := _on_copying(errors):
                return advice
            continue
        for pattern, advice in _BY_CODE:
            if fnmatchcase(error.code, pattern):
                return advice
    return _on_expired(errors)


def _on_expired(errors: Sequence[RunError]) -> Advice | None:
    has_expired = any(tells_of_expired_credentials(error.message) for error in errors)
    return _EXPIRED if has_expired else None


def _on_copying(errors: Sequence[RunError]) -> Advice | None:
    if advice := _on_expired(errors):
        return advice
    for error in errors:
        for detail in _DETAIL.findall(error.message):
            for pattern, advice in _BY_DETAIL:
                if pattern.search(detail):
                    return advice
    return None
