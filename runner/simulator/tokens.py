"""The token endpoint: OAuth server-to-server, as ``POST /ims/token/v3`` of Adobe's identity service does it.

Fields and answer follow the Developer Console guides; its error bodies are not documented, so RFC 6749 is taken.
"""

from collections import deque
from urllib.parse import parse_qsl

from runner.simulator.calls import Call, Reply
from runner.simulator.ids import Ids
from runner.simulator.replies import json_reply, legacy_error, oauth_error, retry_after
from runner.simulator.scenario import Scenario

_FORM = "application/x-www-form-urlencoded"
_MINUTE_MS = 60_000


class Tokens:
    """Every access token given out, and until when it holds."""

    def __init__(self, scenario: Scenario, *, ids: Ids) -> None:
        self._scenario = scenario
        self._ids = ids
        self._valid_until_ms: dict[str, int] = {}
        self._given = 0
        self._recent_ms: deque[int] = deque()
        self._refuses_all = False

    def is_valid(self, token: str, *, now_ms: int) -> bool:
        """Return whether the gateway takes this token."""
        return not self._refuses_all and self._valid_until_ms.get(token, 0) > now_ms

    def revoke(self, *, for_ever: bool = False) -> None:
        """Make every token so far invalid; ``for_ever``: and every one to come."""
        self._valid_until_ms.clear()
        self._refuses_all = self._refuses_all or for_ever

    def answer(self, call: Call, *, now_ms: int) -> Reply:
        """Answer a request for a token."""
        if call.method != "POST":
            return legacy_error(405, "Method not allowed")
        refusal = self._throttled(now_ms) or self._refusal(call)
        return refusal or self._new(now_ms)

    def _refusal(self, call: Call) -> Reply | None:
        if call.header("content-type").partition(";")[0].strip() != _FORM:
            return oauth_error(400, "invalid_request", f"The content type must be {_FORM}.")
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        form = {**dict(call.query), **form}
        if form.get("grant_type") != "client_credentials":
            return oauth_error(400, "unsupported_grant_type", "grant_type is client_credentials.")
        if not form.get("scope"):
            return oauth_error(400, "invalid_scope", "No scope was asked for.")
        if form.get("client_id") != self._scenario.client_id:
            return oauth_error(400, "invalid_client", "The client_id is unknown.")
        if form.get("client_secret") != self._scenario.client_secret:
            return oauth_error(401, "invalid_client", "The client_secret is wrong.")
        return None

    def _throttled(self, now_ms: int) -> Reply | None:
        most = self._scenario.behaviour.most_tokens_per_minute
        while self._recent_ms and self._recent_ms[0] <= now_ms - _MINUTE_MS:
            self._recent_ms.popleft()
        if not most or len(self._recent_ms) < most:
            return None
        reply = oauth_error(429, "too_many_requests", "Too many access tokens were asked for.")
        return reply.with_headers(*retry_after("seconds", seconds=5, now_ms=now_ms))

    def _new(self, now_ms: int) -> Reply:
        lifetime_ms = self._scenario.behaviour.token_lifetime_ms
        self._given += 1
        self._recent_ms.append(now_ms)
        parts = (self._ids.word("token", self._given, part, length=64) for part in range(2))
        token = f"eyJhbGciOiJSUzI1NiJ9.{'.'.join(parts)}"
        self._valid_until_ms[token] = now_ms + lifetime_ms
        # "usually 24 h" reads 86399; the old exchange said milliseconds (docs: API authentication).
        in_seconds = self._scenario.behaviour.expires_in == "seconds"
        expires_in = max(0, lifetime_ms // 1000 - 1) if in_seconds else lifetime_ms - 8
        return json_reply({"access_token": token, "token_type": "bearer", "expires_in": expires_in})
