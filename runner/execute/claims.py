"""Write intents ahead of requests: few, just before their turn, and taken back when the turn does not come.

An intent is durable before its job is ready. Nothing here asks the platform.
"""

from dataclasses import dataclass

from runner.clock import Clock
from runner.execute.board import Board
from runner.execute.dispatch import Dispatcher
from runner.execute.lanes import Job, Lane, SandboxWork
from runner.execute.settings import Permit, Settings
from runner.execute.verify import FRESH_SECONDS
from runner.journal import Claimed, GroupCommit, Released

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
    closed: bool = False

    def claim_more(self, work: SandboxWork) -> None:
        """Write intents for the next lanes, as many as will soon be sent; none once the permit has ended."""
        while work.claimable and work.wants_claims() and self._may_claim():
            lane = work.claimable.popleft()
            if not lane.closed:
                self._claim(work, lane)
        if work.wants_verified():
            work.wake.set()

    def is_stale(self, job: Job) -> bool:
        """Whether a claimed run may no longer be asked for without another look."""
        now = self.clock.monotonic()
        return job.lane.closed or now >= job.send_by or now - job.verified.at > FRESH_SECONDS

    def hand_back(self, job: Job) -> None:
        """Take back the intent of a run that was not asked for; its lane starts over from it."""
        self.commits.put([self.unasked(job)], then=lambda: self._rewind(job))

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

    def _may_claim(self) -> bool:
        return not self.closed and self.clock.monotonic() < self.permit.until()

    def _claim(self, work: SandboxWork, lane: Lane) -> None:
        head = lane.verified[0]
        if self.clock.monotonic() - head.at > _TOO_OLD_TO_CLAIM:
            self.board.look_anew(lane, lane_position=head.run.lane_position)
            return
        job, intent = self._intent(work, lane)
        work.claiming += 1
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
