"""Pages of a list: continuation tokens, the next link, and the envelope around the items.

The next link is relative and lacks the service's prefix; its token is full of characters that need percent-encoding
(docs: Flow Service's OpenAPI file). A token holds a place only: the filters must be sent again.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from runner.simulator.calls import Call
from runner.simulator.replies import Refused, flow_error
from runner.simulator.scenario_values import Behaviour

_BEFORE, _AFTER = "+RID:~", "#RT:1/==&x=%2B"


@dataclass(frozen=True, slots=True)
class Position:
    """The place where a page ended: after this run of this creation time, or after so many items."""

    created_ms: int = 0
    number: int = 0
    passed: int = 0


def write_token(position: Position) -> str:
    """Return the continuation token of a place."""
    place = json.dumps([position.created_ms, position.number, position.passed]).encode()
    return f"{_BEFORE}{base64.b64encode(place).decode()}{_AFTER}"


def read_token(token: str) -> Position:
    """Return the place of a token; raises Refused for one that is not ours to the last character."""
    if not (token.startswith(_BEFORE) and token.endswith(_AFTER)):
        raise bad_token(token)
    try:
        place = json.loads(base64.b64decode(token[len(_BEFORE) : -len(_AFTER)], validate=True))
        created_ms, number, passed = map(int, place)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise bad_token(token) from None
    return Position(created_ms, number, passed)


def bad_token(token: str) -> Refused:
    """Return the refusal of a token that is broken or has expired. Its wording is not documented."""
    message = f"Invalid query value continuationToken={token} provided in query param."
    return Refused(flow_error("1453-400", "Invalid request", message))


def envelope(
    items: Sequence[object],
    *,
    collection: str,
    following: Position | None,
    call: Call,
    style: Behaviour,
) -> dict[str, object]:
    """Return ``{"items": [...], "_links": ...}``; the last page has an empty ``_links`` or none."""
    body: dict[str, object] = {"items": items}
    if following is not None:
        body["_links"] = {"next": {"href": _href(collection, following, call=call, style=style)}}
    elif style.last_page == "empty_links":
        body["_links"] = {}
    return body


def _href(collection: str, following: Position, *, call: Call, style: Behaviour) -> str:
    token = quote(write_token(following), safe="")
    if style.next_link == "query":
        return f"?continuationToken={token}"
    if style.next_link == "repeats_filters":
        kept = [(name, value) for name, value in call.query if name != "continuationToken"]
        query = urlencode(kept, quote_via=quote)
        return f"/{collection}?{query}{'&' if query else ''}continuationToken={token}"
    return f"/{collection}?continuationToken={token}"
