"""Look for second new runs beside those that an execution made: one listing for up to a hundred flows.

It goes on from what noticing listed already, where the same ``Hands`` are given. What a run tells is judged in
``duplicates``; who writes it down, and when to look, is the caller's business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

from runner.clock import Clock
from runner.execute.duplicates import Makers, Seen, Suspect, is_duplicate, suspects_among
from runner.execute.hands import MOST_FLOWS, Hands
from runner.journal import Duplicated, Journal
from runner.model.duplicate import Retriggered, RetriggeredFlow, Sign
from runner.model.platform import Run
from runner.model.words import ExecutionId, FlowId, Recovery, RunId, SandboxName

_BEFORE_MS = 3_600_000
"""So long before ours a run can have been created whose data window only shows since."""


class Platform(Protocol):
    """The part of the platform that is asked beside listings."""

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that are there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Looks for second re-triggers of one execution's runs."""

    execution_id: ExecutionId
    org_id: str
    hands: Hands
    platform: Platform
    journal: Journal
    claimed: Callable[[Sequence[RunId]], Awaitable[frozenset[RunId]]]
    clock: Clock
    our_client: str
    only_after_ours: bool
    """Whether runs that were there before are no news: the person said `--again`."""

    async def look(self) -> list[Duplicated]:
        """Return what is to be recorded; raises what the platform's and the journal's calls raise."""
        flows = await asyncio.to_thread(self.journal.retriggered_flows, self.execution_id)
        flows.sort(key=lambda flow: flow.sandbox)
        found: list[Duplicated] = []
        for sandbox, of_it in groupby(flows, key=lambda flow: flow.sandbox):
            some = list(of_it)
            for start in range(0, len(some), MOST_FLOWS):
                found += await self._look(sandbox, some[start : start + MOST_FLOWS])
        return found

    async def _look(
        self, sandbox: SandboxName, flows: Sequence[RetriggeredFlow]
    ) -> list[Duplicated]:
        since = {flow.flow_id: flow.first_asked_ms - _BEFORE_MS for flow in flows}
        await self.hands.look(sandbox, since)
        # In this order: what was asked for and is not settled may be listed, and is known as nobody's yet.
        uncertain = await asyncio.to_thread(self._uncertain, sandbox)
        others = await self.hands.others(sandbox, since)
        ours = {
            flow.flow_id: await asyncio.to_thread(
                self.journal.retriggered, self.execution_id, lane=flow.lane
            )
            for flow in flows
            if others[flow.flow_id]
        }
        certain = {flow_id: some for flow_id, some in ours.items() if flow_id not in uncertain}
        makers = await self._makers(sandbox, certain, others)
        suspects = [
            one
            for flow_id, some in ours.items()
            for one in suspects_among(others[flow_id], some, makers=makers.get(flow_id))
        ]
        decided = {run.id for flow_id in makers for run in others[flow_id]}
        rows = [one for some in ours.values() for one in some]
        return await self._judged(sandbox, rows, suspects, decided)

    async def _makers(
        self,
        sandbox: SandboxName,
        ours: Mapping[FlowId, Sequence[Retriggered]],
        others: Mapping[FlowId, Sequence[Run]],
    ) -> dict[FlowId, Makers]:
        """Return whom to suspect in which flow, by who made its old runs: one each is looked up, where it matters."""
        anybody = Makers(our_client=self.our_client, schedule=None)
        firsts = {
            flow_id: some[0].found.run_id
            for flow_id, some in ours.items()
            if any(map(anybody.sign_of, others[flow_id]))
        }
        if not firsts:
            return {}
        seen = await self.platform.runs_by_id(sandbox, sorted(firsts.values()))
        known = await self.claimed(sorted(firsts.values()))
        return {
            flow_id: anybody
            if run_id in known
            else replace(anybody, schedule=(seen[run_id].created_by, seen[run_id].created_client))
            for flow_id, run_id in firsts.items()
            if run_id in seen
        }

    def _uncertain(self, sandbox: SandboxName) -> set[FlowId]:
        """Return the flows of which a run may be ours though the journal does not know it yet."""
        asked = self.journal.open_questions(self.org_id, apart_from=None)
        return {question.flow_id for question in asked if question.sandbox == sandbox}

    async def _judged(
        self,
        sandbox: SandboxName,
        ours: Sequence[Retriggered],
        suspects: Sequence[Suspect],
        decided: set[RunId],
    ) -> list[Duplicated]:
        """Return the entries of what is to be recorded anew: what is new, surer than before, or disproved."""
        news = [one for one in suspects if (one.run.id, one.sign) not in one.ours.duplicated_by]
        seen = await self._seen(sandbox, news)
        still = {(one.ours.position, one.run.id) for one in suspects}
        found: dict[int, dict[RunId, Sign]] = {
            one.position: {
                run_id: sign
                for run_id, sign in one.duplicated_by
                if sign.is_sure or run_id not in decided or (one.position, run_id) in still
            }
            for one in ours
        }
        for one in news:
            if is_duplicate(one, seen):
                found[one.ours.position][one.run.id] = one.sign
            else:  # what was taken for one by its maker is none by its window
                found[one.ours.position].pop(one.run.id, None)
        return [
            Duplicated(
                at_ms=self.clock.now_ms(),
                position=one.position,
                run_id=one.found.run_id,
                new_run_id=one.new_run_id,
                by=tuple(found[one.position].items()),
            )
            for one in ours
            if found[one.position] != dict(one.duplicated_by)
        ]

    async def _seen(self, sandbox: SandboxName, suspects: Sequence[Suspect]) -> Seen:
        """Look up what the judgement needs beside the listing; nothing where nobody is suspected."""
        ids = {run_id for one in suspects for run_id in self._in_question(one)}
        runs = await self.platform.runs_by_id(sandbox, sorted(ids)) if ids else {}
        return Seen(runs=runs, only_after_ours=self.only_after_ours)

    def _in_question(self, suspect: Suspect) -> list[RunId]:
        """Return of which runs of a pair it matters how they are now."""
        ours, run = suspect.ours, suspect.run
        is_earlier = (run.created_at_ms or 0) < ours.asked_at_ms
        had_loaded = ours.recovery == Recovery.RECOVERED and suspect.sign.is_sure
        new = [] if had_loaded and not (is_earlier or self.only_after_ours) else [ours.new_run_id]
        return [*new, run.id] if is_earlier and not run.has_ended else new
