"""Sandbox management: the two list calls and one by name (docs: sandboxes API).

``limit`` and ``offset`` go together or not at all; links may be templates that lead nowhere.
"""

from datetime import UTC, datetime

from runner.simulator.calls import SANDBOX_SERVICE, Call, Reply, Route
from runner.simulator.replies import json_reply
from runner.simulator.world import SandboxState, World

JsonObject = dict[str, object]
_USUAL_LIMIT = 50
_LONGEST_NUMBER = 9
_CREATED = "2019-09-04 04:57:24"
_TEMPLATE = "https://platform.adobe.io:443{path}?limit={{limit}}&offset={{offset}}"


class SandboxService:
    """Answers calls under ``/data/foundation/sandbox-management``."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, call: Call, route: Route) -> Reply:
        """Answer one call."""
        if call.method != "GET":
            return _error(405, "2074", "This call is not supported.")
        if route.name == "/":
            seen = [s for s in self._world.sandboxes.values() if s.permission != "none"]
            return self._list(call, seen)
        if route.name:
            return self._one(route.name)
        if not self._world.behaviour.sandbox_admin:
            return _error(
                403, "2003", "Listing every sandbox needs the sandbox administration permission."
            )
        return self._list(call, list(self._world.sandboxes.values()))

    def _one(self, name: str) -> Reply:
        sandbox = self._world.sandboxes.get(name)
        if sandbox is None or sandbox.permission == "none":
            return _error(404, "2078", f"The sandbox {name} was not found.")
        return json_reply(self._entity(sandbox))

    def _list(self, call: Call, sandboxes: list[SandboxState]) -> Reply:
        unknown = [name for name, _ in call.query if name not in {"limit", "offset"}]
        limit, offset = call.asked("limit"), call.asked("offset")
        if unknown or (limit is None) != (offset is None):
            return _error(400, "2074", "limit and offset are given together, and nothing else is.")
        if not (_is_number(limit or "1") and _is_number(offset or "0")):
            return _error(400, "2074", "limit and offset are whole numbers.")
        first, most = int(offset or 0), int(limit or _USUAL_LIMIT)
        page = sandboxes[first : first + most]
        href = _TEMPLATE.format(path=f"{SANDBOX_SERVICE}/")
        links: JsonObject = {"page": {"href": href, "templated": True}}
        if first + most < len(sandboxes):
            links["next"] = {"href": href, "templated": True}
        if first:
            links["prev"] = {"href": href, "templated": True}
        return json_reply(
            {
                "sandboxes": [self._entity(sandbox) for sandbox in page],
                "_page": {"limit": most, "count": len(page)},
                "_links": links,
            }
        )

    def _entity(self, sandbox: SandboxState) -> JsonObject:
        started = datetime.fromtimestamp(self._world.started_ms / 1000, tz=UTC)
        return {
            "name": sandbox.name,
            "title": sandbox.title,
            "state": sandbox.state,
            "type": sandbox.type,
            "region": sandbox.region,
            "isDefault": sandbox.is_default,
            # Both spellings occur (docs: sandboxes API).
            ("eTag" if sandbox.number % 2 else "etag"): 1,
            "createdDate": _CREATED,
            "lastModifiedDate": started.strftime("%Y-%m-%d %H:%M:%S"),
            "createdBy": "0A1B2C3D4E5F@AdobeID",
            "modifiedBy": "0A1B2C3D4E5F@AdobeID",
        }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER


def _error(status: int, number: str, detail: str) -> Reply:
    body = {
        "type": f"http://ns.adobe.com/aep/errors/SMS-{number}-{status}",
        "title": "Sandbox request refused",
        "status": status,
        "detail": detail,
    }
    return json_reply(body, status=status)
