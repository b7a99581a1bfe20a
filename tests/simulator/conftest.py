"""A simulated platform on loopback, a visitor who talks HTTP to it, and a clock moved by hand."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from yarl import URL

from runner.simulator import Scenario, Served, serve

NOW_MS = 1_800_000_000_000
FLOW_SERVICE = "/data/foundation/flowservice"
SANDBOXES = "/data/foundation/sandbox-management"


@dataclass
class FakeClock:
    """Time stands still until ``ms`` is moved; sleeping is written down and takes no time."""

    ms: int = NOW_MS
    slept: list[float] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code, whichever shape it has."""
        return str(self.json.get("error_code") or self.json["type"].rpartition("/")[2])

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.json["items"]]


class Visitor:
    """Somebody who calls the platform with good credentials."""

    def __init__(self, served: Served, session: aiohttp.ClientSession, clock: FakeClock) -> None:
        self.served = served
        self.session = session
        self.clock = clock
        scenario = served.platform.world.scenario
        self.headers = {
            "x-api-key": scenario.client_id,
            "x-gw-ims-org-id": scenario.organisation,
            "x-sandbox-name": scenario.sandboxes[0].name,
            "Content-Type": "application/json",
        }
        self.form = {
            "grant_type": "client_credentials",
            "client_id": scenario.client_id,
            "client_secret": scenario.client_secret,
            "scope": "openid,session",
        }

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: list[tuple[str, str]] | None = None,
        data: Any = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        sent = {k: v for k, v in {**self.headers, **(headers or {})}.items() if v is not None}
        url = URL(self.served.url + path).update_query(query or [])
        options = {"headers": sent, "data": data, "allow_redirects": False}
        async with self.session.request(method, url, **options) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def ask_token(self, **changes: str) -> Answer:
        form = {key: value for key, value in {**self.form, **changes}.items() if value}
        none = dict.fromkeys(self.headers)
        return await self.send("POST", "/ims/token/v3", data=form, headers=none)

    async def sign_in(self) -> str:
        token = (await self.ask_token()).json["access_token"]
        self.headers["Authorization"] = f"Bearer {token}"
        return str(token)

    async def get(self, path: str, *properties: str, **query: str) -> Answer:
        pairs = [("property", text) for text in properties] + list(query.items())
        return await self.send("GET", FLOW_SERVICE + path, query=pairs)

    async def retrigger(self, run: str, op: str = "re-trigger", **headers: str | None) -> Answer:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        path = f"{FLOW_SERVICE}/runs/{run}/action"
        return await self.send("POST", path, query=[("op", op)], headers=named)

    async def status(self, run: str) -> str:
        answer = await self.get(f"/runs/{run}")
        return str(answer.json["items"][0]["metrics"]["statusSummary"]["status"])

    async def walk(
        self, path: str, *properties: str, most: int = 100, **query: str
    ) -> list[list[str]]:
        """Follow next links as the documents say: the same filters again, and the token of the link."""
        pages = []
        token: dict[str, str] = {}
        for _ in range(most):
            answer = await self.get(path, *properties, **query, **token)
            pages.append(answer.ids)
            link = answer.json.get("_links", {}).get("next")
            if link is None:
                break
            found = dict(parse_qsl(urlsplit(link["href"]).query))
            token = {"continuationToken": found["continuationToken"]}
        return pages


Start = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start a scenario and come back signed in: ``await start(flows=[...], behaviour={...}, ...)``."""
    async with AsyncExitStack() as stack:

        async def begin(
            *, flows: list[dict[str, Any]] | None = None, signed_in: bool = True, **scenario: Any
        ) -> Visitor:
            clock = FakeClock()
            usual = [
                {"name": "prod", "type": "production", "is_default": True, "flows": flows or []}
            ]
            data = {"version": 1, "sandboxes": usual, **scenario}
            served = await stack.enter_async_context(
                serve(Scenario.from_dict(data), clock=clock, clock_offset_seconds=0)
            )
            session = await stack.enter_async_context(aiohttp.ClientSession())
            visitor = Visitor(served, session, clock)
            if signed_in:
                await visitor.sign_in()
            return visitor

        yield begin


@pytest.fixture
def failed_run() -> dict[str, Any]:
    """A flow ``F1`` with one failed run, ``R1``."""
    return {"id": "F1", "name": "S3 orders", "runs": {"listed": [{"id": "R1"}]}}


@pytest.fixture
def now_ms() -> int:
    return NOW_MS
