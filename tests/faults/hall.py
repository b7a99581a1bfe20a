"""The app, run in this process against a simulated platform: what it is given, and what it and the platform say."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from runner.app.applying import ApplyOptions, apply
from runner.app.house import House
from runner.app.plan_command import plan
from runner.app.subject import subject_of
from runner.clock import Clock, SystemClock
from runner.errors import RetriggerError
from runner.journal import Journal, open_journal
from runner.journal.chain import first_fault
from runner.masking import KnownSecrets
from runner.model.report import Execution, ResultRow
from runner.simulator import Scenario, Served, serve

ORG = "0123456789ABCDEF01234567@AdobeOrg"
CLIENT = "simulated-client"
SECRET = "planted-s3cret-Zx81qQ4Lw"
RUNS = 4
"""Two flows with two failed runs each, unless a test asks for others."""

BY_FILTER = [{"name": "prod", "filters": [{"status": ["failed"], "started": {"last": "24h"}}]}]


@dataclass
class Ear:
    """A console that keeps what is said."""

    said: list[str] = field(default_factory=list)
    progress_stream: TextIO = field(default_factory=StringIO)

    def out(self, text: str) -> None:
        self.said.append(text)

    def say(self, text: str, *, action: str = "said", facts: object = None) -> None:
        self.said.append(text)

    def warn(self, text: str, *, action: str = "warned", facts: object = None) -> None:
        self.said.append(text)

    def agree(self, question: str) -> bool | None:
        raise AssertionError(question)  # --yes is given


@dataclass(frozen=True, kw_only=True)
class Stood:
    """What the journal says of one execution."""

    execution: Execution
    rows: tuple[ResultRow, ...]
    events: tuple[str, ...]

    @property
    def outcomes(self) -> dict[str, int]:
        """Planned runs by outcome; empty: none yet."""
        return dict(Counter(row.outcome for row in self.rows if row.wave is not None))

    @property
    def reasons(self) -> list[str]:
        return [row.reason for row in self.rows]


@dataclass(kw_only=True)
class Hall:
    """Where the app is run."""

    folder: Path
    served: Served
    environment: dict[str, str]
    journal: str = "journal"
    ear: Ear = field(default_factory=Ear)
    clock: Clock = field(default_factory=SystemClock)
    _numbers: Iterator[int] = field(default_factory=count)

    def house(self) -> House:
        return House(
            secrets=KnownSecrets(),
            log_format="text",
            clock=self.clock,
            environment=self.environment,
            console=self.ear,
            chance=lambda: 0.5,
            token=lambda: f"{next(self._numbers):04d}token",
            quiet=True,
            journal_place=str(self._place),
            proc=Path("/proc"),
        )

    def spec(self, **changes: object) -> Path:
        """Write the usual spec with these keys changed."""
        path = self.folder / "spec.json"
        path.write_text(json.dumps({**_SPEC, **changes}, indent=1), encoding="utf-8")
        return path

    async def plan(self, spec: Path | None = None, **changes: object) -> Path:
        """Plan a spec, or the usual one with these keys changed; return the plan's path."""
        path = self.folder / f"{self.journal}.plan.jsonl"
        house = self.house()
        spec = spec or self.spec(**changes)
        assert await plan(spec, output=path, detailed_exit_code=False, house=house) == 0
        return path

    async def apply(
        self,
        path: Path | None = None,
        *,
        again: bool = False,
        options: Mapping[str, Any] | None = None,
        **changes: object,
    ) -> int:
        """Apply a plan, or the usual spec with these keys changed; return the exit code as the command would."""
        path = path or self.spec(**changes)
        house = self.house()
        usual = ApplyOptions(yes=True, abandon=False, again=again, stop_after_seconds=None)
        chosen = replace(usual, **(options or {}))
        try:
            return await apply(subject_of(path, spec_path=None, house=house), chosen, house=house)
        except RetriggerError as error:
            self.ear.said.append(f"error: {error} {error.remedy}")
            return error.exit_code

    @property
    def said(self) -> str:
        return "\n".join(self.ear.said)

    # What the platform's own book says

    @property
    def accepted(self) -> dict[str, str]:
        """Old runs with the new ones; every one but colleagues' clicks. Fails where one was accepted twice."""
        lines = [line for line in self.served.platform.ledger.accepted if line.client == CLIENT]
        found = {line.old_run: line.new_run for line in lines}
        assert len(found) == len(lines), "re-triggered twice"
        return found

    def asked(self, kind: str) -> int:
        """How many calls of a kind reached the platform."""
        return sum(line.kind == kind for line in self.served.platform.ledger.requests)

    def heal(self) -> None:
        """End every fault."""
        self.served.platform.replace_faults([])
        self.served.platform.tokens._refuses_all = False

    # What the journal says

    def executions(self) -> list[Stood]:
        """Every execution, newest first; none where no journal was made."""
        if not self._place.exists():
            return []
        with self._opened() as journal:
            return [_stood(journal, execution) for execution in journal.executions()]

    @property
    def _place(self) -> Path:
        return self.folder / f"{self.journal}.db"

    @contextmanager
    def _opened(self) -> Iterator[Journal]:
        journal = open_journal(str(self._place), make=False)
        try:
            yield journal
        finally:
            journal.close()

    def agree(self) -> None:
        """Fail unless journal and ledger tell the same: nothing is lost, nothing invented, every chain is whole."""
        accepted, found, open_ = self.accepted, {}, set()
        for stood in self.executions():
            assert first_fault(stood.events) is None
            done = [row for row in stood.rows if row.outcome == "retriggered"]
            found |= {row.old_run_id: row.new_run_id for row in done}
            open_ |= {row.old_run_id for row in stood.rows if row.outcome == "unresolved"}
        assert not found.items() - accepted.items(), "the journal invented a re-trigger"
        assert not accepted.keys() - found.keys() - open_, "a re-trigger was lost"

    async def healed(self, *, most: int = 3, runs: int = RUNS, **changes: object) -> None:
        """End every fault and apply again until nothing is left: then each run was re-triggered once, and no more."""
        self.heal()
        for _ in range(most):
            if await self.apply(**changes) == 0:
                break
        self.agree()
        newest = self.executions()[0].execution
        assert (newest.state, newest.exit_code) == ("finished", 0), self.said
        assert len(self.accepted) == runs


def _stood(journal: Journal, execution: Execution) -> Stood:
    return Stood(
        execution=execution,
        rows=tuple(journal.rows(execution.id)),
        events=tuple(journal.events(execution.id)),
    )


_SPEC: Mapping[str, object] = {
    "version": 1,
    "name": "matrix",
    "reason": "INC-2041: expired S3 key",
    "connection": {
        "platform_url": "${AEP_URL}",
        "org_id": "${AEP_ORG_ID}",
        "auth": {
            "ims_url": "${IMS_URL}",
            "client_id": "${AEP_CLIENT_ID}",
            "client_secret": "${AEP_CLIENT_SECRET}",
        },
    },
    # One at a time: what comes first is then the same each time.
    "limits": {"max_per_second": 2000, "max_at_once": 1},
    "sandboxes": BY_FILTER,
    "report": {"formats": ["csv"]},
    "timeouts": {"connect": "300ms", "request": "500ms"},
    "retry": {"attempts": 3, "first_wait": "10ms", "longest_wait": "40ms"},
    "reconcile": {"answer_window": "100ms", "visibility_lag": "200ms"},
}


@asynccontextmanager
async def opened_hall(
    folder: Path, *, faults: Sequence[object] = (), **scenario: object
) -> AsyncIterator[Hall]:
    """Serve a scenario, whose clock can be moved forward."""
    flows = [{"name": f"S3 {number}", "runs": {"failed": RUNS // 2}} for number in range(2)]
    facts = {
        "version": 1,
        "client_secret": SECRET,
        "sandboxes": [{"name": "prod", "flows": flows}],
        "faults": list(faults),
        **scenario,
    }
    async with serve(Scenario.from_dict(facts), clock_offset_seconds=0) as served:
        yield Hall(
            folder=folder,
            served=served,
            environment={
                "AEP_URL": served.url,
                "IMS_URL": served.url,
                "AEP_ORG_ID": ORG,
                "AEP_CLIENT_ID": CLIENT,
                "AEP_CLIENT_SECRET": SECRET,
            },
        )
