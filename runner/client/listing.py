"""Go through the pages of a listing, newest first, until there are no more: each entity once, and never for ever.

A page may repeat entities of the one before (things were inserted meanwhile); a token may expire; a broken service
may hand out the same token again, and one that answers from examples always does. How tokens live is not documented,
so each of these is met. A listing that cannot be followed to its end is cut short: what came of it was handed out, and
whoever needs the whole is told that it is not.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.client.bodies import items
from runner.client.faults import fault_in
from runner.client.json_values import JsonObject, as_object, identifier, inner, moment_ms, text
from runner.client.queries import listing_path, next_token
from runner.client.reading import Reader
from runner.errors import ListingCutShort, PlatformRefused
from runner.model.words import PlatformId, SandboxName

_REMEMBERED = 1000
"""How many of the last ids are known, to drop what a neighbouring page repeats."""

_RESTARTS = 20
"""How often in a row a listing begins again, or a page brings nothing new, before it is given up."""

_MOST_OF_A_TOKEN = 2

_CIRCLE = "the platform's pages go round in a circle"
_NO_TOKEN = "the platform sent a link to a next page without its continuationToken"  # noqa: S105  # words


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What is listed: ``expressions`` gives the filters, with a bound by creation time after a restart."""

    what: str
    sandbox: SandboxName
    expressions: Callable[[int | None], Sequence[str]]
    newest_first: bool


async def pages(reader: Reader, listing: Listing) -> AsyncIterator[list[JsonObject]]:
    """Return the entities page by page.

    Raises:
        ListingCutShort: after the last page that could be had, where the listing has no end that can be reached; a
            warning has said so.
        PlatformRefused: the listing cannot be read.
    """
    progress = _Progress()
    token, bound = "", None
    while True:
        path = listing_path(
            listing.what, listing.expressions(bound), newest_first=listing.newest_first, token=token
        )
        try:
            body = await reader.get(listing.sandbox, path)
        except PlatformRefused:
            # A token that is no longer taken: go on from the oldest entity seen.
            if not token or not listing.newest_first or not progress.may_restart():
                raise
            token, bound = "", progress.oldest_ms
            continue
        fresh = progress.fresh(_listed(body, listing))
        if fresh:
            yield fresh
        token, href = _next_token(body)
        if not href:
            return
        why = progress.goes_round(token, fresh) if token else _NO_TOKEN
        if why:
            raise _cut_short(reader, listing, why)


def _listed(body: object, listing: Listing) -> Iterator[JsonObject]:
    """Return a page's entities; a page that is none must not look like an empty one."""
    if not isinstance(as_object(body).get("items"), list):
        words = fault_in(as_object(body)).words
        raise _unreadable(listing, f"an answer without items{f', but {words}' if words else ''}")
    return items(body)


def _next_token(body: object) -> tuple[str, str]:
    """Return the next page's token, and the link it is from; a link without a token is not the end either."""
    following = as_object(inner(body, "_links")).get("next")
    href = following if isinstance(following, str) else text(as_object(following), "href")
    return next_token(href), href


def _cut_short(reader: Reader, listing: Listing, why: str) -> ListingCutShort:
    fact = f"listing {listing.what} of sandbox {listing.sandbox}: {why}"
    reader.warn_once(f"{fact}; what was listed before it is used, and what follows it is missing.")
    return ListingCutShort(
        f"{fact}.", remedy="Try again later; if it stays so, name the runs by id (runs_from)."
    )


def _unreadable(listing: Listing, what: str) -> PlatformRefused:
    return PlatformRefused(
        f"listing {listing.what} of sandbox {listing.sandbox}: the platform sent {what}.",
        remedy="Check connection.platform_url; what is missing must not pass for empty.",
    )


class _Progress:
    """What was seen of a listing so far."""

    def __init__(self) -> None:
        self.oldest_ms: int | None = None
        self._known: dict[PlatformId, None] = {}
        self._tokens: dict[str, int] = {}
        self._stale_pages = 0
        self._restarts = 0

    def may_restart(self) -> bool:
        """Whether the listing may begin again at the oldest entity; the tokens of before count for nothing then."""
        self._restarts += 1
        self._tokens.clear()
        return self.oldest_ms is not None and self._restarts <= _RESTARTS

    def fresh(self, entities: Iterable[JsonObject]) -> list[JsonObject]:
        """Return what was not on the pages just before."""
        found = []
        for entity in entities:
            entity_id = PlatformId(identifier(entity, "id"))
            created = moment_ms(entity, "createdAt")
            if created is not None and (self.oldest_ms is None or created < self.oldest_ms):
                self.oldest_ms = created
            if entity_id and entity_id not in self._known:
                self._known[entity_id] = None
                found.append(entity)
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        if found:
            self._restarts = 0
        return found

    def goes_round(self, token: str, fresh: Sequence[JsonObject]) -> str:
        """Return why no further page is asked for, or nothing.

        A known token ends the listing when its page brings nothing new; where it brings something, it is forgiven
        once: a link that leads to its own page may be right the next time. A page of nothing new under a new token is
        followed, since services page over what their filters leave out; but not page after page.
        """
        self._stale_pages = 0 if fresh else self._stale_pages + 1
        self._tokens[token] = self._tokens.get(token, 0) + 1
        most = _MOST_OF_A_TOKEN if fresh else 1
        return _CIRCLE if self._tokens[token] > most or self._stale_pages > _RESTARTS else ""
