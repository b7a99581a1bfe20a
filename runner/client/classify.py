"""What an answer to a re-trigger means; pure, and a table that can be held against the platform's documents.

The first row that fits decides. Catalogue numbers collide between the provider's and Flow Service's own lists, so a
row that names one also names the words or the prefix that tell which list it is from, or holds for both meanings.

A run is surely not accepted only where the gateway refused before the service, where the service's own documented
refusal says so, or where nothing was sent. Everything else is uncertain, and is never asked again without looking.
"""

from collections.abc import Callable
from dataclasses import dataclass

from runner.client.bodies import etag_of, items
from runner.client.faults import Fault, fault_of, tells_of_a_fault
from runner.client.json_values import identifier, parsed
from runner.model.answer import Accepted, Answer, Passing, Refused, Scope, TryAgain, Uncertain
from runner.model.words import RunId
from runner.retry import retry_after_seconds
from runner.transport import Failure, FailureKind, Reply

# Of Adobe's API gateway, spoken before the service saw the request, each with the status it comes with. Under another
# status the same code proves nothing: who answered is then not known.
TOKEN_CODES = frozenset({"401013", "403010"})
GATEWAY_PASSING_CODES = frozenset({"503000", "503010", "503030", "503020", "503071"})
GATEWAY_LASTING_CODES = frozenset(
    {"403000", "403003", "403011", "403023", "403025", "403027", "400003"}
)
_STATUS_OF = {"503020": 403}
"""Where the status is not what the code's first three digits say."""

_CLIENT_ERRORS = range(400, 500)
_UNCERTAIN_4XX = frozenset({408, 409, 425})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table: when it fits, and what it means."""

    fits: Callable[[int, Fault], bool]
    meaning: Passing | Scope
    source: str


def _says(*numbers: str, words: str = "") -> Callable[[int, Fault], bool]:
    """Whether a 4xx names one of the catalogue's numbers and, where given, these words."""
    return lambda status, fault: (
        status in _CLIENT_ERRORS
        and bool(fault.numbers & set(numbers))
        and words in fault.message.lower()
    )


def _gateway(codes: frozenset[str]) -> Callable[[int, Fault], bool]:
    """Whether it is the gateway that spoke one of these codes, under the status that goes with it."""
    return lambda status, fault: (
        fault.gateway_code in codes
        and status == _STATUS_OF.get(fault.gateway_code, int(fault.gateway_code[:3]))
    )


def _wrapped(words: str) -> Callable[[int, Fault], bool]:
    """Whether Flow Service's wrapper (1100-400) carries these words of the provider behind it."""
    return _says("1100", words=words)


TABLE = (
    Row(
        fits=lambda status, fault: status == 401 or _gateway(TOKEN_CODES)(status, fault),  # noqa: PLR2004
        meaning=Passing.TOKEN,
        source="gateway 401013, 403010: the token is missing, expired or revoked",
    ),
    Row(
        fits=lambda status, _: status == 429,  # noqa: PLR2004  # too many requests
        meaning=Passing.THROTTLED,
        source="gateway 429001, 429002, 429050; generic RequestRateTooLarge",
    ),
    Row(
        fits=_gateway(GATEWAY_PASSING_CODES),
        meaning=Passing.GATEWAY,
        source="gateway: could not check key, token, signature or profile (503020 comes as a 403)",
    ),
    Row(
        fits=_gateway(GATEWAY_LASTING_CODES),
        meaning=Scope.EVERYTHING,
        source="gateway: key, scope, profile, region or header missing or wrong",
    ),
    Row(
        fits=_says("2118", "2120", "2121", "1427"),
        meaning=Scope.SANDBOX,
        source="Flow Service: missing permission, not allowed to update runs",
    ),
    Row(
        fits=_says("2100", "2101"),
        meaning=Scope.SANDBOX,
        source="Flow Service: unknown sandbox",
    ),
    Row(
        fits=_says("1388"),
        meaning=Scope.FLOW,
        source="sources provider 1388-400: the flow must be enabled",
    ),
    Row(
        fits=_wrapped("enabled"),
        meaning=Scope.FLOW,
        source="the same in Flow Service's wrapper, without its number",
    ),
    Row(
        fits=_wrapped("not supported for source"),
        meaning=Scope.FLOW,
        source="sources provider 1333-400 in Flow Service's wrapper, without its number",
    ),
    Row(
        fits=_says("1333"),
        meaning=Scope.FLOW,
        source="sources provider 1333-400: action not supported for this kind of source",
    ),
    Row(
        fits=_says("1439", "1430", words="flows resource"),
        meaning=Scope.FLOW,
        source="Flow Service 1439: the flow is not there or hidden by a label",
    ),
    Row(
        fits=lambda status, fault: (
            status in _CLIENT_ERRORS and fault.message.startswith("flows not found")
        ),
        meaning=Scope.FLOW,
        source="Flow Service's legacy body: flows not found with id",
    ),
    Row(
        fits=lambda status, _: status in _CLIENT_ERRORS and status not in _UNCERTAIN_4XX,
        meaning=Scope.RUN,
        source="every other client error, 1387-400 (invalid state) among them",
    ),
)
"""Refusals, and what may pass. What no row fits is uncertain."""


def answer_of(outcome: Reply | Failure, *, now_ms: int) -> Answer:
    """Return what came of one re-trigger request; ``now_ms`` is the time on the clock of who answered."""
    if isinstance(outcome, Failure):
        return _of_failure(outcome)
    if 200 <= outcome.status < 300:  # noqa: PLR2004  # successes
        return _of_success(outcome)
    if 300 <= outcome.status < 400:  # noqa: PLR2004  # redirects
        return _of_redirect(outcome)
    fault = fault_of(outcome)
    for row in TABLE:
        if row.fits(outcome.status, fault):
            return _meant(row.meaning, fault, outcome, now_ms=now_ms)
    return Uncertain(
        message=f"HTTP {outcome.status}: {fault.words}",
        http_status=outcome.status,
        request_id=outcome.request_id,
        unreadable_success=False,
    )


def _meant(meaning: Passing | Scope, fault: Fault, reply: Reply, *, now_ms: int) -> Answer:
    if isinstance(meaning, Scope):
        return Refused(
            code=fault.code or f"HTTP {reply.status}",
            message=fault.message,
            http_status=reply.status,
            request_id=reply.request_id,
            scope=meaning,
        )
    return TryAgain(
        why=meaning,
        message=f"HTTP {reply.status}: {fault.words}",
        http_status=reply.status,
        request_id=reply.request_id,
        wait_seconds=retry_after_seconds(reply.retry_after, now_ms=now_ms),
    )


def _of_failure(failure: Failure) -> Answer:
    if failure.kind is FailureKind.NOT_SENT:
        return TryAgain(
            why=Passing.NOT_SENT,
            message=failure.message,
            http_status=None,
            request_id="",
            wait_seconds=None,
        )
    return Uncertain(
        message=failure.message, http_status=None, request_id="", unreadable_success=False
    )


def _of_success(reply: Reply) -> Answer:
    """The new run's id: flat, as the first of ``items``, or of a whole run entity; never of an error's body."""
    body = None if reply.cut else parsed(reply.body)
    entity = next(items(body), {})
    new_run_id = identifier(entity, "id")
    is_fault = tells_of_a_fault(body)
    if is_fault or not new_run_id:
        said = f"says {fault_of(reply).words}" if is_fault else "cannot be read"
        return Uncertain(
            message=f"HTTP {reply.status} whose body {said}",
            http_status=reply.status,
            request_id=reply.request_id,
            unreadable_success=True,
        )
    return Accepted(
        new_run_id=RunId(new_run_id),
        new_etag=etag_of(entity),
        http_status=reply.status,
        request_id=reply.request_id,
    )


def _of_redirect(reply: Reply) -> Answer:
    """307 and 308 say that the request was not processed here (RFC 9110, 15.4.8); the others may have done it."""
    message = f"HTTP {reply.status}: the platform sends us to {reply.location[:200] or 'nowhere'}; not followed"
    if reply.status in (307, 308):
        return Refused(
            code=f"HTTP {reply.status}",
            message=message,
            http_status=reply.status,
            request_id=reply.request_id,
            scope=Scope.EVERYTHING,
        )
    return Uncertain(
        message=message,
        http_status=reply.status,
        request_id=reply.request_id,
        unreadable_success=False,
    )
