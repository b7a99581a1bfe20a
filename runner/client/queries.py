"""Put what is looked for into the platform's query language; pure.

From Adobe's guides to sorting and filtering and its OpenAPI file: ``property`` is repeated for AND, a comma list inside
one expression is OR, ``orderby=-createdAt`` sorts newest first, and pages hold at most a hundred.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar
from urllib.parse import parse_qs

from runner.model.platform import RunQuery
from runner.transport import quoted

_Id = TypeVar("_Id", bound=str)

PAGE = 100
_LONGEST_LIST = 5000
"""Characters of a comma list; with its escapes the address stays below what gateways take."""


def run_expressions(query: RunQuery, created_to_ms: int | None) -> list[str]:
    """Return the expressions of a run query, all of which must hold; ``created_to_ms`` bounds a listing begun again.

    A status list of one word is an equality. Bounds are strict because ``>`` and ``<`` are the documented ones.
    """
    started = "metrics.durationSummary.startedAtUTC"
    expressions = []
    if query.statuses:
        expressions.append(f"metrics.statusSummary.status=={','.join(query.statuses)}")
    if query.started_from_ms is not None:
        expressions.append(f"{started}>{query.started_from_ms - 1}")
    if query.started_to_ms is not None:
        expressions.append(f"{started}<{query.started_to_ms}")
    if query.created_from_ms is not None:
        expressions.append(f"createdAt>={query.created_from_ms}")
    if created_to_ms is not None:
        expressions.append(f"createdAt<={created_to_ms}")
    if query.flow_ids:
        expressions.append(f"flowId=={','.join(query.flow_ids)}")
    return expressions


def listing_path(
    what: str, expressions: Sequence[str], *, newest_first: bool, token: str = ""
) -> str:
    """Return the path and query of one page; every filter is sent with every page."""
    parts = [f"property={quoted(expression)}" for expression in expressions]
    parts.append(f"limit={PAGE}")
    if newest_first:
        parts.append(f"orderby={quoted('-createdAt')}")
    if token:
        parts.append(f"continuationToken={quoted(token)}")
    return f"/data/foundation/flowservice/{what}?{'&'.join(parts)}"


def next_token(href: str) -> str:
    """Return the continuation token of a next link, whatever characters are in it; empty when there is none.

    The link is relative and without the service's prefix, so only its query is read. In it ``+`` stands for itself
    where the platform did not escape it: tokens are base64, in which there is no blank.
    """
    query = href.partition("?")[2].replace("+", "%2B")
    return next(iter(parse_qs(query).get("continuationToken", [])), "")


def in_lists(ids: Sequence[_Id], *, most: int = PAGE) -> Iterator[list[_Id]]:
    """Split ids into lists that fit one expression; each id once, and none that is empty."""
    some: list[_Id] = []
    length = 0
    for one in filter(None, dict.fromkeys(ids)):
        size = len(quoted(one)) + 3
        if some and (len(some) == most or length + size > _LONGEST_LIST):
            yield some
            some, length = [], 0
        some.append(one)
        length += size
    if some:
        yield some
