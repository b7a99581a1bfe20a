"""Write intents ahead of requests: few, just before their turn, and taken back when the turn does not come.

An intent is durable before its job is ready. Nothing here asks the platform.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.clock import Clock
from runner.execute.admission import Admission
from runner.execute.board import Board
from runner.execute.dispatch import Dispatcher
from runner.execute.lanes import Job, Lane, SandboxWork
from runner.execute.settings import Permit, Settings
from runner.execute.verify import FRESH_SECONDS
from runner.journal import Claimed, Facts, GroupCommit, Noted, Released
from runner.model.words import FlowId, SandboxName

_TOO_OLD_TO_CLAIM = FRESH_SECONDS * 0.75
"""A look older than this, in seconds, would be stale before its request's turn."""


@dataclass(slots=True)
class Claims:
    """The intents of one execution."""

    settings: Settings
    board: Board
    commits: GroupCommit
    permit: Permit
    clock: Clock
    dispatcher: Dispatcher
    admission: Admission
    spent: Callable[[SandboxWork, str], None]
    """Told that a sandbox's share of the day is spent, and why."""
    is_idle: Callable[[], bool]
    """Whether nothing is claimed, under way or in doubt."""
    closed: bool = False
    _alarms: dict[SandboxName, asyncio.Task[None]] = field(default_factory=dict)
    """What wakes a sandbox when its quiet hours end."""

    def claim_more(self, work: SandboxWork) -> None:
        """Write intents for the next lanes, as many as will soon be sent; none once the permit has ended."""
        while work.claimable and work.wants_claims() and self._may_claim(work):
            lane = work.claimable.popleft()
            if not lane.closed and self.admission.room.for_lane(lane):
                self._claim(work, lane)
        if work.wants_verified(self.clock.monotonic()):
            work.wake.set()

    def claim_everywhere(self) -> None:
        """Look again in every sandbox: a place was freed, or a pause ended."""
        for work in list(self.board.works.values()):
            self.claim_more(work)

    def not_accepted(self, lane: Lane) -> None:
        """Give back the place of a run that is surely not in progress."""
        self.admission.day.give_back(lane.sandbox)
        self.ended(lane.sandbox, lane.flow_id)

    def ended(self, sandbox: SandboxName, flow_id: FlowId) -> None:
        """Give back the place of a run that has ended, and claim for whoever waited for it."""
        waited = self.admission.room.end(sandbox, flow_id)
        if waited and not waited.closed:
            self.board.works[sandbox].claimable.appendleft(waited)
        self.claim_everywhere()

    def close(self) -> None:
        """Claim nothing more."""
        self.closed = True
        for alarm in self._alarms.values():
            alarm.cancel()

    def is_stale(self, job: Job) -> bool:
        """Whether a claimed run may no longer be asked for without another look."""
        now = self.clock.monotonic()
        return (
            job.lane.closed
            or now >= job.send_by
            or now - job.verified.at > FRESH_SECONDS
            or self.admission.is_closed(job.lane.sandbox)
        )

    def hand_back(self, job: Job) -> None:
        """Take back the intent of a run that was not asked for; its lane starts over from it."""
        self.commits.put([self.unasked(job)], then=lambda: self._rewind(job))
        self.not_accepted(job.lane)

    def unasked(self, job: Job) -> Released:
        """Return the entry that takes an intent back."""
        return Released(
            at_ms=self.clock.now_ms(),
            position=job.run.position,
            run_id=job.run.found.run_id,
            attempt=job.attempt,
            counts=False,
            why="claimed and not asked",
            http_status=None,
            request_id=job.request_id,
        )

    def _may_claim(self, work: SandboxWork) -> bool:
        if self.closed or self.clock.monotonic() >= self.permit.until():
            return False
        if not self.admission.takes(work.name):
            self._wake_after_quiet_hours(work)
            return False
        if why := self.admission.day.why_not(work.name, now_ms=self.clock.now_ms()):
            if (
                self.is_idle()
            ):  # what is claimed may be given back, and then there is room for others
                self.spent(work, why)
            return False
        return True

    def _wake_after_quiet_hours(self, work: SandboxWork) -> None:
        seconds = self.admission.quiet_seconds(work.name)
        if seconds <= 0.0 or work.name in self._alarms:
            return
        facts: Facts = {"sandbox": work.name, "seconds": round(seconds)}
        self.commits.put([Noted(at_ms=self.clock.now_ms(), what="quiet_hours", facts=facts)])
        self._alarms[work.name] = asyncio.create_task(self._wake(work, seconds))

    async def _wake(self, work: SandboxWork, seconds: float) -> None:
        await self.clock.sleep(seconds)
        del self._alarms[work.name]
        self.claim_more(work)

    def _claim(self, work: SandboxWork, lane: Lane) -> None:
        head = lane.verified[0]
        if self.clock.monotonic() - head.at > _TOO_OLD_TO_CLAIM:
            self.board.look_anew(lane, lane_position=head.run.lane_position)
            return
        job, intent = self._intent(work, lane)
        work.claiming += 1
        work.claims.count(self.clock.monotonic())
        self.admission.room.begin(lane.sandbox, lane.flow_id)
        self.admission.day.take(lane.sandbox, at_ms=job.asked_at_ms)
        self.commits.put([intent], then=lambda: self._claimed(work, job))

    def _claimed(self, work: SandboxWork, job: Job) -> None:
        work.claiming -= 1
        work.ready.append(job)
        self.dispatcher.pump()

    def _rewind(self, job: Job) -> None:
        if not job.lane.closed:
            self.board.look_anew(job.lane, lane_position=job.run.lane_position)

    def _intent(self, work: SandboxWork, lane: Lane) -> tuple[Job, Claimed]:
        verified = lane.verified.popleft()
        work.verified -= 1
        now, now_ms = self.clock.monotonic(), self.clock.now_ms()
        send_by = min(now + self.settings.send_within_seconds, self.permit.until())
        request_id = self.settings.new_request_id()
        attempt = verified.attempts + 1
        job = Job(
            lane=lane,
            verified=verified,
            attempt=attempt,
            request_id=request_id,
            asked_at_ms=now_ms,
            send_by=send_by,
        )
        return job, Claimed(
            at_ms=now_ms,
            position=verified.run.position,
            run_id=verified.run.found.run_id,
            attempt=attempt,
            request_id=request_id,
            send_by_ms=now_ms + round((send_by - now) * 1000),
            server_offset_ms=self.settings.server_offset_ms(),
        )
