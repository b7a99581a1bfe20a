"""Run the real command, and have its process killed or stopped at one exact moment.

A moment is three words: when, what, and how often it has to come (``after Claimed 2``). What there is:

    begin, resume              the journal's transactions of these names: before, in (not committed yet), after
    Claimed, Settled, Stopped  a journal transaction that holds such an entry: before, in, after
    take_leases, drop_leases   likewise: before, after (a new execution takes its flows in begin)
    send                       a re-trigger request with its connection in hand: before, after its bytes left
    results.csv                a report: in (written, and not in its place yet), after
"""

import signal
import threading
from collections.abc import Callable, Sequence
from typing import Any

from runner.cli import main
from runner.files import Folder
from runner.journal import sqlite
from runner.journal.entries import Entry
from runner.journal.sqlite import SqliteJournal
from runner.transport.sending import CheckedRequest

KILLED, STOPPED = "KILL", "STOP"


class Fuse:
    """Sends this process a signal when its moment comes for the n-th time."""

    def __init__(self, moment: str, *, sent: signal.Signals) -> None:
        when, what, count = moment.split()
        self._moment = f"{when} {what}"
        self._left = int(count)
        self._signal = sent

    def at(self, when: str, *whats: str) -> None:
        """Take note that something happens."""
        if self._moment in {f"{when} {what}" for what in whats}:
            self._left -= 1
            if self._left == 0:
                # To this very thread: it goes no step further, whatever the others do.
                signal.pthread_kill(threading.get_ident(), self._signal)


def run(moment: str, kind: str) -> None:
    """Be the command, with this process's arguments; ``kind`` is KILLED or STOPPED."""
    fuse = Fuse(moment, sent=signal.Signals[f"SIG{kind}"])
    _watch_journal(fuse)
    _watch_requests(fuse)
    _watch_reports(fuse)
    main()


def _words(entries: Sequence[Entry]) -> list[str]:
    """What a transaction is called: by its entries, or by what its first note says."""
    notes = {"started": "begin", "resumed": "resume"}
    return [notes.get(getattr(entry, "what", ""), type(entry).__name__) for entry in entries]


def _watch_journal(fuse: Fuse) -> None:
    append = sqlite.append_events

    def in_it(writer: Any, number: int, entries: Sequence[Entry]) -> None:
        append(writer, number, entries)
        fuse.at("in", *_words(entries))

    sqlite.append_events = in_it  # type: ignore[attr-defined]  # it is imported there from another module
    _watch(SqliteJournal, "write", fuse, words=lambda _id, entries: _words(entries))
    for name in ("begin", "resume", "take_leases", "drop_leases"):
        _watch(SqliteJournal, name, fuse, words=lambda *_, name=name: [name])  # type: ignore[misc]


def _watch(kind: type, name: str, fuse: Fuse, *, words: Callable[..., list[str]]) -> None:
    act = getattr(kind, name)

    def watched(self: object, *args: Any, **named: Any) -> Any:
        fuse.at("before", *words(*args))
        result = act(self, *args, **named)
        fuse.at("after", *words(*args))
        return result

    setattr(kind, name, watched)


def _watch_requests(fuse: Fuse) -> None:
    send = CheckedRequest.send

    async def watched(self: CheckedRequest, conn: Any) -> Any:
        is_act = self.method == "POST" and self.url.path.endswith("/action")
        if is_act:
            fuse.at("before", "send")
        response = await send(self, conn)
        if is_act:
            fuse.at("after", "send")
        return response

    CheckedRequest.send = watched  # type: ignore[method-assign]  # the very purpose


def _watch_reports(fuse: Fuse) -> None:
    fill, write = Folder._fill, Folder.write  # between the two nothing else can be hooked

    def filled(self: Folder, temporary: str, **named: Any) -> None:
        fill(self, temporary, **named)
        fuse.at("in", temporary.removeprefix(".").rpartition(".")[0].rpartition(".")[0])

    def written(self: Folder, name: str, **named: Any) -> Any:
        path = write(self, name, **named)
        fuse.at("after", name)
        return path

    Folder._fill = filled  # type: ignore[method-assign]  # likewise
    Folder.write = written  # type: ignore[method-assign]  # likewise
