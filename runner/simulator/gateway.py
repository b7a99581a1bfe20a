"""The API gateway in front of the platform's services: credentials, organisation and the rate limit.

Codes and texts follow Adobe's troubleshooting guide and its published gateway module. What a call means is the
services' business.
"""

from http import HTTPStatus

from runner.simulator.calls import Call, Reply
from runner.simulator.replies import (
    Refused,
    flow_error,
    gateway_error,
    generic_error,
    retry_after,
)
from runner.simulator.scenario import Scenario
from runner.simulator.scenario_values import RateLimit
from runner.simulator.tokens import Tokens

_BEARER = "bearer "
_WORDING = {
    "400003": (400, "Missing header: x-gw-ims-org-id"),
    "401013": (401, "Oauth token is not valid"),
    "403000": (403, "Api Key is required"),
    "403003": (403, "Api Key is invalid"),
    "403010": (403, "Oauth token is missing."),
    "403011": (403, "Scope mismatch"),
    "403025": (403, "Profile is not valid"),
    "403027": (403, "User region is missing"),
    "429001": (429, "Service usage limit reached"),
    "429002": (429, "Developer key usage limit reached"),
    "429050": (429, "Too many requests"),
    "503000": (503, "Could not validate Api Key"),
    "503010": (503, "Could not validate the oauth token"),
    "503020": (403, "Could not read the profile"),
    "503030": (503, "Could not validate the Signature"),
    "503071": (503, "Delay client"),
}
_USUAL = {
    400: "400003",
    401: "401013",
    403: "403025",
    429: "429050",
    503: "503010",
}


def gateway_reply(code: str, *, status: int = 0, message: str = "") -> Reply:
    """Return the gateway's answer of this code; status and message are the code's own unless given."""
    own_status, own_message = _WORDING.get(code, (status or 500, "Gateway error"))
    return gateway_error(status or own_status, code, message or own_message)


def usual_code(status: int) -> str:
    """Return the gateway's usual code for a status."""
    return _USUAL.get(status, f"{status}000")


class Gateway:
    """Lets a call through or raises Refused."""

    def __init__(self, scenario: Scenario, *, tokens: Tokens) -> None:
        self._scenario = scenario
        self._tokens = tokens
        self._bucket = _Bucket(scenario.rate_limit) if scenario.rate_limit else None

    def admit(self, call: Call, *, kind: str, now_ms: int) -> None:
        """Raise Refused unless the call carries good credentials and is within the rate limit."""
        self._check_credentials(call, now_ms=now_ms)
        if call.method in {"POST", "PUT", "PATCH"}:
            _check_content_type(call)
        if self._bucket is not None and not self._bucket.takes(kind, now_ms=now_ms):
            raise Refused(self._bucket.refusal(now_ms=now_ms))

    def _check_credentials(self, call: Call, *, now_ms: int) -> None:
        key, authorization = call.header("x-api-key"), call.header("authorization")
        if not authorization[len(_BEARER) :]:
            raise Refused(gateway_reply("403010"))
        if not key:
            raise Refused(gateway_reply("403000"))
        if key != self._scenario.client_id:
            raise Refused(gateway_reply("403003"))
        is_bearer = authorization[: len(_BEARER)].lower() == _BEARER
        if not (is_bearer and self._tokens.is_valid(authorization[len(_BEARER) :], now_ms=now_ms)):
            raise Refused(gateway_reply("401013"))
        organisation = call.header("x-gw-ims-org-id")
        if not organisation:
            raise Refused(gateway_reply("400003"))
        if organisation != self._scenario.organisation:
            raise Refused(gateway_reply("403027"))


def _check_content_type(call: Call) -> None:
    # docs: API troubleshooting
    if call.header("content-type").partition(";")[0].strip() != "application/json":
        raise Refused(
            generic_error(400, "BadRequestError", "A valid content-type must be specified")
        )


class _Bucket:
    """A bucket of calls that fills with time."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._left = limit.burst
        self._filled_ms: int | None = None

    def takes(self, kind: str, *, now_ms: int) -> bool:
        """Take one call out, if there is one; kinds that are not counted always pass."""
        if self._limit.calls and kind not in self._limit.calls:
            return True
        passed_ms = 0 if self._filled_ms is None else max(0, now_ms - self._filled_ms)
        self._filled_ms = now_ms
        self._left = min(self._limit.burst, self._left + passed_ms / 1000 * self._limit.per_second)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def refusal(self, *, now_ms: int) -> Reply:
        """Return the answer to a call too many."""
        throttled = self._limit.answer == HTTPStatus.TOO_MANY_REQUESTS
        reply = gateway_reply("429050") if throttled else overload(self._limit.answer)
        return reply.with_headers(
            *retry_after(
                self._limit.retry_after, seconds=self._limit.retry_after_seconds, now_ms=now_ms
            )
        )


def overload(status: int) -> Reply:
    """Return an error that means "too many calls at once" without saying so (docs: API troubleshooting)."""
    return flow_error(
        f"1400-{status}",
        "Internal Error",
        "An internal error has occurred. Please try again. If the problem persists, please contact customer support.",
    )
