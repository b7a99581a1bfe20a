"""Flow Service and the list of sandboxes, in our words. Reads may be repeated; a re-trigger is one attempt, ever."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from runner.client import queries
from runner.client.bodies import flow_of, flow_spec_of, items, run_of
from runner.client.classify import answer_of
from runner.client.json_values import JsonObject, as_object, identifier, text
from runner.client.listing import Listing, pages
from runner.client.matching import answers
from runner.client.reading import Reader
from runner.client.sandbox_listing import SANDBOXES_PATH, listed_sandboxes
from runner.client.unreachable import lasting_trouble
from runner.errors import ListingCutShort, NotTrusted, PlatformRefused, PlatformUnreachable
from runner.model.answer import Answer, Passing, TryAgain
from runner.model.platform import Flow, FlowSpec, Run, RunQuery, Sandbox
from runner.model.words import FlowId, PlatformId, RunId, SandboxName
from runner.transport import Call, Reply, Wire, quoted

_LOG = logging.getLogger("runner.client")
_FLOW_SERVICE = "/data/foundation/flowservice"
_MOST_STRANGE_PAGES = 50
"""Pages in a row without any of the things that were asked for by their ids."""
_MOST_ANSWER_BYTES = 1024 * 1024
_NO_SANDBOX = SandboxName("")

_Id = TypeVar("_Id", bound=PlatformId)


class FlowService:
    """One platform, as one client sees it."""

    def __init__(self, reader: Reader, *, http: Wire, operation: str) -> None:
        self._reader = reader
        self._http = http
        self._runs = f"{reader.base}{_FLOW_SERVICE}/runs/"
        self._action = f"/action?op={quoted(operation)}"
        self._flows: dict[SandboxName, dict[FlowId, Flow | None]] = {}
        self._kinds: dict[str, asyncio.Task[FlowSpec | None]] = {}
        self._connectors: dict[SandboxName, dict[str, str]] = {}
        self._has_unread: set[SandboxName] = set()

    async def sandboxes(self) -> tuple[Sandbox, ...]:
        """Return the sandboxes that these credentials may see."""
        found = await listed_sandboxes(self._reader)
        self._reader.sandboxes = frozenset(found)
        return tuple(found.values())

    async def list_runs(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        """Return the runs that answer a query, page by page, newest first; each is checked again here.

        Raises ListingCutShort after the last of them where the platform shows no end; PlatformRefused as ever.
        """
        async for some, runs in self._listed(sandbox, query):
            yield tuple(run for run in runs if answers(run, some))

    async def runs_as_listed(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[Run, ...]]:
        """Return every run that is listed for a query, page by page, also what does not answer it.

        Raises as ``list_runs`` does.
        """
        async for _, runs in self._listed(sandbox, query):
            yield runs

    async def _listed(
        self, sandbox: SandboxName, query: RunQuery
    ) -> AsyncIterator[tuple[RunQuery, tuple[Run, ...]]]:
        """Return the runs that are listed, with that part of the query that each page was listed for."""
        cut: ListingCutShort | None = None
        for flow_ids in list(queries.in_lists(query.flow_ids)) or [[]]:
            some = replace(query, flow_ids=tuple(flow_ids))
            listing = Listing(
                what="runs",
                sandbox=sandbox,
                expressions=partial(queries.run_expressions, some),
                newest_first=True,
            )
            try:
                async for page in pages(self._reader, listing):
                    runs = (run_of(entity, sandbox) for entity in page)
                    yield some, tuple(run for run in runs if run)
            except ListingCutShort as error:
                cut = error  # the other flows are listed all the same
        if cut:
            raise cut

    async def runs_by_id(self, sandbox: SandboxName, ids: Sequence[RunId]) -> dict[RunId, Run]:
        """Return those of the runs that are there, by the ids asked for, a hundred to a call."""
        found: dict[RunId, Run] = {}
        for some in queries.in_lists(ids):
            async for run_id, entity in self._looked_up("runs", sandbox, some):
                if run := run_of(entity, sandbox):
                    found[run_id] = run
        return found

    async def flows_by_id(self, sandbox: SandboxName, ids: Sequence[FlowId]) -> dict[FlowId, Flow]:
        """Return those of the flows that are there; known ones, and known absences, are not asked for again."""
        known = self._flows.setdefault(sandbox, {})
        for some in queries.in_lists([flow_id for flow_id in ids if flow_id not in known]):
            try:
                await self._learn_flows(sandbox, some, known)
            except PlatformRefused as refusal:
                self._warn_of_unread(sandbox, refusal)
                known |= {
                    flow_id: _unread(flow_id, refusal) for flow_id in some if flow_id not in known
                }
        return {flow_id: flow for flow_id in ids if (flow := known.get(flow_id))}

    async def _learn_flows(
        self, sandbox: SandboxName, ids: Sequence[FlowId], known: dict[FlowId, Flow | None]
    ) -> None:
        """List flows by their ids, then by their other spellings, and ask for each that the lists leave out."""
        async for flow_id, entity in self._looked_up("flows", sandbox, ids):
            known[flow_id] = flow_of(entity)
        others = [other for one in ids if one not in known and (other := one.other_spelling)]
        async for flow_id, entity in self._looked_up("flows", sandbox, others):
            known[flow_id] = flow_of(entity)
        for one in ids:
            if one not in known:
                try:
                    known[one] = await self._ask_flow(sandbox, one)
                except PlatformRefused as refusal:  # the others can be there all the same
                    self._warn_of_unread(sandbox, refusal)
                    known[one] = _unread(one, refusal)

    def _warn_of_unread(self, sandbox: SandboxName, refusal: PlatformRefused) -> None:
        """Say once for a sandbox that flows cannot be looked up, with the first reason."""
        if sandbox not in self._has_unread:
            self._has_unread.add(sandbox)
            self._reader.warn_once(
                f"flows of sandbox {sandbox} cannot be looked up, so nothing is known of them; their runs stay in, "
                f"unless an exclusion needs to know: {refusal}"
            )

    async def _looked_up(
        self, what: str, sandbox: SandboxName, ids: Sequence[_Id]
    ) -> AsyncIterator[tuple[_Id, JsonObject]]:
        """Return the entities that have these ids, each with the id asked for; no page more than it takes.

        What the platform spells in another case is taken for what was asked for, whatever the ids are. A listing that
        has no end, or pages of nothing but strangers, mean that the filter does nothing: then what was not found is
        taken for not there, so that nothing is done with it.
        """
        if not ids:
            return
        missing: dict[PlatformId, _Id] = {one: one for one in ids}
        spelt = {one.lower(): one for one in ids}
        strange_pages = 0
        try:
            async for page in pages(self._reader, _by_id(what, sandbox, ids)):
                left = len(missing)
                for entity in page:
                    own = PlatformId(identifier(entity, "id"))
                    asked = own if own in missing else spelt.get(own.lower())
                    if asked in missing:
                        yield missing.pop(asked), entity
                strange_pages = strange_pages + 1 if len(missing) == left else 0
                if not missing or strange_pages >= _MOST_STRANGE_PAGES:
                    return
        except ListingCutShort:
            return  # a warning has said so

    async def list_flows(self, sandbox: SandboxName) -> AsyncIterator[tuple[Flow, ...]]:
        """Return every flow, page by page."""
        listing = Listing(
            what="flows",
            sandbox=sandbox,
            expressions=partial(queries.run_expressions, RunQuery()),
            newest_first=True,
        )
        known = self._flows.setdefault(sandbox, {})
        try:
            async for page in pages(self._reader, listing):
                flows = tuple(flow for entity in page if (flow := flow_of(entity)))
                known |= {flow.id: flow for flow in flows}
                yield flows
        except ListingCutShort:
            return  # a warning has said so

    def forget_flows(self, sandbox: SandboxName) -> None:
        """Have the next look at a sandbox's flows be a new one."""
        self._flows.pop(sandbox, None)

    async def flow_spec(self, sandbox: SandboxName, flow_spec_id: str) -> FlowSpec | None:
        """Return a kind of flow, or None. Kinds belong to no organisation (OpenAPI file): each is asked once."""
        if flow_spec_id not in self._kinds:
            asking = asyncio.create_task(self._ask_kind(sandbox, flow_spec_id))
            asking.add_done_callback(partial(self._asked_kind, flow_spec_id))
            self._kinds[flow_spec_id] = asking
        return await asyncio.shield(self._kinds[flow_spec_id])

    async def connector_names(self, sandbox: SandboxName) -> dict[str, str]:
        """Return the name of each connection spec id."""
        if sandbox not in self._connectors:
            listing = Listing(
                what="connectionSpecs",
                sandbox=sandbox,
                expressions=lambda _: (),
                newest_first=False,
            )
            names: dict[str, str] = {}
            with suppress(ListingCutShort):  # a warning has said so
                async for page in pages(self._reader, listing):
                    names |= {identifier(entity, "id"): text(entity, "name") for entity in page}
            self._connectors[sandbox] = names
        return self._connectors[sandbox]

    async def retrigger(
        self,
        sandbox: SandboxName,
        run_id: RunId,
        *,
        request_id: str,
        send_by: float,
        leaves: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Ask once for a run to be done again.

        Args:
            sandbox: the run's.
            run_id: the failed run.
            request_id: sent as ``x-request-id``, for support; it does not keep the platform from doing it twice.
            send_by: after this (monotonic, seconds) nothing is sent.
            leaves: called when the request may leave: not before there is a token and a connection.

        Raises:
            CredentialsRefused: the token cannot be renewed; the run was surely not accepted.
            NotTrusted: the certificate of who answers is not trusted; nothing was sent.
        """
        try:
            token = await self._reader.tokens.token()
        except NotTrusted:
            raise
        except PlatformUnreachable as error:
            return TryAgain(
                why=Passing.TOKEN,
                message=str(error),
                http_status=None,
                request_id="",
                wait_seconds=None,
            )
        headers = self._reader.headers_for(sandbox, token)
        call = Call(
            method="POST",
            url=f"{self._runs}{quoted(run_id)}{self._action}",
            headers={**headers, "Content-Type": "application/json", "x-request-id": request_id},
            send_by=send_by,
            leaves=leaves,
            most_bytes=_MOST_ANSWER_BYTES,
        )
        outcome = await self._http.call(call)
        if trouble := lasting_trouble(outcome, what=f"re-triggering run {run_id}"):
            raise trouble
        time = self._reader.time
        now_ms = time.when_said(outcome) if isinstance(outcome, Reply) else time.now_ms()
        answer = answer_of(outcome, now_ms=now_ms)
        if isinstance(answer, TryAgain) and answer.why is Passing.TOKEN:
            self._reader.tokens.refused(token)
        elif isinstance(outcome, Reply) and not isinstance(answer, TryAgain):
            self._reader.tokens.accepted(token)
        _LOG.debug(
            "re-trigger of %s in %s (%s): %s", run_id, sandbox, request_id, type(answer).__name__
        )
        return answer

    async def token_seconds(self) -> float | None:
        """Have an access token; return how long it lasts, None where nobody says.

        Raises CredentialsRefused, and PlatformUnreachable when the token endpoint gives no answer.
        """
        await self._reader.tokens.token()
        return self._reader.tokens.seconds_left()

    async def try_reaching(self) -> None:
        """Ask without a token, only to see that the platform answers at all; raises PlatformUnreachable."""
        url = f"{self._reader.base}{SANDBOXES_PATH}"
        call = Call(method="GET", url=url, headers={}, most_bytes=_MOST_ANSWER_BYTES)
        async with self._reader.gate.reading(_NO_SANDBOX):
            outcome = await self._http.call(call)
        if trouble := lasting_trouble(outcome, what="the platform does not answer"):
            raise trouble
        if not isinstance(outcome, Reply):
            raise PlatformUnreachable(
                f"the platform does not answer: {outcome.message}.",
                remedy="Check the network, the proxy (HTTPS_PROXY) and platform_url.",
            )
        self._reader.time.learn(outcome)

    async def try_listing(self, sandbox: SandboxName, what: str) -> None:
        """Read one entity of a listing (``runs``, ``flows``), only to see that it can be read.

        Raises CredentialsRefused, PlatformUnreachable, PlatformRefused.
        """
        body = await self._reader.get(sandbox, f"{_FLOW_SERVICE}/{what}?limit=1")
        if not isinstance(as_object(body).get("items"), list):
            raise PlatformRefused(
                f"listing {what} of sandbox {sandbox}: the platform sent an answer without items.",
                remedy="Check connection.platform_url.",
            )

    def when_time_is_known(self, tell: Callable[[int], None]) -> None:
        """Have it told, once and as soon as it is known, how far the platform's clock is ahead of ours."""
        self._reader.time.on_known = tell

    def server_offset_ms(self) -> int | None:
        """Return how far the platform's clock is ahead of ours; None before any answer."""
        return self._reader.time.offset_ms

    async def close(self) -> None:
        """Stop what is still being asked on its own."""
        asking = [task for task in self._kinds.values() if not task.done()]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await self._reader.tokens.close()

    async def _ask_kind(self, sandbox: SandboxName, flow_spec_id: str) -> FlowSpec | None:
        path = f"{_FLOW_SERVICE}/flowSpecs/{quoted(flow_spec_id)}"
        try:
            body = await self._reader.look_up(sandbox, path)
        except PlatformRefused as refusal:
            self._reader.warn_once(
                f"kinds of flow cannot be looked up, so it is not known which are batch sources: {refusal}"
            )
            return None
        return next((kind for entity in items(body) if (kind := flow_spec_of(entity))), None)

    def _asked_kind(self, flow_spec_id: str, task: "asyncio.Task[FlowSpec | None]") -> None:
        if task.cancelled() or task.exception():  # ask anew next time
            self._kinds.pop(flow_spec_id, None)

    async def _ask_flow(self, sandbox: SandboxName, flow_id: FlowId) -> Flow | None:
        """Ask for one flow. The path names it: it keeps the asked id, should the answer have another."""
        body = await self._reader.look_up(sandbox, f"{_FLOW_SERVICE}/flows/{quoted(flow_id)}")
        flow = next((flow for entity in items(body) if (flow := flow_of(entity))), None)
        if flow is None or flow.id == flow_id:
            return flow
        if flow.id.lower() == flow_id.lower():
            return replace(flow, id=flow_id)
        return replace(flow, id=flow_id, unread=f"asked for it, the platform shows flow {flow.id}")


def _unread(flow_id: FlowId, refusal: PlatformRefused) -> Flow:
    """Return a flow of which nothing is known: by itself that keeps no run out (docs/decisions.md, 8 and 53)."""
    return Flow(
        unread=str(refusal),
        id=flow_id,
        name="",
        state="",
        flow_spec_id="",
        is_destination=None,
        has_schedule=False,
        connection_spec_ids=(),
    )


def _by_id(what: str, sandbox: SandboxName, ids: Sequence[str]) -> Listing:
    return Listing(
        what=what,
        sandbox=sandbox,
        expressions=lambda _: [f"id=={','.join(ids)}"],
        newest_first=False,
    )
