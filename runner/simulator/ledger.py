"""The simulator's own book: every request it got and every re-trigger it accepted.

Kept apart from the answers, so that a test can ask whether anything was re-triggered twice or lost, whatever the
client saw. Pure bookkeeping; it decides nothing.
"""

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request. ``order`` counts from 1; ``answer`` is the HTTP status, or ``dropped``."""

    order: int
    at_ms: int
    method: str
    path: str
    query: str
    kind: str
    sandbox: str
    run: str
    answer: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedLine:
    """One accepted re-trigger. ``client`` is the new run's maker, whatever the entity shows of it."""

    order: int
    at_ms: int
    old_run: str
    new_run: str
    flow: str
    sandbox: str
    client: str


class Ledger:
    """The book."""

    def __init__(self) -> None:
        self.requests: list[RequestLine] = []
        self.accepted: list[AcceptedLine] = []

    def note_request(
        self,
        *,
        at_ms: int,
        method: str,
        path: str,
        query: str,
        kind: str,
        sandbox: str,
        run: str,
        answer: int | str,
    ) -> None:
        """Write down a request and what it was answered."""
        line = RequestLine(
            order=len(self.requests) + 1,
            at_ms=at_ms,
            method=method,
            path=path,
            query=query,
            kind=kind,
            sandbox=sandbox,
            run=run,
            answer=answer,
        )
        self.requests.append(line)

    def note_accepted(
        self, *, at_ms: int, old_run: str, new_run: str, flow: str, sandbox: str, client: str
    ) -> None:
        """Write down an accepted re-trigger."""
        line = AcceptedLine(
            order=len(self.accepted) + 1,
            at_ms=at_ms,
            old_run=old_run,
            new_run=new_run,
            flow=flow,
            sandbox=sandbox,
            client=client,
        )
        self.accepted.append(line)

    def whole(self) -> dict[str, object]:
        """Return every line, ready for JSON."""
        return {
            "requests": [asdict(line) for line in self.requests],
            "accepted": [asdict(line) for line in self.accepted],
        }

    def summary(self) -> dict[str, object]:
        """Return the totals, and every old run that was accepted more than once, with all its new runs."""
        by_old: defaultdict[str, list[AcceptedLine]] = defaultdict(list)
        for line in self.accepted:
            by_old[line.old_run].append(line)
        return {
            "accepted": len(self.accepted),
            "distinct_old_runs": len(by_old),
            "duplicates": [
                {
                    "old_run": old_run,
                    "new_runs": [line.new_run for line in lines],
                    "clients": [line.client for line in lines],
                }
                for old_run, lines in by_old.items()
                if len(lines) > 1
            ],
            "accepted_by_client": dict(Counter(line.client for line in self.accepted)),
            "requests": len(self.requests),
            "requests_by_kind": dict(Counter(line.kind for line in self.requests)),
            "answers": dict(Counter(str(line.answer) for line in self.requests)),
        }
