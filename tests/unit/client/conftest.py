"""A Flow Service over scripted answers, without a network and without waiting."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from runner.auth import Issued, TokenSource
from runner.client import FlowService
from runner.client.reading import Reader
from runner.limits import Sign
from runner.model.secret import Secret
from runner.model.words import SandboxName
from runner.retry import RetryPolicy
from runner.transport import Call, Failure, Reply
from tests.fakes.clock import FakeClock

BASE = "https://platform.example.com"
SERVICE = f"{BASE}/data/foundation/flowservice"


def reply_of(body: Any = None, *, status: int = 200, cut: bool = False, **headers: Any) -> Reply:
    """A reply with a JSON body, or the bytes as they are."""
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    usual: dict[str, Any] = {
        "content_type": "application/json",
        "retry_after": None,
        "date": None,
        "request_id": "",
        "location": "",
    }
    return Reply(status=status, body=raw, cut=cut, **(usual | headers))


@pytest.fixture
def reply() -> Callable[..., Reply]:
    return reply_of


@dataclass
class ScriptedHttp:
    """Answers each path (below the service) with its answers in order; the last one stays."""

    clock: FakeClock
    scripts: dict[str, list[Reply | Failure]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def on(self, path: str, *answers: Any) -> None:
        """Answer a path with these: replies, failures, or what the body's JSON shall be."""
        told = [each if isinstance(each, (Reply, Failure)) else reply_of(each) for each in answers]
        self.scripts[path] = told

    async def call(self, call: Call) -> Reply | Failure:
        self.calls.append(call)
        script = self.scripts[self._path(call)]
        return script.pop(0) if len(script) > 1 else script[0]

    @staticmethod
    def _path(call: Call) -> str:
        return call.url.partition("?")[0].removeprefix(SERVICE).removeprefix(BASE)

    @property
    def urls(self) -> list[str]:
        """What was asked for, below the service, as on the wire."""
        return [call.url.removeprefix(SERVICE).removeprefix(BASE) for call in self.calls]

    def queries(self, path: str) -> list[list[tuple[str, str]]]:
        """The decoded queries of the calls to a path."""
        return [
            parse_qsl(urlsplit(call.url).query, keep_blank_values=True)
            for call in self.calls
            if self._path(call) == path
        ]


@dataclass
class ScriptedGate:
    """Lets everything pass and keeps account."""

    entered: list[SandboxName] = field(default_factory=list)
    under_way: int = 0
    slowed: list[tuple[SandboxName, float]] = field(default_factory=list)
    said: list[tuple[SandboxName, Sign, str]] = field(default_factory=list)
    is_news: bool = True
    retries: int = 0
    most_retries: int = 1000

    @asynccontextmanager
    async def reading(self, sandbox: SandboxName) -> AsyncIterator[None]:
        self.entered.append(sandbox)
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    def heard(
        self,
        sandbox: SandboxName,
        sign: Sign,
        *,
        sent_at: float,  # the gate's shape
        said: str = "",
        wait_seconds: float | None = None,
    ) -> bool:
        self.said.append((sandbox, sign, said))
        if wait_seconds is not None:
            self.slowed.append((sandbox, wait_seconds))
        return sign is not Sign.FINE and self.is_news

    def may_retry(self) -> bool:
        self.retries += 1
        return self.retries <= self.most_retries


class PatientClock(FakeClock):
    """A clock that moves on by itself when somebody sleeps."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
def http(clock: FakeClock) -> ScriptedHttp:
    return ScriptedHttp(clock)


@pytest.fixture
def gate() -> ScriptedGate:
    return ScriptedGate()


@pytest.fixture
def tokens(clock: FakeClock) -> TokenSource:
    """Issues token-1, token-2 and so on."""
    numbers: Iterator[int] = iter(range(1, 1000))

    async def issue() -> Issued:
        return Issued(secret=Secret(f"p8e-token-{next(numbers)}"), expires_in=86_399.0)

    return TokenSource(issue=issue, clock=clock)


@pytest.fixture
def service(
    http: ScriptedHttp, gate: ScriptedGate, tokens: TokenSource, clock: FakeClock
) -> FlowService:
    reader = Reader(
        http=http,  # type: ignore[arg-type]  # it does all that is asked of it
        base=BASE,
        headers={"x-api-key": "key", "x-gw-ims-org-id": "org"},
        tokens=tokens,
        policy=RetryPolicy(attempts=3, first_wait_seconds=1.0, longest_wait_seconds=60.0),
        gate=gate,
        clock=clock,
        chance=lambda: 0.5,
    )
    return FlowService(reader, http=http, operation="re-trigger")  # type: ignore[arg-type]  # likewise
