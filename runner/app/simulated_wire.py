"""Join the client to a simulated platform in this very process: no socket, and a latency is a virtual sleep."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl, unquote, urlsplit

from runner.clock import Clock
from runner.masking import KnownSecrets
from runner.model.spec import Timeouts
from runner.simulator import Call as TheirCall
from runner.simulator import Delivery, Platform
from runner.transport import Call, Failure, FailureKind, Reply

_TOO_LATE = Failure(kind=FailureKind.NOT_SENT, message="its time to leave had passed")
_DROPPED = Failure(
    kind=FailureKind.NO_ANSWER, message="the connection was closed before an answer came"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedWire:
    """Hands calls to a simulated platform, as ``transport.Http`` hands them to the network."""

    platform: Platform
    base_path: str
    """The path of the platform's address, which the platform itself does not see."""
    latency_seconds: float
    """How long a call takes, there and back."""
    request_seconds: float
    clock: Clock

    async def call(self, call: Call) -> Reply | Failure:
        """Make one call."""
        clock = self.clock
        if call.send_by is not None and clock.monotonic() >= call.send_by:
            return _TOO_LATE
        call.leaves()
        there = min(self.latency_seconds / 2, self.request_seconds)
        await clock.sleep(there)
        delivery = self.platform.handle(self._theirs(call))
        back = self.latency_seconds / 2 + delivery.late_seconds + delivery.drip_seconds
        if there + back > self.request_seconds:
            await clock.sleep(self.request_seconds - there)
            words = f"no answer within {self.request_seconds:g} s"
            return Failure(kind=FailureKind.NO_ANSWER, message=words)
        await clock.sleep(back)
        if delivery.manner == "dropped":
            return _DROPPED
        return _reply(delivery, most_bytes=call.most_bytes, now_ms=clock.now_ms())

    def _theirs(self, call: Call) -> TheirCall:
        parts = urlsplit(call.url)
        return TheirCall(
            method=call.method,
            path=unquote(parts.path.removeprefix(self.base_path)),
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            raw_query=parts.query,
            headers={name.lower(): value for name, value in call.headers.items()},
            body=call.body or b"",
        )


def _reply(delivery: Delivery, *, most_bytes: int, now_ms: int) -> Reply:
    reply = delivery.reply
    headers = {name.lower(): value for name, value in reply.headers}
    whole = reply.body + b" " * min(delivery.padding_bytes, most_bytes + 1)
    body = whole[: len(whole) // 2] if delivery.manner == "cut" else whole[:most_bytes]
    return Reply(
        status=reply.status,
        body=body,
        cut=len(body) < len(whole),
        content_type=reply.content_type,
        retry_after=headers.get("retry-after"),
        date=formatdate(now_ms / 1000, usegmt=True),
        request_id=headers.get("x-request-id", ""),
        location=headers.get("location", ""),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSimulatedWire:
    """Opens wires to one simulated platform; nothing is left to be closed."""

    platform: Platform
    base_path: str
    latency_seconds: float

    @asynccontextmanager
    async def __call__(
        self,
        *,
        timeouts: Timeouts,
        at_once: int,  # noqa: ARG002  # no connection is made
        clock: Clock,
        environment: Mapping[str, str],  # noqa: ARG002  # nor is there a proxy
        secrets: KnownSecrets,  # noqa: ARG002  # nor a secret that an answer could repeat
    ) -> AsyncIterator[SimulatedWire]:
        """Open one."""
        yield SimulatedWire(
            platform=self.platform,
            base_path=self.base_path,
            latency_seconds=self.latency_seconds,
            request_seconds=timeouts.request_seconds,
            clock=clock,
        )
