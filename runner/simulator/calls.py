"""What goes in and out of the simulated platform, without HTTP: calls, replies and deliveries.

Also says which kind of call a path is. Nothing here decides an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

FLOW_SERVICE = "/data/foundation/flowservice"
SANDBOX_SERVICE = "/data/foundation/sandbox-management"
TOKEN_PATH = "/ims/token/v3"  # noqa: S105  # a path, not a secret
JSON = "application/json"
_ACTION_PARTS = 3
_COLLECTIONS = {
    "runs": ("runs", "run"),
    "flows": ("flows", "flows"),
    "flowSpecs": ("flow_specs", "flow_specs"),
    "connectionSpecs": ("connection_specs", "connection_specs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as it came in. ``path`` is percent-decoded; header names are lower-case or compare as if they were."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    raw_query: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header, or empty."""
        return self.headers.get(name, "")

    def asked(self, name: str) -> str | None:
        """Return a query parameter's first value, or None."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True)
class Route:
    """Which kind of call a path is: the words of a fault's ``call``, or ``unknown``; and what it names."""

    kind: str
    name: str = ""
    """The run, flow, spec or sandbox in the path."""


def route(method: str, path: str) -> Route:
    """Return what a method and path ask for."""
    if path == TOKEN_PATH:
        return Route("token")
    if path.startswith(SANDBOX_SERVICE):
        return _sandbox_route(path.removeprefix(SANDBOX_SERVICE))
    if path.startswith(FLOW_SERVICE + "/"):
        return _flow_route(method, path.removeprefix(FLOW_SERVICE + "/"))
    return Route("unknown")


def _sandbox_route(rest: str) -> Route:
    if rest in {"", "/"}:
        return Route("sandboxes", "/")
    if rest in {"/sandboxes", "/sandboxes/"}:
        return Route("sandboxes")
    name = rest.removeprefix("/sandboxes/")
    return Route("unknown") if "/" in name else Route("sandboxes", name)


def _flow_route(method: str, rest: str) -> Route:
    collection, *more = rest.rstrip("/").split("/")
    kinds = _COLLECTIONS.get(collection)
    if kinds is None or len(more) > _ACTION_PARTS - 1:
        return Route("unknown")
    if not more:
        return Route(kinds[0])
    if len(more) == 1:
        return Route(kinds[1], more[0])
    if (collection, more[1], method) == ("runs", "action", "POST"):
        return Route("retrigger", more[0])
    return Route("unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, ready to be sent."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def with_headers(self, *headers: tuple[str, str]) -> "Reply":
        """Return the reply with more headers."""
        return replace(self, headers=self.headers + headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How an answer travels; ``manner`` says in what way.

    ``whole``    sent as it is
    ``dropped``  the connection is reset and nothing is sent
    ``cut``      half of the body is sent, then the connection is closed
    ``drip``     the body is sent in small pieces over ``drip_seconds``
    ``padded``   sent, with ``padding_bytes`` of blanks behind it
    """

    reply: Reply
    manner: str = "whole"
    late_seconds: float = 0.0
    drip_seconds: float = 0.0
    padding_bytes: int = 0
