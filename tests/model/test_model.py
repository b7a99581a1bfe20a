"""Random stories of operators, faults and deaths on one journal, and what must hold after each step of them.

The commands are the real ones and so is the journal; a second request for a run makes a second new run here.
"""

import asyncio
import json
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runner.app.reconciling import Decisions
from runner.app.subject import Subject, subject_of
from runner.model.words import ExecutionId, RunId
from runner.simulator import Scenario
from tests.fakes.memory import in_memory
from tests.integration.execute.harness import Inline
from tests.model.operators import Operator, World, end_everything, join_up, pass_time, until_idle

STORIES = int(os.environ.get("STORIES", "40"))
"""How many are told; read here, for a test's environment is empty."""

FLOWS = {"F1": 3, "F2": 2, "F3": 2}
NAMES = st.sampled_from(["ada", "bob"])
WINDOW_SECONDS, LAG_SECONDS, LEASE_SECONDS = 10, 30, 60

OUTCOME = (
    "execution, position, run_id, outcome, reason, evidence, new_run_id, attempts, http_status, request_id, "
    "asked_at_ms, settled_at_ms"
)
RECOVERY = "coalesce(recovery, '')"
NOT_FINAL = {"", "running", "unknown"}

BEHAVIOURS = st.fixed_dictionaries(
    {
        "windows": st.sampled_from(["activities", "params", "none"]),
        "made_by": st.sampled_from(["client", "connectors"]),
        "links": st.sampled_from(["none", "parent"]),
        "visibility_lag": st.sampled_from(["0s", "20s"]),
        "old_run": st.sampled_from(["unchanged", "unchanged", "touched"]),
        "body_shape": st.sampled_from(["flat", "items", "entity"]),
    }
)
DOINGS = st.sampled_from(
    [
        {"answer_late": {"seconds": 4}},
        {"answer_late": {"seconds": 40}},
        "commit_then_drop",
        {"commit_then_status": {"status": 504, "body": "html"}},
        "drop_before_commit",
        {"drop_then_commit": {"seconds": 7}},
        {"status": {"status": 503, "body": "gateway"}},
        {"status": {"status": 429, "body": "gateway", "retry_after": "seconds"}},
        "throttle_500",
        "unreadable_success",
        "cut_body",
        "token_revoked",
    ]
)
_DEATH = st.tuples(st.sampled_from(["before", "after"]), st.integers(1, 6))
DEATHS = st.one_of(_DEATH, _DEATH, _DEATH, st.none())
"""At which write to the journal a process dies."""
FAULTS = st.lists(
    st.builds(
        lambda do, every, most: {
            "match": {"call": "retrigger"},
            "when": {"every": every, "most": most},
            "do": do,
        },
        DOINGS,
        st.integers(1, 3),
        st.integers(1, 4),
    ),
    max_size=2,
)


def spec_text(name: str, flows: list[str]) -> str:
    facts: dict[str, Any] = {
        "version": 1,
        "name": name,
        "reason": "a story",
        "connection": {
            "platform_url": "http://127.0.0.1:9",
            "org_id": "0123456789ABCDEF01234567@AdobeOrg",
            "auth": {
                "ims_url": "http://127.0.0.1:9",
                "client_id": "simulated-client",
                "client_secret": "${AEP_SECRET}",
            },
        },
        # So many that a request leaves as soon as it may: what it must not leave before is then seen.
        "limits": {"max_per_second": 500, "max_at_once": 4},
        "sandboxes": [
            {
                "name": "prod",
                "filters": [
                    {"status": ["failed"], "started": {"last": "24h"}, "flows": {"ids": flows}}
                ],
            }
        ],
        "stop_when": {},
        "report": {"formats": ["json"]},
        "timeouts": {"connect": "2s", "request": "15s"},
        "retry": {"attempts": 3, "first_wait": "1s", "longest_wait": "5s"},
        "reconcile": {
            "answer_window": f"{WINDOW_SECONDS}s",
            "visibility_lag": f"{LAG_SECONDS}s",
        },
        "lease": {"expires_after": f"{LEASE_SECONDS}s"},
    }
    return json.dumps(facts)


def scenario(behaviour: dict[str, str]) -> Scenario:
    flows = [
        {"id": name, "name": name, "runs": {"failed": count}, "retrigger": {"takes": "5s"}}
        for name, count in FLOWS.items()
    ]
    return Scenario.from_dict(
        {"version": 1, "sandboxes": [{"name": "prod", "flows": flows}], "behaviour": behaviour}
    )


class Stories(RuleBasedStateMachine):
    """Two operators, two specs with a flow in common, and plans that may grow old."""

    @initialize(behaviour=BEHAVIOURS, faults=FAULTS, planned=st.booleans(), death=DEATHS)
    def begin(
        self,
        behaviour: dict[str, str],
        faults: list[dict[str, Any]],
        planned: bool,  # noqa: FBT001  # drawn by Hypothesis
        death: tuple[str, int] | None,
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(Inline(max_workers=1))
        self.folder = tempfile.TemporaryDirectory(dir=in_memory())
        self.world = World(Path(self.folder.name), scenario(behaviour))
        self.operators = {name: Operator(name, self.world) for name in ("ada", "bob")}
        self.the_platform_changes_its_ways(faults)
        self.settled: dict[tuple[Any, ...], tuple[list[Any], str]] = {}
        self.plans: list[Path] = []
        self.specs = [self._spec("one", ["F1", "F2"]), self._spec("two", ["F2", "F3"])]
        if planned:
            self.plan_for_later("bob", 1)
        self.operators["ada"].fuse = death
        self.apply_a_spec("ada", 0, 20)

    def _spec(self, name: str, flows: list[str]) -> Path:
        path = self.world.folder / f"{name}.json"
        path.write_text(spec_text(name, flows))
        return path

    def _read(self, path: Path) -> Subject:
        return subject_of(path, spec_path=None, house=self.operators["ada"]._house())

    def _do(self, what: Any) -> None:
        self.loop.run_until_complete(what)

    async def _pass(self, wakes: int) -> None:
        await pass_time(self.world, list(self.operators.values()), wakes=wakes)

    # What happens

    @rule(name=NAMES, which=st.integers(0, 1), wakes=st.integers(0, 60))
    def apply_a_spec(self, name: str, which: int, wakes: int) -> None:
        operator = self.operators[name]
        if operator.is_idle:
            subject = self._read(self.specs[which])
            self._do(_begin(lambda: operator.apply(subject)))
        self._do(self._pass(wakes))

    @precondition(lambda self: len(self.plans) < 2)
    @rule(name=NAMES, which=st.integers(0, 1))
    def plan_for_later(self, name: str, which: int) -> None:
        operator = self.operators[name]
        if operator.is_idle:
            path = self.world.folder / f"{len(self.plans)}.jsonl"
            self._do(_begin(lambda: operator.plan(self.specs[which], path)))
            self._do(until_idle(self.world, operator))
            if path.exists():
                self.plans.append(path)

    @precondition(lambda self: self.plans)
    @rule(name=NAMES, which=st.integers(0, 1), wakes=st.integers(0, 60))
    def apply_an_old_plan(self, name: str, which: int, wakes: int) -> None:
        operator = self.operators[name]
        if operator.is_idle:
            subject = self._read(self.plans[which % len(self.plans)])
            self._do(_begin(lambda: operator.apply(subject)))
        self._do(self._pass(wakes))

    @rule(wakes=st.integers(1, 40))
    def some_time_passes(self, wakes: int) -> None:
        self._do(self._pass(wakes))

    @rule(wakes=st.integers(40, 400))
    def much_time_passes(self, wakes: int) -> None:
        self._do(self._pass(wakes))

    @rule(faults=FAULTS)
    def the_platform_changes_its_ways(self, faults: list[dict[str, Any]]) -> None:
        self.world.platform.replace_faults(list(faults))

    @rule(name=NAMES)
    def a_process_is_killed(self, name: str) -> None:
        self.operators[name].kill()

    @rule(name=NAMES, death=DEATHS)
    def a_process_will_die_at_a_write(self, name: str, death: tuple[str, int] | None) -> None:
        self.operators[name].fuse = death

    @rule(name=NAMES)
    def a_signal_comes(self, name: str) -> None:
        self._do(_begin(self.operators[name].interrupt))

    @rule(name=NAMES)
    def somebody_reconciles(self, name: str) -> None:
        operator = self.operators[name]
        ids = self.world.rows("SELECT id FROM executions WHERE planned > 0 ORDER BY number DESC")
        if operator.is_idle and ids:
            nothing = Decisions(adopt={}, absent=frozenset())
            self._do(_begin(lambda: operator.reconcile(ExecutionId(ids[0][0]), nothing)))

    # What always holds

    @invariant()
    def nothing_is_accepted_twice(self) -> None:
        counts = Counter(line.old_run for line in self.world.platform.ledger.accepted)
        assert [run for run, count in counts.items() if count > 1] == []

    @invariant()
    def what_was_accepted_is_known_or_can_be_found_out(self) -> None:
        told = Counter(
            (run, new if state == "settled" else "in doubt")
            for run, state, outcome, new in self.world.rows(
                "SELECT run_id, state, outcome, new_run_id FROM standing"
            )
            if outcome == "retriggered" or state in ("asked", "unresolved")
        )
        for line in self.world.platform.ledger.accepted:
            assert told[line.old_run, line.new_run] + told[line.old_run, "in doubt"] == 1

    @invariant()
    def nothing_is_told_that_did_not_happen(self) -> None:
        told = self.world.rows(
            "SELECT run_id, new_run_id FROM standing WHERE outcome = 'retriggered'"
        )
        ledger = self.world.platform.ledger.accepted
        assert set(told) <= {(line.old_run, line.new_run) for line in ledger}

    @invariant()
    def what_is_settled_never_changes(self) -> None:
        """What became of the new run may be found out later; once that is final, it stays as well."""
        rows = self.world.rows(
            f"SELECT {OUTCOME}, {RECOVERY} FROM standing WHERE state = 'settled'"
        )
        for *facts, recovery in rows:
            key = tuple(facts[:2])
            was, had = self.settled.get(key, (facts, recovery))
            assert was == facts
            assert had in NOT_FINAL or had == recovery
        now = {tuple(facts[:2]): (facts, recovery) for *facts, recovery in rows}
        assert now.keys() >= self.settled.keys()
        self.settled = now

    @invariant()
    def a_flow_has_one_open_question_at_most_and_none_beside_it(self) -> None:
        open_flows = self.world.rows(
            "SELECT l.flow_id FROM standing s JOIN planned p ON p.execution = s.execution AND p.position = s.position "
            "JOIN lanes l ON l.execution = p.execution AND l.lane = p.lane WHERE s.state = 'unresolved'"
        )
        assert len(open_flows) == len(set(open_flows))

    @invariant()
    def counts_add_up_to_the_plan(self) -> None:
        for number, planned in self.world.rows("SELECT number, planned FROM executions"):
            (runs,) = self.world.rows(f"SELECT count(*) FROM planned WHERE execution = {number}")[0]
            (lanes,) = self.world.rows(
                f"SELECT count(DISTINCT lane) FROM lanes WHERE execution = {number}"
            )[0]
            assert runs == planned
            assert (lanes > 0) == (planned > 0)

    # How it ends

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self._do(self._to_a_good_end())
        finally:
            for operator in self.operators.values():
                operator.kill()
            self._do(end_everything(self.world))
            self.loop.close()
            self.folder.cleanup()

    async def _to_a_good_end(self) -> None:
        """When nothing goes wrong any more, and a person decides what nobody else can, all is re-triggered once."""
        self.world.platform.replace_faults([])
        for operator in self.operators.values():
            operator.fuse = None
            await until_idle(self.world, operator)
        ada = self.operators["ada"]
        for _ in range(4):
            await self.world.clock.advance(2 * LEASE_SECONDS)  # what is on its way arrives
            for spec in self.specs:
                ada.apply(self._read(spec))
                await until_idle(self.world, ada)
            if len(self.world.platform.ledger.accepted) == sum(FLOWS.values()):
                break
            await self._a_person_decides(ada)
        self._all_is_well()

    async def _a_person_decides(self, operator: Operator) -> None:
        """Look into the platform's own book, as a person would ask the platform's people."""
        truth = {line.old_run: line.new_run for line in self.world.platform.ledger.accepted}
        in_doubt = self.world.rows(
            "SELECT e.id, s.run_id FROM standing s JOIN executions e ON e.number = s.execution "
            "WHERE s.state IN ('asked', 'unresolved')"
        )
        for execution in {execution for execution, _ in in_doubt}:
            runs = {RunId(run) for one, run in in_doubt if one == execution}
            decisions = Decisions(
                adopt={run: RunId(truth[run]) for run in runs if run in truth},
                absent=frozenset(run for run in runs if run not in truth),
                unverified=True,  # they know
            )
            operator.reconcile(ExecutionId(execution), decisions)
            await until_idle(self.world, operator)

    def _all_is_well(self) -> None:
        for check in (
            self.nothing_is_accepted_twice,
            self.what_was_accepted_is_known_or_can_be_found_out,
            self.nothing_is_told_that_did_not_happen,
            self.what_is_settled_never_changes,
        ):
            check()
        assert len(self.world.platform.ledger.accepted) == sum(FLOWS.values())


async def _begin(what: Any) -> None:
    what()


def test_whatever_operators_platform_and_power_cuts_do_nothing_is_done_twice_or_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    join_up(monkeypatch)
    run_state_machine_as_test(
        Stories,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
