"""Have every sandbox's runs found and staged, with what the journal knows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.errors import StoppedByCap
from runner.journal import Journal, Staging
from runner.model.plan import FrozenWindow, Lineage
from runner.model.selected import SelectionFacts
from runner.model.skips import unresolved_since
from runner.model.spec import SandboxSpec, Spec
from runner.model.words import FlowId, RunId, SandboxName
from runner.selection import Page, Platform, Selector, frozen

IdsFromFile = Callable[[Path, SandboxName], Iterator[RunId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What selecting needs beside the spec."""

    platform: Platform
    journal: Journal | None
    ids_from_file: IdsFromFile
    now_ms: int
    """When relative windows end."""
    again: bool
    """Choose also what this journal re-triggered already; a blocked flow stays blocked."""
    found: Callable[[SandboxName, int], None]
    """Told how many runs of a sandbox are staged as pages come in."""
    all_found: Callable[[SandboxName, int], None]
    """Told how many there were when the last page has come."""


def frozen_windows(spec: Spec, *, now_ms: int) -> tuple[FrozenWindow, ...]:
    """Return every filter's span of time, relative ones ending now."""
    return tuple(
        FrozenWindow(
            sandbox=sandbox.name, filter_number=number, from_ms=window.from_ms, to_ms=window.to_ms
        )
        for sandbox in spec.sandboxes
        for number, rule in enumerate(sandbox.filters, start=1)
        for window in (frozen(rule.started, now_ms=now_ms),)
    )


async def stage(spec: Spec, staging: Staging, looking: Looking) -> SelectionFacts:
    """Find and stage the runs of every sandbox and put them in order; return what the selection tells beside them."""
    facts = []
    for sandbox in spec.sandboxes:
        seen, chosen = 0, 0
        selector = _selector(spec, sandbox, looking)
        async for page in _pages(selector, sandbox, looking):
            await asyncio.to_thread(staging.add, page.chosen, page.passed_over, page.failures)
            seen += len(page.chosen) + len(page.passed_over)
            chosen += len(page.chosen)
            looking.found(sandbox.name, seen)
        looking.all_found(sandbox.name, seen)
        facts.append(await selector.facts(is_empty=not chosen))
    await asyncio.to_thread(
        staging.put_in_order, spec.order, max_runs_per_flow=spec.cap.max_runs_per_flow
    )
    return SelectionFacts.of_all(facts)


def _selector(spec: Spec, sandbox: SandboxSpec, looking: Looking) -> Selector:
    return Selector(
        sandbox=sandbox,
        platform=looking.platform,
        history=lambda ids: _history(
            None if looking.again else looking.journal, spec.connection.org_id, ids
        ),
        lineage=lambda ids: _lineage(looking.journal, spec.connection.org_id, ids),
        max_generations=spec.cap.max_generations,
        blocked_flows=_blocked(looking.journal, spec.connection.org_id, sandbox.name),
    )


async def _pages(selector: Selector, sandbox: SandboxSpec, looking: Looking) -> AsyncIterator[Page]:
    async for page in selector.by_id(iter(sandbox.runs)):
        yield page
    if sandbox.runs_from:
        async for page in selector.by_id(looking.ids_from_file(sandbox.runs_from, sandbox.name)):
            yield page
    for rule in sandbox.filters:
        async for page in selector.by_filter(rule, frozen(rule.started, now_ms=looking.now_ms)):
            yield page


async def _history(
    journal: Journal | None, org_id: str, ids: Sequence[RunId]
) -> Mapping[RunId, str]:
    if journal is None:
        return {}
    known = await asyncio.to_thread(journal.history, org_id, ids)
    return {
        run_id: f"as {entry.new_run_id} by {entry.execution_id}"
        for run_id, entry in known.items()
        if entry.outcome == "retriggered"
    }


async def _lineage(
    journal: Journal | None, org_id: str, ids: Sequence[RunId]
) -> Mapping[RunId, Lineage]:
    return await asyncio.to_thread(journal.lineage, org_id, ids) if journal else {}


def _blocked(journal: Journal | None, org_id: str, sandbox: SandboxName) -> dict[FlowId, str]:
    if journal is None:
        return {}
    return {
        question.flow_id: unresolved_since(question.run_id, question.execution_id)
        for question in journal.open_questions(org_id, apart_from=None)
        if question.sandbox == sandbox
    }


def refuse_too_many(spec: Spec, staging: Staging) -> None:
    """Raise StoppedByCap when more runs are chosen than ``cap.max_runs``; nothing was sent then."""
    chosen = staging.chosen_count()
    if chosen > spec.cap.max_runs:
        raise StoppedByCap(
            f"{spec.place}: {chosen} runs are chosen, and cap.max_runs is {spec.cap.max_runs}. Nothing was sent.",
            remedy="Narrow the filters, or raise cap.max_runs if you mean all of them.",
        )
