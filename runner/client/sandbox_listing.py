"""List the sandboxes that these credentials may see, to the end, however few a server gives at a time.

``limit`` and ``offset`` go together, and the links of an answer are templates, which are not followed (Sandbox API
guide); that there is a next one is taken from them all the same.
"""

from runner.client.bodies import sandbox_of
from runner.client.json_values import JsonObject, as_object, inner, objects
from runner.client.reading import Reader
from runner.errors import PlatformRefused
from runner.model.platform import Sandbox
from runner.model.words import SandboxName

SANDBOXES_PATH = "/data/foundation/sandbox-management/"
_LIMIT = 50
_MOST_SANDBOXES = 10_000
_MOST_CALLS = 1000
_NO_SANDBOX = SandboxName("")


async def listed_sandboxes(reader: Reader) -> dict[SandboxName, Sandbox]:
    """Return the sandboxes by name; raises PlatformRefused where the first of them cannot be listed."""
    found: dict[SandboxName, Sandbox] = {}
    offset, longest = 0, 0
    for _ in range(_MOST_CALLS):
        body = await _page(reader, offset, is_first=not offset)
        listed = list(objects(body["sandboxes"]))
        page = {one.name: one for entity in listed if (one := sandbox_of(entity))}
        if not page.keys() - found.keys():
            break  # the end, or a server that repeats itself
        found |= page
        offset += len(listed)
        longest = max(longest, len(listed))
        if _is_last(body, count=len(listed), longest=longest) or len(found) >= _MOST_SANDBOXES:
            break
    return found


async def _page(reader: Reader, offset: int, *, is_first: bool) -> JsonObject:
    try:
        body = await reader.get(_NO_SANDBOX, f"{SANDBOXES_PATH}?limit={_LIMIT}&offset={offset}")
    except PlatformRefused:
        if is_first:
            raise
        return {"sandboxes": []}  # there is nothing at this offset
    if not isinstance(as_object(body).get("sandboxes"), list):
        raise PlatformRefused(
            "listing sandboxes: the platform sent an answer without sandboxes.",
            remedy="Check connection.platform_url.",
        )
    return as_object(body)


def _is_last(body: JsonObject, *, count: int, longest: int) -> bool:
    """Whether a page is the last: it has no next one, or where nothing is said of that, fewer than another had.

    A first page of fewer than were asked for may be all there is, or all that the server gives at a time.
    """
    links = inner(body, "_links")
    if links.get("next"):
        return False
    return count < longest or (bool(links) and count < _LIMIT)
