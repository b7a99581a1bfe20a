"""`status` and `report`: what the journal says of executions, also while another process works on one."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal

from runner.app.flights import in_flight
from runner.app.house import House
from runner.app.leases import living_lease
from runner.app.plan_files import why_not_restored
from runner.app.reporting import duplicated_rows, known_execution, report, worst_flows
from runner.app.telling import duplicates_in_words, reasons_in_words, steps_in_words
from runner.journal import Journal, open_journal
from runner.model.orders import paused_by, standing
from runner.model.report import Execution, Tally
from runner.model.text import person_time, terminal, until_time
from runner.progress import WHOLE, AtWork, Table, aligned, render_status, unresolved_text
from runner.report import Standing, Worker, rates_of, status_json

_MOST_LISTED = 10
_MOST_RATES = 30
_MOST_UNRESOLVED = 20
_LATELY_SECONDS = 60.0
"""The pace is told of so long."""


def status(
    name: str | None,
    *,
    output: Literal["text", "json"] = "text",
    is_whole: bool = False,
    house: House,
) -> int:
    """Print where one execution stands, or (no name) the list of them and where the newest stands.

    With ``is_whole`` nothing is cut: for a reader that is no terminal.
    """
    journal = open_journal(house.journal_place, make=False)
    try:
        execution = known_execution(journal, name, house=house)
        if output == "json":
            house.console.out(_as_json(journal, execution, house=house))
            return 0
        if name is None:
            house.console.out(_listed(journal))
        house.console.out(_standing(journal, execution, is_whole=is_whole, house=house))
    finally:
        journal.close()
    return 0


def report_again(name: str | None, *, directory: Path | None, house: House) -> int:
    """Write an execution's reports again from the journal."""
    journal = open_journal(house.journal_place, make=False)
    try:
        execution = known_execution(journal, name, house=house)
        for path in report(journal, execution, directory=directory):
            house.console.out(terminal(str(path)))
        folder = directory or Path(execution.reports_directory)
        if lacking := why_not_restored(journal, execution, folder):
            house.console.warn(terminal(lacking), action="plan")
    finally:
        journal.close()
    return 0


def _listed(journal: Journal) -> str:
    """Return the newest executions as a table; nothing where there is only one."""
    newest = list(islice(journal.executions(), _MOST_LISTED + 1))
    if len(newest) < 2:  # noqa: PLR2004  # the one is told of in full
        return ""
    rows = tuple(
        (one.id, one.state, person_time(one.started_at_ms), one.planned)
        for one in newest[:_MOST_LISTED]
    )
    headings = ("execution", "state", "started", "planned")
    more = "older ones are known by their ids too\n" if len(newest) > _MOST_LISTED else ""
    # An id is of no use in part.
    table = Table(title="", headings=headings, rows=rows, widest=WHOLE)
    return f"{aligned(table)}{more}"


def _standing(journal: Journal, execution: Execution, *, is_whole: bool, house: House) -> str:
    at_work = _at_work(journal, execution, house=house)
    tallies = _tallies(journal, execution, is_worked_on=at_work is not None, house=house)
    steps = [] if at_work else _steps(journal, execution, tallies, house=house)
    texts = (
        reasons_in_words(execution, tallies, is_whole=is_whole),
        duplicates_in_words(duplicated_rows(journal, execution, tallies), tallies),
    )
    return render_status(
        execution,
        tallies,
        now_ms=house.clock.now_ms(),
        at_work=at_work,
        sessions=journal.sessions(execution.id),
        reasons="\n\n".join(filter(None, texts)),
        unresolved=_unresolved(journal, execution, is_worked_on=at_work is not None),
        next_steps=steps,
        is_whole=is_whole,
    ).rstrip("\n")


def _as_json(journal: Journal, execution: Execution, *, house: House) -> str:
    at_work = _at_work(journal, execution, house=house)
    is_worked_on = at_work is not None
    tallies = _tallies(journal, execution, is_worked_on=is_worked_on, house=house)
    standing_ = Standing(
        execution=execution,
        tallies=tallies,
        at_ms=house.clock.now_ms(),
        journal=journal.place,
        sessions=journal.sessions(execution.id),
        worker=_worker(at_work, now_ms=house.clock.now_ms()) if at_work else None,
        unresolved=journal.unresolved(execution.id, with_asked=not is_worked_on),
        duplicated=duplicated_rows(journal, execution, tallies, at_most=None),
        next_steps=[] if at_work else _steps(journal, execution, tallies, house=house),
        executions=list(islice(journal.executions(), _MOST_LISTED)),
    )
    return status_json(standing_)


def _worker(at_work: AtWork, *, now_ms: int) -> Worker:
    return Worker(
        who=at_work.who,
        host=at_work.host,
        since_ms=at_work.since_ms,
        seen_ms=now_ms - round(at_work.seconds_since_seen * 1000),
        held_until_ms=at_work.held_until_ms,
        settled_lately=at_work.settled,
        lately_seconds=at_work.seconds,
        paused=at_work.paused.removeprefix("paused "),
        soak=at_work.soak,
        limits=at_work.limits,
        rates=at_work.rates,
    )


def _tallies(
    journal: Journal, execution: Execution, *, is_worked_on: bool, house: House
) -> Sequence[Tally]:
    tallies = journal.tallies(execution.id)
    return in_flight(tallies, execution, house=house) if is_worked_on else tallies


def _steps(
    journal: Journal, execution: Execution, tallies: Sequence[Tally], *, house: House
) -> list[str]:
    # A process that was killed could not say so: what it left is what an interrupted one leaves.
    state = "interrupted" if execution.state == "running" else execution.state
    worst = worst_flows(journal, execution.id)
    return steps_in_words(replace(execution, state=state), tallies, worst, house=house)


def _unresolved(journal: Journal, execution: Execution, *, is_worked_on: bool) -> str:
    rows = list(journal.unresolved(execution.id, with_asked=not is_worked_on))
    return unresolved_text(rows[:_MOST_UNRESOLVED], more=max(0, len(rows) - _MOST_UNRESOLVED))


def _at_work(journal: Journal, execution: Execution, *, house: House) -> AtWork | None:
    """Return who works on it: whose lease has not ended and whose process is not provably gone."""
    now_ms = house.clock.now_ms()
    lease = living_lease(journal, execution.id, now_ms=now_ms, proc=house.proc)
    if lease is None:
        return None
    seconds = min(_LATELY_SECONDS, (now_ms - lease.since_ms) / 1000)
    ordered = standing(journal.orders(execution.id, holder_id=lease.holder.id))
    return AtWork(
        who=lease.holder.who,
        host=lease.holder.host,
        seconds_since_seen=(now_ms - lease.heartbeat_ms) / 1000,
        settled=journal.settled_since(execution.id, now_ms - round(seconds * 1000)),
        seconds=seconds,
        paused=paused_by(ordered.paused) if ordered.paused else "",
        soak=_soak(journal, execution, now_ms=now_ms),
        limits=ordered.limits_in_words,
        rates=_rates(journal, execution),
        since_ms=lease.since_ms,
        held_until_ms=lease.expires_at_ms,
    )


def _soak(journal: Journal, execution: Execution, *, now_ms: int) -> str:
    """Return until when it waits before its next wave; nothing: it does not."""
    for line in journal.latest_events(execution.id, "soak", most=1):
        event = json.loads(line)
        until_ms = round(datetime.fromisoformat(event["until"]).timestamp() * 1000)
        if until_ms > now_ms:
            return f"soak until {until_time(until_ms, now_ms=now_ms)} before wave {event['wave']}"
    return ""


def _rates(journal: Journal, execution: Execution) -> str:
    """Return the rates that are lower than the spec's at present, which way they went, and why; nothing: none is."""
    newest_first = journal.latest_events(execution.id, "rate", most=_MOST_RATES)
    present = {step.sandbox: step for step in rates_of(reversed(newest_first)).steps}
    return "; ".join(
        f"{step.sandbox or 'all'} {step.rate} ({step.change_in_words}; {step.reason})"
        for step in present.values()
        if step.is_lowered
    )
