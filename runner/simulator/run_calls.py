"""The calls about runs: listing, one run, and the re-trigger action (docs: retry-flows, OpenAPI file)."""

from dataclasses import replace

from runner.simulator.asked import Asked
from runner.simulator.calls import Reply
from runner.simulator.paging import Position, envelope
from runner.simulator.queries import ListQuery, read_query
from runner.simulator.replies import json_reply, listing_reply, not_found, refused
from runner.simulator.retriggering import Retriggering
from runner.simulator.run_entity import JsonObject, run_entity
from runner.simulator.run_listing import RunListing
from runner.simulator.run_text import RunTexts
from runner.simulator.world import SandboxState, World

_BEGINNING_MS = 1 << 62


class RunCalls:
    """Answers them; every method raises Refused for what it refuses."""

    def __init__(self, world: World, *, retriggering: Retriggering) -> None:
        self._world = world
        self._texts = RunTexts(world)
        self._retriggering = retriggering

    def runs(self, sandbox: SandboxState, asked: Asked) -> Reply:
        """Answer ``GET /runs``; ``count=true`` answers with the number alone (docs: sort and filter)."""
        query = read_query(asked.call, self._world.behaviour)
        listing = RunListing(self._world, sandbox, query, now_ms=asked.now_ms)
        if query.only_count:
            return json_reply({"count": listing.count()})
        page = listing.page()
        following = page.following
        if asked.twist == "repeat":
            following = query.position or _beginning(query)
        elif asked.twist == "skip":
            following = self._after_next(sandbox, query, now_ms=asked.now_ms)
        rest = envelope(
            [],
            collection="runs",
            following=following,
            call=asked.call,
            style=self._world.behaviour,
        )
        texts = (self._texts.text(number, now_ms=asked.now_ms) for number in page.numbers)
        return listing_reply(texts, rest=rest)

    def _after_next(
        self, sandbox: SandboxState, query: ListQuery, *, now_ms: int
    ) -> Position | None:
        wider = replace(query, limit=query.limit * 2)
        return RunListing(self._world, sandbox, wider, now_ms=now_ms).page().following

    def run(self, sandbox: SandboxState, asked: Asked) -> Reply:
        """Answer ``GET /runs/{id}``: a list of one (docs: Flow Service's OpenAPI file)."""
        number = self._find(sandbox, asked)
        return json_reply({"items": [run_entity(self._world, number, now_ms=asked.now_ms)]})

    def retrigger(self, sandbox: SandboxState, asked: Asked) -> Reply:
        """Answer ``POST /runs/{id}/action?op=re-trigger``: this is where a new run comes to be."""
        number = self._find(sandbox, asked)
        self._check_version(number, asked)
        if sandbox.permission == "view":
            raise refused(
                "1427-400",
                "Invalid request",
                "The user token is unauthorized to create/update flow runs. "
                "Please ensure that the user token is authorized and try again.",
            )
        operation = asked.call.asked("op") or ""
        self._retriggering.check(number, operation=operation, now_ms=asked.now_ms)
        new = self._retriggering.accept(
            number,
            maker=self._retriggering.our_maker(),
            client=self._world.scenario.client_id,
            now_ms=asked.now_ms,
        )
        return self._accepted(new, now_ms=asked.now_ms)

    def _find(self, sandbox: SandboxState, asked: Asked) -> int:
        runs, name = self._world.runs, asked.route.name
        number = runs.number_of(name)
        if number is not None:
            flow = self._world.flow_of(number)
            here = flow.sandbox is sandbox and not flow.plan.labelled
            if here and runs.is_visible(number, now_ms=asked.now_ms):
                return number
        raise not_found("runs", name, style=self._world.behaviour.not_found)

    def _check_version(self, number: int, asked: Asked) -> None:
        """If-Match is optional here (docs: Flow Service's OpenAPI file); the quotes belong to the etag."""
        wanted = asked.call.header("if-match")
        etag = self._world.runs.etag(number, now_ms=asked.now_ms)
        if wanted and wanted not in {etag, "*"}:
            raise refused(
                "1404-412",
                "Version not matching",
                f"The supplied version '{wanted}' does not match the current version on entity '{etag}'. "
                "Please ensure that the supplied version matches the current version on entity and try again.",
            )

    def _accepted(self, number: int, *, now_ms: int) -> Reply:
        """The tutorial shows id and etag, the OpenAPI file the whole entity, its sibling call a list."""
        behaviour, runs = self._world.behaviour, self._world.runs
        body: JsonObject = {
            "id": runs.id_of(number),
            "etag": runs.etag(number, now_ms=now_ms),
        }
        if behaviour.body_shape == "items":
            body = {"items": [body]}
        elif behaviour.body_shape == "entity":
            body = run_entity(self._world, number, now_ms=now_ms)
            body["eTag"] = body.pop("etag")  # the OpenAPI file's spelling
        return json_reply(body, status=behaviour.success_status)


def _beginning(query: ListQuery) -> Position:
    """Return the place before the first item, so that a next link can lead back to the first page."""
    return Position(created_ms=_BEGINNING_MS if query.order[0].descending else -1)
