"""A server that answers from examples: what stands up when a mock server is given the platform's OpenAPI file.

Every GET of a kind has one constant answer, whatever it asks for: its filters do nothing, its link to a next page is
always the same, and the ids are the example's. A re-trigger is answered with a whole run, whose etag is spelt ``eTag``.
Nothing is kept: what was asked for leaves no trace.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

SERVICE = "/data/foundation/flowservice"
RUN = "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
NEW_RUN = "9d1b3a52-5f7c-4f4e-8a63-2a55a7c0e111"
FLOW = "c0cb4b5b-7a1d-4a8e-9d65-0a4f6b3f2a11"
STARTED_MS = 1_693_538_422_921


def run_entity(**changes: Any) -> dict[str, Any]:
    """The example run: it failed."""
    return {
        "id": RUN,
        "createdAt": STARTED_MS + 15_000,
        "updatedAt": STARTED_MS + 90_000,
        "createdBy": "acp_foundation_connectors@AdobeID",
        "createdClient": "acp_foundation_connectors",
        "sandboxId": "28e74200-e3de-11e9-8f5d-7f27416c5f0d",
        "sandboxName": "prod",
        "imsOrgId": "0123456789ABCDEF01234567@AdobeOrg",
        "flowId": FLOW,
        "flowSpec": {"id": "9753525b-82c7-4dce-8a9b-5ccfce2b9876", "version": "1.0"},
        "providerRefId": None,
        "predecessors": None,
        "eTag": '"56010101-0000-1b00-0000-64f15e2f0000"',
        "metrics": {
            "durationSummary": {"startedAtUTC": STARTED_MS, "completedAtUTC": None},
            "recordSummary": None,
            "statusSummary": {
                "status": "failed",
                "errors": [{"code": "CONNECTOR-1001-500", "message": "Error in copying the data."}],
            },
        },
        "activites": [],
        **changes,
    }


FLOW_ENTITY: dict[str, Any] = {
    "id": FLOW,
    "name": "S3 orders",
    "state": "enabled",
    "flowSpec": {"id": "9753525b-82c7-4dce-8a9b-5ccfce2b9876", "version": "1.0"},
    "scheduleParams": {"startTime": "1590091157", "frequency": "minute", "interval": "15"},
    "eTag": '"0100e2a1-0000-0200-0000-5ec6d6850000"',
}
KIND_ENTITY: dict[str, Any] = {
    "id": "14518937-270c-4525-bdec-c2ba7cce3860",
    "name": "CloudStorageToAEP",
    "attributes": {"isSourceFlow": True, "frequency": "batch"},
}


def listed(entity: Mapping[str, Any], *, path: str) -> dict[str, Any]:
    """A page that holds an example and links to the next, which is itself."""
    return {
        "items": [entity],
        "_links": {"next": {"href": f"/{path}?continuationToken=abcdefghijklmnop"}},
    }


@dataclass
class StaticPlatform:
    """Answers; ``answers`` may be changed, and a path that is left out is not served."""

    answers: dict[str, Any] = field(
        default_factory=lambda: {
            "runs": listed(run_entity(), path="runs"),
            "flows": listed(FLOW_ENTITY, path="flows"),
            "flows/": {"items": [FLOW_ENTITY]},
            "flowSpecs/": {"items": [KIND_ENTITY]},
        }
    )
    retriggered: dict[str, Any] = field(default_factory=run_entity)
    not_served: int = 404
    posts: list[str] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        path = request.path.removeprefix(f"{SERVICE}/")
        kind, slash, rest = path.partition("/")
        if request.method == "POST" and kind == "runs" and rest.endswith("/action"):
            self.posts.append(rest.removesuffix("/action"))
            return web.json_response(self.retriggered)
        self.gets.append(path)
        answer = self.answers.get(kind + slash)
        if request.method != "GET" or answer is None:
            text = f"<html><body>Cannot {request.method} {request.path}</body></html>"
            return web.Response(status=self.not_served, text=text, content_type="text/html")
        return web.json_response(answer)


@asynccontextmanager
async def static_platform(**facts: Any) -> AsyncIterator[StaticPlatform]:
    """Serve one on loopback."""
    platform = StaticPlatform(**facts)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", platform.answer)
    async with TestServer(app) as server:
        platform.url = str(server.make_url("")).rstrip("/")
        yield platform
