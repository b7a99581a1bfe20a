"""Turn entries into the lines of ``events.jsonl``, each chained to the one before by a hash.

Pure. A line is a JSON object whose last member, ``chain``, is the SHA-256 (hex) of the former line's chain and of
the line up to that member. Whoever changes, drops or reorders a line breaks the chain at that line.
"""

import hashlib
import json
from json.encoder import encode_basestring_ascii as _quoted
from typing import assert_never

from runner.journal.entries import (
    Claimed,
    Cleared,
    Duplicated,
    Entry,
    Halted,
    Noted,
    Released,
    Settled,
    Stopped,
    Watched,
)
from runner.model.text import iso_time, json_for_logs

FIRST_LINK = "0" * 64
"""What the first line is chained to."""


def chained(body: str, *, former: str) -> tuple[str, str]:
    """Return the finished line and its chain, for a JSON object ``body`` after the line chained ``former``."""
    link = link_of(body, former=former)
    return f'{body[:-1]}, "chain": "{link}"}}', link


def link_of(body: str, *, former: str) -> str:
    """Return the chain of a JSON object ``body`` after the line chained ``former``."""
    # Our own lines are ASCII; one that somebody changed may hold anything, lone surrogates too.
    return hashlib.sha256(f"{former}\n{body}".encode(errors="surrogatepass")).hexdigest()


def body_of(entry: Entry, *, number: int) -> str:
    """Return the JSON object of an entry, without its chain."""
    told = [
        f'"{key}": {_json(value)}'
        for key, value in _facts(entry).items()
        if value is not None and value != ""
    ]
    body = ", ".join([f'{{"number": {number}, "at": "{iso_time(entry.at_ms)}"', *told]) + "}"
    return json_for_logs(body)


def _json(value: object) -> str:
    """Return what ``json.dumps`` would; an execution writes these by the thousand, nearly all text and numbers."""
    if type(value) is str:
        return _quoted(value)
    return str(value) if type(value) is int else json.dumps(value)


def _facts(entry: Entry) -> dict[str, object]:  # noqa: PLR0911  # one for each kind of entry
    match entry:
        case Claimed():
            return {
                "event": "asked",
                "position": entry.position,
                "run": entry.run_id,
                "attempt": entry.attempt,
                "request_id": entry.request_id,
                "send_by": iso_time(entry.send_by_ms),
            }
        case Released():
            return {
                "event": "released",
                "position": entry.position,
                "run": entry.run_id,
                "attempt": entry.attempt,
                "reason": entry.why,
                "http_status": entry.http_status,
                "request_id": entry.request_id,
            }
        case Settled():
            return _settled_facts(entry)
        case Cleared():
            return {
                "event": "cleared",
                "position": entry.position,
                "run": entry.run_id,
                "reason": entry.because,
            }
        case Watched():
            return _watched_facts(entry)
        case Duplicated():
            return {
                "event": "duplicated" if entry.by else "not_duplicated",
                "position": entry.position,
                "run": entry.run_id,
                "new_run": entry.new_run_id,
                "duplicated_by": ", ".join(run_id for run_id, _ in entry.by),
                "evidence": ", ".join(sign.value for _, sign in entry.by),
            }
        case Halted():
            return {"event": "halted", "lanes": list(entry.lanes), "reason": entry.because}
        case Noted():
            return {"event": entry.what, **entry.facts}
        case Stopped():
            return {
                "event": "stopped",
                "state": entry.state,
                "reason": entry.because,
                "exit_code": entry.exit_code,
            }
        case _:
            assert_never(entry)


def _settled_facts(entry: Settled) -> dict[str, object]:
    return {
        "event": "settled",
        "position": entry.position,
        "run": entry.run_id,
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "evidence": str(entry.evidence),
        "new_run": entry.new_run_id,
        "new_etag": entry.new_etag,
        "attempts": entry.attempts,
        "http_status": entry.http_status,
        "request_id": entry.request_id,
    }


def _watched_facts(entry: Watched) -> dict[str, object]:
    recovered = entry.recovered
    return {
        "event": "watched",
        "position": entry.position,
        "run": entry.run_id,
        "recovery": recovered.recovery.value,
        "reason": recovered.reason,
        "new_status": recovered.status,
        "new_etag": recovered.etag,
        "records_in": recovered.records_in,
        "records_out": recovered.records_out,
        "error_code": recovered.error_code,
        "error_message": recovered.error_message,
    }
