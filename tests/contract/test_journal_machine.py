"""Random entries, legal and not, against two executions in one journal, compared with a model of a few lines."""

from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from runner.journal import Entry
from runner.model.plan import PlannedRun
from runner.model.report import ResultRow
from runner.model.words import ExecutionId, OutcomeKind, Recovery, RunId
from tests.contract.making import (
    AT,
    FIRST,
    SECOND,
    MakeJournal,
    begun,
    claimed,
    halted,
    noted,
    released,
    settled,
    some_passed_over,
    stopped,
    watched,
)

WORDS = {FIRST: "a b a stage/a a", SECOND: "a c c"}
PASSED_OVER = {FIRST: 2, SECOND: 0}
FINAL = [OutcomeKind.RETRIGGERED, OutcomeKind.REFUSED, OutcomeKind.GAVE_UP, OutcomeKind.SKIPPED]

executions = st.sampled_from([FIRST, SECOND])
steps = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "release", "settle", "doubt", "watch", "note"]),
        st.integers(0, 4),
        st.sampled_from(FINAL),
        st.sampled_from(Recovery),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@dataclass
class Modelled:
    """One execution as it should stand; ``states`` and ``shown`` by index in the plan."""

    runs: list[PlannedRun]
    states: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    recoveries: list[str] = field(default_factory=list)
    running: bool = True
    events: int = 1

    def __post_init__(self) -> None:
        self.states = ["planned"] * len(self.runs)
        self.shown = [""] * len(self.runs)
        self.attempts = [0] * len(self.runs)
        self.recoveries = [""] * len(self.runs)

    def copy(self) -> "Modelled":
        twin = Modelled(self.runs, running=self.running, events=self.events)
        twin.states, twin.shown, twin.attempts = self.states[:], self.shown[:], self.attempts[:]
        twin.recoveries = self.recoveries[:]
        return twin

    def take(
        self, what: str, index: int, outcome: OutcomeKind, recovery: Recovery, *, counts: bool
    ) -> Entry:
        """Apply a step and return its entry; the first forbidden one is told by ``states`` turning to ``forbidden``."""
        run, state = self.runs[index], self.states[index]
        self.events += 1
        if what == "note":
            return noted("remarked")
        if what == "watch":
            self._watch(index, recovery)
            return watched(run, recovery)
        allowed = {
            "claim": {"planned"},
            "release": {"asked"},
            "settle": {"planned", "asked", "unresolved"},
            "doubt": {"planned", "asked", "unresolved"},
        }[what]
        forbidden = state not in allowed
        if what == "claim":
            attempt = self.attempts[index] + 1
            self._to(index, "asked", "unresolved", attempt, forbidden=forbidden)
            return claimed(run, attempt=attempt)
        if what == "release":
            attempt = self.attempts[index]
            left = attempt if counts else attempt - 1
            self._to(index, "planned", "", left, forbidden=forbidden)
            return released(run, attempt=attempt, counts=counts)
        kind = outcome if what == "settle" else OutcomeKind.UNRESOLVED
        entry = settled(run, kind)
        if kind is OutcomeKind.RETRIGGERED:
            entry = replace(entry, new_run_id=RunId(f"new-{run.found.run_id}"))
        now = "settled" if what == "settle" else "unresolved"
        most = max(self.attempts[index], entry.attempts)
        self._to(index, now, kind.value, most, forbidden=forbidden)
        return entry

    def _watch(self, index: int, recovery: Recovery) -> None:
        may_be_written_over = self.recoveries[index] in ("", "running", "unknown")
        if self.shown[index] != "retriggered" or not may_be_written_over:
            self.states[index] = "forbidden"
        self.recoveries[index] = recovery.value

    def _to(self, index: int, state: str, shown: str, attempts: int, *, forbidden: bool) -> None:
        if forbidden or "forbidden" in self.states:
            self.states[index] = "forbidden"
            return
        self.states[index], self.shown[index], self.attempts[index] = state, shown, attempts

    def resume(self) -> int:
        lanes, doubtful = set(), 0
        self.running = True
        self.events += 1
        for index, run in enumerate(self.runs):
            if self.states[index] != "asked":
                continue
            self.events += 1
            lane = (run.found.sandbox, run.found.flow_id)
            if lane in lanes:
                self._to(index, "planned", "", self.attempts[index] - 1, forbidden=False)
            else:
                lanes.add(lane)
                doubtful += 1
                self.states[index] = "unresolved"
        return doubtful

    def rows(self) -> list[tuple[str, int, str]]:
        idle = "" if self.running else "not_attempted"
        told = zip(self.shown, self.attempts, self.recoveries, strict=True)
        return [(shown or idle, attempts, recovery) for shown, attempts, recovery in told]

    def awaited(self) -> list[int]:
        told = zip(self.shown, self.recoveries, strict=True)
        return [
            position
            for position, (shown, recovery) in enumerate(told, start=1)
            if shown == "retriggered" and recovery in ("", "running", "unknown")
        ]


class JournalMachine(RuleBasedStateMachine):
    def __init__(self, make_fresh_journal: MakeJournal) -> None:
        super().__init__()
        self.make_fresh_journal = make_fresh_journal
        self.models: dict[ExecutionId, Modelled] = {}
        self.final: dict[tuple[ExecutionId, int], ResultRow] = {}

    @initialize()
    def begin(self) -> None:
        self.journal = self.make_fresh_journal()
        for name, words in WORDS.items():
            passed_over = some_passed_over(PASSED_OVER[name])
            runs = begun(self.journal, words, name=name, passed_over=passed_over)
            self.models[name] = Modelled(runs)

    @rule(name=executions, steps=steps)
    def write(
        self, name: ExecutionId, steps: list[tuple[str, int, OutcomeKind, Recovery, bool]]
    ) -> None:
        model = self.models[name].copy()
        entries = [
            model.take(what, index % len(model.runs), outcome, recovery, counts=counts)
            for what, index, outcome, recovery, counts in steps
        ]
        try:
            self.journal.write(name, entries)
        except AssertionError:
            assert "forbidden" in model.states
        else:
            assert "forbidden" not in model.states
            self.models[name] = model

    @rule(name=executions, lanes=st.sets(st.integers(1, 4), min_size=1))
    def halt(self, name: ExecutionId, lanes: set[int]) -> None:
        there = len({(r.found.sandbox, r.found.flow_id) for r in self.models[name].runs})
        try:
            self.journal.write(name, [halted(*lanes)])
        except AssertionError:
            assert max(lanes) > there
        else:
            assert max(lanes) <= there
            self.models[name].events += 1

    @rule(name=executions, state=st.sampled_from(["finished", "stopped", "interrupted"]))
    def stop(self, name: ExecutionId, state: str) -> None:
        self.journal.write(name, [stopped(state)])
        self.models[name].running = False
        self.models[name].events += 1

    @rule(name=executions)
    def resume(self, name: ExecutionId) -> None:
        assert self.journal.resume(name, at_ms=AT + 90) == self.models[name].resume()

    @invariant()
    def rows_are_as_the_model_has_them(self) -> None:
        for name, model in self.models.items():
            rows = list(self.journal.rows(name))
            ours = rows[: len(model.runs)]
            assert [(row.outcome, row.attempts, row.recovery) for row in ours] == model.rows()
            assert len(rows) == len(model.runs) + PASSED_OVER[name]
            self.what_was_settled_stays(name, model, rows)
            self.tallies_count_rows(name, rows)

    @invariant()
    def every_entry_has_its_event(self) -> None:
        for name, model in self.models.items():
            assert len(list(self.journal.events(name))) == model.events

    @invariant()
    def lanes_say_what_rows_say(self) -> None:
        for name, model in self.models.items():
            lanes = list(self.journal.lanes(name))
            assert sum(lane.runs for lane in lanes) == len(model.runs)
            assert sum(lane.settled for lane in lanes) == model.states.count("settled")
            still_open = {run for lane in lanes for run in lane.open_runs}
            assert still_open == {
                run.found.run_id
                for run, state in zip(model.runs, model.states, strict=True)
                if state in ("asked", "unresolved")
            }

    @invariant()
    def what_is_awaited_was_retriggered_and_has_no_final_recovery(self) -> None:
        for name, model in self.models.items():
            awaited = self.journal.awaited(name, after=0, most=99)
            assert [one.position for one in awaited] == model.awaited()

    def what_was_settled_stays(
        self, name: ExecutionId, model: Modelled, rows: list[ResultRow]
    ) -> None:
        for index, state in enumerate(model.states):
            if state == "settled":
                row = replace(rows[index], recovery="", new_status="", records_in=None)
                assert self.final.setdefault((name, index), row) == row

    def tallies_count_rows(self, name: ExecutionId, rows: list[ResultRow]) -> None:
        counted: Counter[tuple[str, str, str]] = Counter()
        for tally in self.journal.tallies(name):
            assert tally.count > 0
            counted[tally.sandbox, tally.outcome, tally.recovery] += tally.count
        assert counted == Counter((row.sandbox, row.outcome, row.recovery) for row in rows)

    def teardown(self) -> None:
        self.journal.close()


def test_whatever_is_written_the_journal_stands_as_the_model_does(
    make_fresh_journal: MakeJournal,
) -> None:
    run_state_machine_as_test(
        lambda: JournalMachine(make_fresh_journal),
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
        ),
    )
