"""What is known beside one execution: how its requests in doubt are decided, and what others of the journal did."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.clock import Clock
from runner.journal import Journal
from runner.model.doubt import OpenAsk, Verdict
from runner.model.plan import FoundRun
from runner.model.skips import flow_blocked, skipped_because
from runner.model.spec import Spec
from runner.model.words import ExecutionId, RunId, SandboxName, SkipReason
from runner.reconcile import Looker, Timing, decide
from runner.reconcile.looking import Platform

_EARLY_LOOKS = (0.1, 0.35)
"""Shares of the way to the time from which absence can be told, at which a look may already find the new run."""

_AFTER_DUE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Decides the open questions of one spec's executions."""

    looker: Looker
    clock: Clock
    our_client: str

    def seconds_to_next_look(self, ask: OpenAsk, *, looks: int) -> float:
        """Return how long to wait: a few early looks, which can only adopt, then one when it is late enough."""
        now_ms = self.clock.now_ms()
        due_ms = self.looker.timing.due_at_ms(ask)
        if now_ms >= due_ms:
            return _AFTER_DUE_SECONDS if looks else 0.0
        from_ms = max(ask.ended_at_ms, ask.asked_at_ms)
        share = (*_EARLY_LOOKS, 1.0)[min(looks, len(_EARLY_LOOKS))]
        return max(0.0, (from_ms + round((due_ms - from_ms) * share) - now_ms) / 1000)

    def due_at_ms(self, ask: OpenAsk) -> int:
        """Return when it is told whether a request acted, if it can be: absence takes two looks in a row."""
        return self.looker.timing.due_at_ms(ask) + round(_AFTER_DUE_SECONDS * 1000)

    async def decide(self, ask: OpenAsk) -> Verdict:
        """Look and judge."""
        return await decide(ask, looker=self.looker, clock=self.clock, our_client=self.our_client)


def decider_for(spec: Spec, *, platform: Platform, journal: Journal, clock: Clock) -> Decider:
    """Return the decider of a spec."""
    timing = Timing(
        answer_window_seconds=spec.reconcile.answer_window_seconds,
        visibility_lag_seconds=spec.reconcile.visibility_lag_seconds,
    )
    return Decider(
        looker=Looker(platform=platform, claimed=claimed_in(journal, spec), timing=timing),
        clock=clock,
        our_client=spec.connection.auth.client_id,
    )


def claimed_in(
    journal: Journal, spec: Spec
) -> Callable[[Sequence[RunId]], Awaitable[frozenset[RunId]]]:
    """Return what says which runs the journal knows as the new run of one of its requests."""

    async def claimed(ids: Sequence[RunId]) -> frozenset[RunId]:
        return await asyncio.to_thread(journal.claimed_runs, spec.connection.org_id, ids)

    return claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What this journal's other executions did to runs that one execution planned: plans can overlap, and grow old."""

    journal: Journal
    org_id: str
    execution_id: ExecutionId
    again: bool
    """Whether to re-trigger also what was re-triggered already; a blocked flow stays blocked."""

    async def __call__(self, sandbox: SandboxName, runs: Sequence[FoundRun]) -> Mapping[RunId, str]:
        """Return which of these runs are to be left alone, and why."""
        return await asyncio.to_thread(self._reasons, sandbox, runs)

    def _reasons(self, sandbox: SandboxName, runs: Sequence[FoundRun]) -> dict[RunId, str]:
        blocked = {
            question.flow_id: flow_blocked(question.run_id, question.execution_id)
            for question in self.journal.open_questions(self.org_id, apart_from=self.execution_id)
            if question.sandbox == sandbox
        }
        reasons = {run.run_id: blocked[run.flow_id] for run in runs if run.flow_id in blocked}
        if self.again:
            return reasons
        known = self.journal.history(self.org_id, [run.run_id for run in runs])
        return {
            run_id: skipped_because(
                SkipReason.ALREADY_RETRIGGERED, f"as {entry.new_run_id} by {entry.execution_id}"
            )
            for run_id, entry in known.items()
            if entry.outcome == "retriggered"
        } | reasons
