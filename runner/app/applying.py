"""`apply`: do what a spec or a plan says, or go on where it was left."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.app.assembling import Work
from runner.app.explaining import explained, question
from runner.app.house import House, advised
from runner.app.journals import require_history, tell_journal
from runner.app.lease_wait import LeaseWait
from runner.app.leases import LeaseKeeper
from runner.app.noticing import hands_for
from runner.app.planning import drafted, nothing_to_do
from runner.app.platform import opened_platform
from runner.app.signals import Interrupted, Stopping, plain_interrupts, signals_handled
from runner.app.starting import (
    UNFINISHED,
    Place,
    abandon,
    begin,
    new_place,
    of_plan,
    refuse_edited,
    refuse_elsewhere,
    refuse_expired,
    refuse_unwritable,
    unfinished,
    whereabouts,
)
from runner.app.subject import Subject
from runner.app.telling import tell_end
from runner.app.verdict import verdict
from runner.app.working import Worked, keeper_for, work, worked_of
from runner.client import FlowService
from runner.errors import UsageError
from runner.execute import Ended
from runner.journal import Journal, open_journal
from runner.limits import Gate
from runner.model.meaning import LEFT
from runner.model.plan import PlannedSandbox
from runner.model.report import AGAIN, DEMO, NO_WAIT, Execution, Whereabouts
from runner.model.spec import Spec
from runner.model.words import ExecutionId, OnFailure
from runner.plan import PlanFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """What the command line says beside the spec or plan."""

    yes: bool
    abandon: bool
    again: bool
    """Re-trigger also runs that this journal or somebody else re-triggered already."""
    stop_after_seconds: float | None
    no_wait: bool = False
    """Leave watching the new runs to a later ``reconcile``, whatever the spec says."""
    fail_if_empty: bool = False
    """Refuse to begin an execution that has nothing to re-trigger."""
    require_journal: bool = False
    """Refuse a journal that has no history."""
    wait_for_lease_seconds: float = 0.0
    """How long to wait for flows that others hold."""
    report_directory: Path | None = None
    """Where the folder of this execution's reports is made, whatever the spec says."""
    is_demo: bool = False
    """Whether the platform is there for this one process alone."""


async def apply(subject: Subject, options: ApplyOptions, *, house: House) -> int:
    """Apply a spec or a plan; return the exit code. Raises RetriggerError where nothing could be done."""
    _refuse_not_to_wait(subject.spec, options)
    if options.fail_if_empty and subject.plan and not subject.plan.footer.runs:
        raise nothing_to_do(str(subject.plan.path), "the plan holds no run")
    org_id = subject.spec.connection.org_id
    if options.require_journal:
        require_history(org_id, house=house)
    is_made = not options.require_journal
    journal = (house.stage.open_journal or open_journal)(house.journal_place, make=is_made)
    tell_journal(journal, org_id, house=house)
    stopping = Stopping.cancelling(asyncio.current_task())
    try:
        with signals_handled(stopping):
            return await _apply(subject, options, journal=journal, stopping=stopping, house=house)
    except asyncio.CancelledError:
        raise Interrupted(f"{stopping.asked or 'interrupted'}; nothing was sent.") from None
    finally:
        journal.close()


async def _apply(
    subject: Subject, options: ApplyOptions, *, journal: Journal, stopping: Stopping, house: House
) -> int:
    wait = LeaseWait(seconds=options.wait_for_lease_seconds, journal=journal, house=house)
    worked = None
    while worked is None:
        if earlier := _earlier(subject, journal):
            await wait.until_released(earlier.id)
            earlier = _earlier(subject, journal)
        with suppress(_Overtaken):
            worked = await _applied(subject, options, earlier, wait=wait, stopping=stopping)
    tell_end(worked, house=house)
    return worked.exit_code


class _Overtaken(Exception):
    """While flows were waited for others worked on, so that it has to be seen anew what there is to do."""


async def _applied(
    subject: Subject,
    options: ApplyOptions,
    earlier: Execution | None,
    *,
    wait: LeaseWait,
    stopping: Stopping,
) -> Worked:
    journal, house = wait.journal, wait.house
    if earlier and earlier.state not in UNFINISHED:
        return _already_done(earlier, options, journal=journal, house=house)
    refuse_unwritable(_reports_folder(earlier, options) or subject.spec.report.directory)
    async with opened_platform(subject.spec, house=house) as (service, gate):
        applying = _Applying(
            subject=subject,
            options=options,
            journal=journal,
            stopping=stopping,
            house=house,
            wait=wait,
            service=service,
            gate=gate,
        )
        if earlier and options.abandon:
            await applying.end_for_good(earlier)
            earlier = None
        return await (applying.go_on(earlier) if earlier else applying.begin())


def _refuse_not_to_wait(spec: Spec, options: ApplyOptions) -> None:
    """Refuse --no-wait where something else in the spec lives on watching; raises UsageError."""
    limits = [spec.limits, *(sandbox.limits for sandbox in spec.sandboxes)]
    needs = [
        f"on_failure: {spec.on_failure}" if spec.on_failure is not OnFailure.CONTINUE else "",
        "max_running" if any(one.max_running for one in limits) else "",
        "max_running_per_flow" if any(one.max_running_per_flow for one in limits) else "",
    ]
    if options.no_wait and any(needs):
        what = ", ".join(filter(None, needs))
        raise UsageError(
            f"{spec.place}: {what} needs to see whether runs recover, and --no-wait watches none. Nothing was sent.",
            remedy="Leave out --no-wait, or these keys.",
        )


def _earlier(subject: Subject, journal: Journal) -> Execution | None:
    """Return the execution to go on with: this plan's own, or the spec's unfinished one."""
    if subject.plan and (own := of_plan(journal, subject.plan)):
        return own
    return unfinished(journal, spec=subject.spec)


def _reports_folder(execution: Execution | None, options: ApplyOptions) -> Path | None:
    """Return the folder of an execution's reports, where the command line may want another; None: it has none yet."""
    if execution is None:
        return options.report_directory
    given = options.report_directory
    return given / execution.id if given else Path(execution.reports_directory)


def _already_done(
    execution: Execution, options: ApplyOptions, *, journal: Journal, house: House
) -> Worked:
    # What was found out since then counts too.
    code = verdict(Ended(), journal.tallies(execution.id)).exit_code
    house.console.say(
        "this very plan was applied before; nothing is left to do, and nothing was sent.",
        action="already_applied",
    )
    folder = _reports_folder(execution, options)
    return worked_of(journal, execution.id, exit_code=code, directory=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applying:
    """One go at applying, with everything it needs."""

    subject: Subject
    options: ApplyOptions
    journal: Journal
    stopping: Stopping
    house: House
    wait: LeaseWait
    service: FlowService
    gate: Gate

    async def begin(self) -> Worked:
        """Begin a new execution, of the plan at hand or of a fresh one."""
        plan = self.subject.plan
        keeper = await (self._from_plan(plan) if plan else self._from_spec())
        return await self._work(keeper, goes_on=False)

    async def go_on(self, execution: Execution) -> Worked:
        """Go on with an unfinished execution: only what is not settled is touched."""
        self._refuse_another(execution)
        left = self._left(execution)
        self.house.console.say(
            f"execution {execution.id} is unfinished; going on with it.", action="resumed"
        )
        self._ask([(s, left[s.name]) for s in execution.sandboxes], what="Go on with")
        keeper = self._keeper(execution.id)
        await self.wait.take(keeper)
        await self._refuse_ended(keeper)
        keeper.resume(self._whereabouts())
        if self.options.report_directory:
            folder = _reports_folder(execution, self.options)
            self.journal.report_to(execution.id, str(folder))
        return await self._work(keeper, goes_on=execution.state == "stopped")

    async def _refuse_ended(self, keeper: LeaseKeeper) -> None:
        """Raise _Overtaken where others finished an execution before its flows could be taken."""
        now = self.journal.execution(keeper.execution_id)
        if now is None or now.state not in UNFINISHED:
            await keeper.drop()
            raise _Overtaken

    async def end_for_good(self, execution: Execution) -> None:
        """End an unfinished execution, once it is sure that nobody works on it and the person agrees."""
        keeper = self._keeper(execution.id)
        await self.wait.take(keeper)
        try:
            self._agree(
                f"Abandon execution {execution.id}? What it has not attempted will not be attempted by it."
            )
            keeper.take()  # a person may have thought for longer than a hold lasts
            abandon(self.journal, execution, house=self.house)
        finally:
            self.journal.drop_leases(keeper.holder)

    async def _from_spec(self) -> LeaseKeeper:
        spec, house = self.subject.spec, self.house
        async with drafted(
            spec,
            service=self.service,
            gate=self.gate,
            journal=self.journal,
            again=self.options.again,
            house=house,
        ) as draft:
            house.console.say(explained(draft), action="planned")
            draft.refuse_undecided()
            if self.options.fail_if_empty:
                draft.refuse_empty()
            counts = draft.runs_by_sandbox()
            self._ask([(s, counts[s.name]) for s in draft.header.sandboxes], what="Re-trigger")
            place = self._new_place()
            plan = await asyncio.to_thread(draft.write, place.plan)
        return await self._begun(plan, place)

    async def _from_plan(self, plan: PlanFile) -> LeaseKeeper:
        spec = self.subject.spec
        refuse_elsewhere(plan.header, spec, plan.path)
        self._refuse_expired(plan)
        counts = Counter(run.found.sandbox for run in plan.runs())
        self._ask([(s, counts[s.name]) for s in plan.header.sandboxes], what="Re-trigger")
        place = self._new_place()
        keeper = await self._begun(plan, place)
        plan.copy_to(place.plan)
        return keeper

    def _new_place(self) -> Place:
        spec = self.subject.spec
        return new_place(spec, directory=self.options.report_directory, house=self.house)

    async def _begun(self, plan: PlanFile, place: Place) -> LeaseKeeper:
        """Record a new execution and take its flows in one step; a plan of many runs takes a while to record."""
        spec, house = self.subject.spec, self.house
        keeper = self._keeper(place.execution_id)
        at = self._whereabouts()

        async def begun() -> None:
            if self.wait.has_waited:
                if _earlier(self.subject, self.journal):
                    raise _Overtaken
                self._refuse_expired(plan)
            await asyncio.to_thread(begin, keeper, plan, spec=spec, place=place, at=at, house=house)

        await self.wait.until_free(begun)
        keeper.take()
        return keeper

    def _refuse_expired(self, plan: PlanFile) -> None:
        now_ms = self.house.clock.now_ms()
        refuse_expired(plan.header, plan.path, now_ms=now_ms, house=self.house)

    def _whereabouts(self) -> Whereabouts:
        options, house = self.options, self.house
        words = {AGAIN: options.again, NO_WAIT: options.no_wait, DEMO: options.is_demo}
        given = [word for word, holds in words.items() if holds]
        return whereabouts(self.subject.applied, given, house=house)

    def _keeper(self, execution_id: ExecutionId) -> LeaseKeeper:
        return keeper_for(self.subject.spec, execution_id, journal=self.journal, house=self.house)

    async def _work(self, keeper: LeaseKeeper, *, goes_on: bool) -> Worked:
        spec = self.subject.spec
        return await work(
            Work(
                spec=self.subject.spec,
                execution_id=keeper.execution_id,
                journal=self.journal,
                service=self.service,
                gate=self.gate,
                house=self.house,
                stopping=self.stopping,
                stop_after_seconds=self.options.stop_after_seconds,
                again=self.options.again,
                waits=spec.wait.for_recovery and not self.options.no_wait,
                goes_on=goes_on,
                hands=hands_for(spec, self.service, journal=self.journal, house=self.house),
            ),
            keeper=keeper,
        )

    def _refuse_another(self, execution: Execution) -> None:
        if self.subject.plan and execution.plan_sha256 != self.subject.plan.sha256:
            raise UsageError(
                f"{self.subject.plan.path}: execution {execution.id} of the same spec, with another plan, is "
                "unfinished. Nothing was sent.",
                remedy="Apply that one's plan or spec to finish it, or end it for good with --abandon.",
            )
        refuse_edited(execution, self.subject.spec)

    def _left(self, execution: Execution) -> Counter[str]:
        left: Counter[str] = Counter()
        for tally in self.journal.tallies(execution.id):
            if tally.outcome in LEFT:
                left[tally.sandbox] += tally.count
        return left

    def _ask(self, counts: Sequence[tuple[PlannedSandbox, int]], *, what: str) -> None:
        """Have the person agree; nothing to send needs no consent."""
        if any(count for _, count in counts):
            self._agree(question(counts, spec=self.subject.spec, what=what))

    def _review(self) -> str:
        """Return how consent is given where nobody can be asked."""
        if self.subject.plan or not self.subject.applied:
            return "See what is told above, then give --yes."
        plan = advised(self.house, "plan", Path(self.subject.applied))
        return f"Review the plan (`{plan}`), then give --yes."

    def _agree(self, words: str) -> None:
        if self.options.yes:
            return
        with plain_interrupts(self.stopping):
            answer = self.house.console.agree(words)
        if answer is None:
            raise UsageError(
                "there is no terminal to ask for consent on. Nothing was sent.",
                remedy=self._review(),
            )
        if not answer:
            raise UsageError(
                "you did not agree. Nothing was sent.", remedy="Only the whole word yes is consent."
            )
