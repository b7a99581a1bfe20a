"""What a journal can do, whatever keeps it.

Every method is one transaction, durable when it returns, and may be called from any one thread at a time. Methods
raise ``JournalUnusable`` when the journal cannot be read or written, with the place and the remedy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from runner.journal.entries import Entry
from runner.model.doubt import OpenAsk
from runner.model.duplicate import Retriggered, RetriggeredFlow
from runner.model.lease import Hold, Holder, Lease
from runner.model.orders import Order
from runner.model.plan import UNKNOWN_ENDS, Lineage, PassedOver, PlanEnds, PlannedRun
from runner.model.recovery import Awaited
from runner.model.report import Execution, ResultRow, Tally, Whereabouts, WorstFlows
from runner.model.run_found import RunFound
from runner.model.session import Session
from runner.model.words import ExecutionId, FlowId, RunId, SandboxName


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExecution:
    """What is known when an execution begins."""

    execution: Execution
    passed_over: Iterable[PassedOver]
    runs: Iterable[PlannedRun]
    plan_ends: PlanEnds = UNKNOWN_ENDS
    """The first and the last line of the plan's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """A lane as the journal knows it when an execution starts or resumes."""

    number: int
    sandbox: SandboxName
    flow_id: FlowId
    runs: int
    settled: int
    next_position: int
    """The lane position (1..) of its first run that is not settled; past the end when there is none."""
    open_runs: tuple[RunId, ...]
    """Runs asked for without a certain answer, oldest first."""
    halted: str
    """Why no further run is taken; empty: it goes on."""
    last: "LastDone | None" = None
    """The last of its runs that was asked for and has an outcome; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDone:
    """What became of one run of a lane. ``recovery`` is empty where it was not seen (yet)."""

    run_id: RunId
    outcome: str
    recovery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRun:
    """What became of one run that was asked for. ``recovery`` is empty where it was not seen (yet)."""

    lane: int
    sandbox: SandboxName
    flow_id: FlowId
    run_id: RunId
    outcome: str
    recovery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveState:
    """How one wave of an execution stands: how many runs it has, and how many of them have an outcome."""

    number: int
    runs: int
    settled: int
    touched: bool
    """Whether any of them was ever claimed or settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the journal already knows about an old run."""

    execution_id: ExecutionId
    outcome: str
    """``retriggered``, ``unresolved``, or ``asked`` (by an execution that has not said what became of it)."""
    new_run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A flow that is blocked: a run of it was asked for, and nobody knows yet whether it was accepted."""

    execution_id: ExecutionId
    sandbox: SandboxName
    flow_id: FlowId
    run_id: RunId
    asked_at_ms: int


UNANSWERED = "asked, and no answer was recorded yet"
"""The reason of a run that was asked for and is not settled: in flight while somebody works on it, unresolved else."""


class Journal(Protocol):
    """The record. One contract test suite runs against every implementation."""

    @property
    def place(self) -> str:
        """Where it is, in words a person can use again with ``--journal``."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether it was made just now and so has no history."""
        ...

    def begin(self, new: NewExecution, *, hold: Hold | None = None) -> list[Lease]:
        """Record an execution and its whole plan, or nothing. Streams: the runs need not fit in memory.

        With a ``hold`` its flows are taken in the same step, so that nobody sees it without its owner; where others
        hold some of them nothing is recorded, and the leases in the way are returned.
        """
        ...

    def write(
        self,
        execution_id: ExecutionId,
        entries: Sequence[Entry],
        *,
        holder: Holder | None = None,
    ) -> None:
        """Record entries and their events, all or none, in this order.

        Raises FlowsHeld, and records nothing, once a flow of this ``holder`` was taken over by another: a process that
        slept past its time may not undo what was decided meanwhile.
        """
        ...

    def resume(
        self,
        execution_id: ExecutionId,
        *,
        at_ms: int,
        holder: Holder | None = None,
        whereabouts: Whereabouts | None = None,
    ) -> int:
        """Mark it running again; runs left asked become unresolved. Returns how many those were.

        ``whereabouts`` take the place of those it was worked at before. Raises FlowsHeld as ``write`` does.
        """
        ...

    def report_to(self, execution_id: ExecutionId, directory: str) -> None:
        """Have an execution's reports written to a folder from now on."""
        ...

    def execution(self, execution_id: ExecutionId) -> Execution | None:
        """Return one execution, or None."""
        ...

    def executions(self) -> Iterator[Execution]:
        """Return all executions, newest first."""
        ...

    def plan_ends(self, execution_id: ExecutionId) -> PlanEnds:
        """Return the first and the last line of an execution's plan; empty where they are not known."""
        ...

    def planned(self, execution_id: ExecutionId) -> Iterator[PlannedRun]:
        """Return every run of an execution's plan as it was pinned, in plan order."""
        ...

    def passed_over(self, execution_id: ExecutionId) -> Iterator[PassedOver]:
        """Return every run that an execution's plan passed over, in the order in which it was told of."""
        ...

    def lanes(
        self, execution_id: ExecutionId, *, up_to_wave: int | None = None
    ) -> Iterator[LaneState]:
        """Return every lane that has runs up to a wave (None: the last), counting no later ones; in plan order."""
        ...

    def waves(self, execution_id: ExecutionId) -> list[WaveState]:
        """Return every wave, in order."""
        ...

    def wave_tallies(self, execution_id: ExecutionId, *, wave: int) -> list[Tally]:
        """Return how many planned runs of a wave share sandbox, outcome, reason and recovery."""
        ...

    def done(self, execution_id: ExecutionId) -> Iterator["DoneRun"]:
        """Return every run that was asked for and has an outcome, in the order in which they came to it.

        Not those that are in doubt only because the program ended: that tells nothing of the platform.
        """
        ...

    def next_runs(
        self,
        execution_id: ExecutionId,
        lanes: Mapping[int, int],
        *,
        most_per_lane: int,
        up_to_wave: int | None = None,
    ) -> list[tuple[int, PlannedRun, int]]:
        """Return (lane, run, attempts so far) of the next unsettled runs from each lane's position on, in order.

        Runs of a wave later than ``up_to_wave`` are left out.
        """
        ...

    def asked_since(self, org_id: str, sandbox: SandboxName, *, since_ms: int) -> list[int]:
        """Return when re-triggers of a sandbox were asked for, by any execution, oldest first (epoch milliseconds).

        Those that were surely not accepted are left out.
        """
        ...

    def history(self, org_id: str, run_ids: Sequence[RunId]) -> dict[RunId, History]:
        """Return what is known of these old runs; absent: never asked for, or surely not accepted."""
        ...

    def open_questions(self, org_id: str, *, apart_from: ExecutionId | None) -> list[OpenQuestion]:
        """Return the flows that are blocked by executions (apart from one), oldest question first."""
        ...

    def open_asks(self, execution_id: ExecutionId) -> list[OpenAsk]:
        """Return the unresolved requests of an execution, by lane."""
        ...

    def unresolved(self, execution_id: ExecutionId, *, with_asked: bool) -> Iterator[ResultRow]:
        """Return the rows of the runs whose fate is unknown, in plan order.

        ``with_asked``: also those that wait for an answer, which are unresolved where nobody works on them any more.
        """
        ...

    def doubted(self, execution_id: ExecutionId) -> frozenset[int]:
        """Return the positions whose request was in doubt once, decided meanwhile or not."""
        ...

    def awaited(self, execution_id: ExecutionId, *, after: int, most: int) -> list[Awaited]:
        """Return re-triggered runs whose new run was not seen to its end: no recovery yet, ``running`` or ``unknown``.

        In plan order, at most so many, from the first position past ``after`` on.
        """
        ...

    def retriggered_flows(self, execution_id: ExecutionId) -> list[RetriggeredFlow]:
        """Return the flows of which an execution re-triggered runs, in plan order."""
        ...

    def retriggered(self, execution_id: ExecutionId, *, lane: int) -> list[Retriggered]:
        """Return the runs of one lane that were re-triggered, in order, and what is recorded of others like them."""
        ...

    def claimed_runs(self, org_id: str, run_ids: Sequence[RunId]) -> frozenset[RunId]:
        """Return those of some runs that are known as the new run of a request of this journal."""
        ...

    def lineage(self, org_id: str, run_ids: Sequence[RunId]) -> dict[RunId, Lineage]:
        """Return where some runs come from; absent: not from a re-trigger that this journal knows."""
        ...

    def rows(self, execution_id: ExecutionId) -> Iterator[ResultRow]:
        """Return every planned run in plan order, then every passed-over run."""
        ...

    def runs_found(self, run_id: str) -> list[RunFound]:
        """Return every row that names a run, as old, new or other new one, in any execution, the oldest first.

        Ids are compared without case.
        """
        ...

    def tallies(self, execution_id: ExecutionId) -> list[Tally]:
        """Return how many rows share sandbox, outcome, reason and recovery; adds up to all rows.

        Those of the plan and those that it passed over are counted apart.
        """
        ...

    def settled_since(self, execution_id: ExecutionId, at_ms: int) -> int:
        """Return how many planned runs were settled at this moment or later."""
        ...

    def worst_flows(
        self, execution_id: ExecutionId, kinds: Sequence[str], *, most: int
    ) -> dict[str, WorstFlows]:
        """Return the flows with most planned runs of each kind, at most so many; a kind that no run has is left out.

        A kind is an outcome, for a re-triggered run its recovery instead, for a skipped one the word of its reason.
        """
        ...

    def sessions(self, execution_id: ExecutionId) -> list[Session]:
        """Return the sessions in which it was worked, oldest first; one that is at work ends with the newest event."""
        ...

    def events(self, execution_id: ExecutionId) -> Iterator[str]:
        """Return the finished event lines, oldest first."""
        ...

    def latest_events(self, execution_id: ExecutionId, what: str, *, most: int) -> list[str]:
        """Return the newest event lines of one kind, newest first."""
        ...

    def take_leases(self, execution_id: ExecutionId, hold: Hold) -> list[Lease]:
        """Take every flow of the execution, or none: then return the leases in the way (one for each flow).

        An expired lease is taken over, and so is one whose holder ``is_dead`` proves gone.
        """
        ...

    def renew_leases(self, holder: Holder, *, now_ms: int, expires_at_ms: int) -> int:
        """Move the expiry of all this holder has; return how many flows it still holds."""
        ...

    def drop_leases(self, holder: Holder) -> None:
        """Let go of all this holder has."""
        ...

    def leases(self, execution_id: ExecutionId) -> list[Lease]:
        """Return who holds this execution's flows now."""
        ...

    def order(self, execution_id: ExecutionId, order: Order) -> int:
        """Record an order to whoever works on an execution; return its number."""
        ...

    def orders(self, execution_id: ExecutionId, *, holder_id: str, after: int = 0) -> list[Order]:
        """Return the orders given to one holder, oldest first, from the first number past ``after`` on."""
        ...

    def take_order(
        self, execution_id: ExecutionId, number: int, *, at_ms: int, refused: str = ""
    ) -> None:
        """Record that an order was taken, or why it was refused; what was said first stands."""
        ...

    def close(self) -> None:
        """Let go of it; nothing unwritten is left behind."""
        ...
