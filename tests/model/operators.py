"""Operators in one process: the real commands on one journal file, the simulator's platform, a clock moved by hand.

The network is a function call, what belongs into a thread is run at once, and so every story has one order. What an
operator's process does after its death is refused: it writes and sends nothing more, and only what it had sent before
still arrives.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from email.utils import formatdate
from io import StringIO
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from multidict import CIMultiDict

from runner.app.applying import ApplyOptions, apply
from runner.app.house import House
from runner.app.plan_command import plan
from runner.app.reconciling import Decisions, reconcile
from runner.app.signals import Stopping
from runner.app.subject import Subject
from runner.errors import RetriggerError
from runner.journal import CommitInTurn, Journal, open_journal
from runner.masking import KnownSecrets
from runner.model.spec import Timeouts
from runner.model.words import ExecutionId
from runner.simulator import Scenario
from runner.simulator.calls import Call as TheirCall
from runner.simulator.simulated_platform import Platform
from runner.transport import Call, Failure, FailureKind, Reply
from tests.fakes.clock import settle
from tests.integration.execute.harness import StageClock

ON_THE_WAY_SECONDS = 0.05
MOST_WAKES = 50_000

_AT_WORK: ContextVar["Operator"] = ContextVar("_AT_WORK")
"""Whose process this is."""


class Dead(Exception):
    """A process that was killed wanted to do something more."""


@dataclass
class World:
    """What all operators share: the platform, the clock, the journal's file."""

    folder: Path
    scenario: Scenario
    clock: StageClock = field(default_factory=StageClock)
    never: asyncio.Event = field(default_factory=asyncio.Event)
    """What the dead wait for; kept here, or they would be collected before the story ends."""

    def __post_init__(self) -> None:
        self.platform = Platform(self.scenario, now_ms=self.clock.now_ms)
        self.file = self.folder / "journal.db"

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the journal's file; nothing where there is none yet."""
        if not self.file.exists():
            return []
        reader = sqlite3.connect(self.file)
        try:
            return reader.execute(statement).fetchall()
        finally:
            reader.close()


class Voice:
    """A console that agrees to everything."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @property
    def progress_stream(self) -> TextIO:
        return StringIO()

    def out(self, text: str, *, action: str = "said") -> None:
        self.said.append(text)

    def say(self, text: str, *, action: str = "said", facts: object = None) -> None:
        self.said.append(text)

    def warn(self, text: str, *, action: str = "warned", facts: object = None) -> None:
        self.said.append(text)

    def agree(self, _: str) -> bool | None:
        return True


@dataclass
class Operator:
    """Somebody at a machine of their own, who runs one command at a time."""

    name: str
    world: World
    lives: int = 1
    dead: bool = False
    fuse: tuple[str, int] | None = None
    """When to die: before or after so many more writes to the journal."""
    stopping: Stopping | None = None
    task: asyncio.Task[int] | None = None
    codes: list[int] = field(default_factory=list)
    """How the commands ended that were not killed."""
    _words: int = 0

    def __post_init__(self) -> None:
        self.proc = self.world.folder / self.name
        (self.proc / "sys/kernel/random").mkdir(parents=True)
        (self.proc / "self/ns").mkdir(parents=True)
        (self.proc / "sys/kernel/random/boot_id").write_text(f"boot of {self.name}")
        (self.proc / "self/ns/pid").symlink_to(f"pid:[{self.name}]")

    @property
    def is_idle(self) -> bool:
        return self.task is None or self.task.done()

    def apply(self, subject: Subject) -> None:
        """Begin to apply."""
        options = ApplyOptions(yes=True, abandon=False, again=False, stop_after_seconds=None)
        self._begin(lambda house: apply(subject, options, house=house))

    def plan(self, spec: Path, output: Path) -> None:
        """Begin to plan."""
        self._begin(lambda house: plan(spec, output=output, detailed_exit_code=False, house=house))

    def reconcile(self, execution: ExecutionId, decisions: Decisions) -> None:
        """Begin to reconcile."""
        self._begin(lambda house: reconcile(execution, decisions, house=house))

    def interrupt(self) -> None:
        """Send a signal."""
        if self.stopping and not self.is_idle:
            self.stopping.ask("interrupted by SIGTERM")

    def kill(self) -> None:
        """End the process at once; nothing it would still do happens."""
        if self.task is not None:
            # Left alone, not cancelled: a process that is killed does not tidy up.
            self.task.add_done_callback(lambda task: task.cancelled() or task.exception())
            self._is_gone()

    def collect(self) -> None:
        """Note how a command ended; raise what is none of its proper ends."""
        if self.dead:
            self.kill()
        if self.task is None or not self.task.done():
            return
        task, self.task = self.task, None
        try:
            self.codes.append(task.result())
        except RetriggerError as error:
            self.codes.append(error.exit_code)
        assert self.codes[-1] in {0, 1, 2, 3, 4, 6, 7, 130}, self.codes

    def is_over(self, life: int) -> bool:
        """Whether a process of this operator is no more."""
        return self.dead or self.lives != life

    def note_write(self, when: str, *, life: int) -> None:
        """Die if it is time to; raise Dead for a process that is no more."""
        if self.is_over(life):
            raise Dead
        if self.fuse and self.fuse[0] == when:
            left = self.fuse[1] - 1
            self.fuse = (when, left) if left else None
            if not left:
                self.dead = True
                raise Dead

    def _begin(self, command: Callable[[House], Any]) -> None:
        assert self.is_idle
        self.collect()
        self._machine_knows(self.lives)

        async def process() -> int:
            _AT_WORK.set(self)
            code: int = await command(self._house())
            return code

        self.task = asyncio.get_running_loop().create_task(process())

    def _is_gone(self) -> None:
        """The next process of this operator is another one, and its machine knows that the old one is no more."""
        self.dead, self.fuse, self.stopping, self.task = False, None, None, None
        self.lives += 1
        self._machine_knows(self.lives)

    def _machine_knows(self, started: int) -> None:
        folder = self.proc / str(os.getpid())
        folder.mkdir(exist_ok=True)
        (folder / "stat").write_text(f"1 (retrigger) S {'0 ' * 18}{started} 0")

    def _token(self) -> str:
        self._words += 1
        return f"{self.name}{self._words:08x}"

    def _house(self) -> House:
        return House(
            secrets=KnownSecrets(),
            log_format="text",
            clock=self.world.clock,
            environment=ENVIRONMENT,
            console=Voice(),
            chance=lambda: 0.5,
            token=lambda: self._token()[::-1],
            quiet=True,
            journal_place=str(self.world.file),
            proc=self.proc,
        )


ENVIRONMENT = {"AEP_SECRET": "simulated-secret", "USER": "somebody"}


class MortalJournal:
    """A journal in the hands of a process that may die at any write."""

    def __init__(self, journal: Journal, operator: Operator) -> None:
        self._journal = journal
        self._operator = operator
        self._life = operator.lives

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._journal, name)
        if name not in {
            "begin",
            "write",
            "resume",
            "take_leases",
            "renew_leases",
            "drop_leases",
        }:
            return found

        def watched(*args: Any, **named: Any) -> Any:
            self._operator.note_write("before", life=self._life)
            result = found(*args, **named)
            self._operator.note_write("after", life=self._life)
            return result

        return watched


class SameThreadCommits(CommitInTurn):
    """Groups entries as the real thing does, and writes them a moment later: time enough to die before.

    The moment is shorter than a request is on its way: one that left before its intent was written would arrive.
    """

    def _write_later(self) -> None:
        self._loop.create_task(self._write_after(_AT_WORK.get().world.clock))

    async def _write_after(self, clock: StageClock) -> None:
        await clock.sleep(self._linger)
        self._write()


@dataclass
class Wire:
    """Carries calls to the platform and answers back; both take a while, and either can be cut by a kill."""

    operator: Operator
    life: int
    request_seconds: float

    async def call(self, call: Call) -> Reply | Failure:
        world, clock = self.operator.world, self.operator.world.clock
        if call.send_by is not None and clock.monotonic() >= call.send_by:
            return Failure(kind=FailureKind.NOT_SENT, message="too late")
        if self.operator.is_over(self.life):
            await world.never.wait()  # nobody is there to send it
        await clock.sleep(ON_THE_WAY_SECONDS)
        delivery = world.platform.handle(_their_call(call))
        late = delivery.late_seconds + delivery.drip_seconds
        await clock.sleep(min(ON_THE_WAY_SECONDS + late, self.request_seconds))
        if delivery.manner == "dropped" or late >= self.request_seconds:
            return Failure(kind=FailureKind.NO_ANSWER, message="no answer")
        body, headers = delivery.reply.body, CIMultiDict(delivery.reply.headers)
        cut = delivery.manner == "cut"
        return Reply(
            status=delivery.reply.status,
            body=body[: len(body) // 2] if cut else body,
            cut=cut,
            content_type=delivery.reply.content_type,
            retry_after=headers.get("Retry-After"),
            date=formatdate(clock.now_ms() / 1000, usegmt=True),
            request_id=headers.get("X-Request-Id", ""),
            location=headers.get("Location", ""),
        )


def _their_call(call: Call) -> TheirCall:
    url = urlsplit(call.url)
    return TheirCall(
        method=call.method,
        path=unquote(url.path),
        query=tuple(parse_qsl(url.query, keep_blank_values=True)),
        raw_query=url.query,
        headers=CIMultiDict(call.headers),
        body=call.body or b"",
    )


def join_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the wire, the mortal journal and commits without a thread where the real ones are."""

    @asynccontextmanager
    async def wire(*, timeouts: Timeouts, **_: object) -> AsyncIterator[Wire]:
        operator = _AT_WORK.get()
        yield Wire(operator, operator.lives, timeouts.request_seconds)

    @contextmanager
    def heard(stopping: Stopping) -> Iterator[None]:
        _AT_WORK.get().stopping = stopping
        yield

    def mortal(place: str, *, make: bool) -> MortalJournal:
        return MortalJournal(open_journal(place, make=make), _AT_WORK.get())

    monkeypatch.setattr("runner.client.opening.open_http", wire)
    monkeypatch.setattr("runner.app.working.GroupCommit", SameThreadCommits)
    monkeypatch.setattr("runner.app.showing._BETWEEN_SECONDS", 5.0)
    monkeypatch.setattr("runner.app.obeying.LOOK_EVERY_SECONDS", 5.0)
    for room in ("applying", "reconciling", "plan_command"):
        monkeypatch.setattr(f"runner.app.{room}.signals_handled", heard)
        monkeypatch.setattr(f"runner.app.{room}.open_journal", mortal)


async def pass_time(world: World, operators: Sequence[Operator], *, wakes: int) -> None:
    """Let everything happen that can, then move on to the next sleeper, so many times."""
    for _ in range(wakes):
        await settle()
        for operator in operators:
            operator.collect()
        if not world.clock.wake_next():
            return


async def end_everything(world: World) -> None:
    """Cancel whatever killed processes left behind."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await settle()
        world.clock.wake_next()


async def until_idle(world: World, operator: Operator) -> None:
    """Let time pass until an operator's command has ended."""
    for _ in range(MOST_WAKES):
        if operator.is_idle:
            operator.collect()
            return
        await pass_time(world, [operator], wakes=1)
    raise AssertionError(f"{operator.name}'s command goes on for ever")
