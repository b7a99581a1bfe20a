"""What a person found out about unanswered requests: held against the platform and the journal, then recorded."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from runner.app.deciding import decider_for
from runner.app.house import House, advised
from runner.app.platform import opened_platform
from runner.errors import CannotGoOn, UsageError
from runner.journal import Entry, Facts, Journal, Noted, adopted, cleared
from runner.machine import who
from runner.model.doubt import Absent, Adopt, OpenAsk, StillOpen, Verdict
from runner.model.platform import Run
from runner.model.spec import Spec
from runner.model.text import terminal
from runner.model.words import Evidence, RunId
from runner.reconcile import CannotTell, Finding, Wrong, judge_finding
from runner.selection import found_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What a person found out: old runs with their new ones, and old runs that were never accepted."""

    adopt: Mapping[RunId, RunId]
    absent: frozenset[RunId]
    unverified: bool = False
    """Whether to record also what cannot be verified: a new run, or that there is none."""

    def __bool__(self) -> bool:
        return bool(self.adopt or self.absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of what a person found: as the platform shows it, and which new runs are other requests'."""

    runs: Mapping[RunId, Run] = field(default_factory=dict)
    server_offset_ms: int | None = None
    failure: str = ""
    """Why the platform shows nothing."""
    claimed: Collection[RunId] = ()
    objections: Mapping[RunId, str] = field(default_factory=dict)
    """What speaks against an old run's request having made no run, or nothing."""

    def objection(self, ask: OpenAsk) -> str:
        """Return what speaks against a request having made no run, or nothing."""
        return self.objections.get(ask.found.run_id, self.failure)

    def finding(self, ask: OpenAsk, new: RunId) -> Finding:
        """Judge whether a run is what a request made."""
        run = self.runs.get(new)
        found = judge_finding(
            ask,
            new,
            run,
            is_claimed=new in self.claimed or (run is not None and run.id in self.claimed),
            server_offset_ms=self.server_offset_ms,
        )
        is_blind = isinstance(found, CannotTell) and self.failure and run is None
        return CannotTell(because=self.failure) if is_blind else found


async def entries_of(
    asks: Sequence[OpenAsk], decisions: Decisions, *, spec: Spec, journal: Journal, house: House
) -> list[Entry]:
    """Return the entries of a person's decisions.

    Raises UsageError for a run that is not open, for a new run that is surely another's, and for what cannot be
    verified and has to be; nothing was recorded then.
    """
    by_run = {ask.found.run_id: ask for ask in asks}
    _refuse_not_open(by_run, decisions, house=house)
    person, at_ms = who(house.environment), house.clock.now_ms()
    adoptions = [(by_run[old], new) for old, new in decisions.adopt.items()]
    absences = [by_run[old] for old in sorted(decisions.absent)]
    known = await _known(adoptions, absences, spec=spec, journal=journal, house=house)
    doubts = [_doubt(known, ask, new, unverified=decisions.unverified) for ask, new in adoptions]
    said: list[Entry] = [
        _adopted(ask, new, known, reason=f"adopted by {person}{doubt}", at_ms=at_ms)
        for (ask, new), doubt in zip(adoptions, doubts, strict=True)
    ]
    for ask in absences:
        against = known.objection(ask)
        _refuse_presence(ask, against, unverified=decisions.unverified)
        doubts.append(f"; not verified: {against}" if against else "")
        said.append(cleared(ask, f"said to be absent by {person}{doubts[-1]}", at_ms=at_ms))
    facts: Facts = {"who": person, "adopted": len(adoptions), "absent": len(absences)}
    facts = {**facts, "unverified": len([doubt for doubt in doubts if doubt])}
    return [Noted(at_ms=at_ms, what="decided_by_person", facts=facts), *said]


def _refuse_not_open(
    by_run: Mapping[RunId, OpenAsk], decisions: Decisions, *, house: House
) -> None:
    for old in (*decisions.adopt, *decisions.absent):
        if old not in by_run:
            raise UsageError(
                f"run {terminal(old)} is not unresolved in this execution.",
                remedy=f"`{advised(house, 'status')}` names the unresolved ones, with --format json all of them. "
                "Nothing was recorded.",
            )


async def _known(
    adoptions: Sequence[tuple[OpenAsk, RunId]],
    absences: Sequence[OpenAsk],
    *,
    spec: Spec,
    journal: Journal,
    house: House,
) -> _Known:
    """Look the new runs up, and for those that are said to be absent, as far as the platform answers."""
    runs: dict[RunId, Run] = {}
    objections: dict[RunId, str] = {}
    offset_ms, failure = None, ""
    try:
        async with opened_platform(spec, house=house) as (service, _):
            for ask, new in adoptions:
                runs |= await found_by_id(service, ask.found.sandbox, [new])
            offset_ms = service.server_offset_ms()
            decider = decider_for(spec, platform=service, journal=journal, clock=house.clock)
            for ask in absences:
                # Looks without a result move the end of a request; what counts for a person is when it was made.
                made = replace(ask, ended_at_ms=ask.asked_at_ms)
                objections[ask.found.run_id] = _objection(await decider.decide(made))
    except CannotGoOn as error:
        failure = f"it cannot be looked up: {str(error).removesuffix('.')}"
    ids = [*(new for _, new in adoptions), *(run.id for run in runs.values())]
    claimed = await asyncio.to_thread(journal.claimed_runs, spec.connection.org_id, ids)
    return _Known(
        runs=runs,
        server_offset_ms=offset_ms,
        failure=failure,
        claimed=claimed,
        objections=objections,
    )


def _doubt(known: _Known, ask: OpenAsk, new: RunId, *, unverified: bool) -> str:
    """Return what could not be verified, as words that follow others, or nothing; UsageError where that is needed."""
    finding = known.finding(ask, new)
    pair = f"run {new} as what {ask.found.run_id} became"
    if isinstance(finding, Wrong):
        raise UsageError(
            terminal(f"{pair}: it cannot be: {finding.because}."),
            remedy="Look for the run that the request made. Nothing was recorded.",
        )
    if not isinstance(finding, CannotTell):
        return ""
    if not unverified:
        raise UsageError(
            terminal(f"{pair}: it cannot be verified: {finding.because}."),
            remedy="With --unverified it is recorded as you say. Nothing was recorded.",
        )
    return f"; not verified: {finding.because}"


def _objection(verdict: Verdict) -> str:
    """Only a look that proves absence says nothing against it."""
    match verdict:
        case Absent():
            return ""
        case Adopt():
            return f"run {verdict.run_id} is there, and it is what the request made"
        case StillOpen():
            return (
                verdict.because if verdict.final else f"it is too early to tell, {verdict.because}"
            )


def _refuse_presence(ask: OpenAsk, against: str, *, unverified: bool) -> None:
    if against and not unverified:
        raise UsageError(
            terminal(f"run {ask.found.run_id} as never accepted: {against}."),
            remedy="If a run is what it became, --adopt that. With --unverified it is recorded as you say, and the "
            "next apply asks for it again, whatever came of the first time. Nothing was recorded.",
        )


def _adopted(ask: OpenAsk, new: RunId, known: _Known, *, reason: str, at_ms: int) -> Entry:
    """Return the entry of an adoption, with the new run as the platform shows it, in its own spelling."""
    run = known.runs.get(new)
    verdict = Adopt(
        run_id=run.id if run else new,
        etag=run.etag if run else None,
        status=run.status if run else "",
        evidence=(Evidence.PERSON,),
    )
    return adopted(ask, verdict, at_ms=at_ms, reason=reason)
