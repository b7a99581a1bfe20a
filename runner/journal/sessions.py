"""Read the sessions of an execution out of its event lines. Pure.

A session begins with ``started`` or ``resumed`` and ends with ``stopped``; that of a process which was killed ends with
the last event before the next one begins. ``reconciled`` stands at a session's end and says when it began.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from runner.journal.entries import Noted
from runner.model.session import Session
from runner.model.text import iso_time

STARTED, RESUMED, RECONCILED, STOPPED = "started", "resumed", "reconciled", "stopped"
MARKS = (STARTED, RESUMED, RECONCILED, STOPPED)
"""The events that tell of sessions."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A line that tells of sessions, and the line before it (empty: there is none)."""

    line: str
    former: str


def reconciled(*, since_ms: int, at_ms: int) -> Noted:
    """Return the entry that tells of a session which looked again, at its end: one that learns nothing has none."""
    return Noted(at_ms=at_ms, what=RECONCILED, facts={"since": iso_time(since_ms)})


def sessions_of(marked: Iterable[Marked], *, last: str) -> list[Session]:
    """Return the sessions, oldest first; one that is at work ends, so far, with the ``last`` line of all."""
    sessions: list[Session] = []
    begun: Session | None = None
    for each in marked:
        event = json.loads(each.line)
        what, at_ms = event["event"], _ms(event["at"])
        if what == STOPPED:
            if begun:
                # Who gives an execution up for good ends it long after it was worked.
                ended_ms = _at(each.former) if event["state"] == "abandoned" else at_ms
                sessions.append(_ended(begun, ended_ms))
            begun = None
        elif what == RECONCILED:
            since_ms = _ms(event["since"])
            if begun and begun.from_ms < since_ms:
                sessions.append(_ended(begun, since_ms))
            begun = Session(from_ms=since_ms, to_ms=at_ms, is_reconciling=True)
        else:
            if begun:
                sessions.append(_ended(begun, _at(each.former)))
            begun = Session(from_ms=at_ms, to_ms=at_ms)
    return [*sessions, _ended(begun, _at(last))] if begun else sessions


def _ended(session: Session, at_ms: int) -> Session:
    return Session(from_ms=session.from_ms, to_ms=at_ms, is_reconciling=session.is_reconciling)


def _at(line: str) -> int:
    return _ms(json.loads(line)["at"]) if line else 0


def _ms(moment: str) -> int:
    return round((datetime.fromisoformat(moment) - _EPOCH).total_seconds() * 1000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
