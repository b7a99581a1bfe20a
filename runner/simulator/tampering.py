"""Carry out a fault: which answer the client gets to see, and whether the platform acted at all.

A table from a fault's word to what it does. A fault that never calls ``act`` leaves no trace on the platform.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from runner.simulator.calls import Delivery, Reply
from runner.simulator.fault_values import Doing
from runner.simulator.gateway import gateway_reply, overload, usual_code
from runner.simulator.paging import bad_token
from runner.simulator.replies import flow_error, html_reply, json_reply, legacy_error, retry_after

_MEGABYTE = 1 << 20
_TITLES = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Time-out"}
HOSTILE_TEXT = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 <script>alert(1)</script> | cell | `code` \u202edrawkcab\r\n"
    '=HYPERLINK("http://example.com","open")\n::error::hostile\n::set-output name=token::hostile\n'
    "##vso[task.setvariable variable=token]hostile\n\x00\ufeff end"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A call met by a fault."""

    doing: Doing
    act: Callable[[str], Reply]
    """The platform does what was asked for; the text is a twist of paging, or empty."""
    act_later: Callable[[float], None]
    """The same, so many seconds from now, with nobody there to hear the answer."""
    revoke: Callable[[bool], None]
    """Every token so far is revoked; true: and every one to come."""
    continuation_token: str
    now_ms: int


def deliver(struck: Struck) -> Delivery:
    """Return how the call fares."""
    return _TABLE[struck.doing.what](struck)


def _answer_late(struck: Struck) -> Delivery:
    return Delivery(reply=struck.act(""), late_seconds=struck.doing.seconds)


def _commit_then_drop(struck: Struck) -> Delivery:
    return Delivery(reply=struck.act(""), manner="dropped")


def _commit_then_status(struck: Struck) -> Delivery:
    struck.act("")
    return _status(struck)


def _drop_before_commit(_struck: Struck) -> Delivery:
    return Delivery(reply=Reply(status=0, body=b""), manner="dropped")


def _drop_then_commit(struck: Struck) -> Delivery:
    struck.act_later(struck.doing.seconds)
    return Delivery(reply=Reply(status=0, body=b""), manner="dropped")


def _status(struck: Struck) -> Delivery:
    doing = struck.doing
    headers = retry_after(
        doing.retry_after, seconds=doing.retry_after_seconds, now_ms=struck.now_ms
    )
    return Delivery(reply=_error_of(doing).with_headers(*headers))


def _error_of(doing: Doing) -> Reply:
    message = doing.message or "Something went wrong."
    return _BODIES[doing.body](doing, doing.status, message)


def _gateway_body(doing: Doing, status: int, _message: str) -> Reply:
    code = doing.code or usual_code(status)
    return gateway_reply(code, status=status, message=doing.message)


def _flow_service_body(doing: Doing, status: int, message: str) -> Reply:
    code = doing.code.removesuffix(f"-{status}") or "1400"
    return flow_error(f"{code}-{status}", "Error", message)


_BODIES: dict[str, Callable[[Doing, int, str], Reply]] = {
    "flow_service": _flow_service_body,
    "gateway": _gateway_body,
    "legacy": lambda _, status, message: legacy_error(status, message),
    "json": lambda _, status, message: json_reply({"message": message}, status=status),
    "html": lambda _, status, __: html_reply(status, _TITLES.get(status, "Error")),
    "empty": lambda _, status, __: Reply(status=status, body=b""),
    "text": lambda _, status, message: Reply(
        status=status, body=message.encode(), content_type="text/plain"
    ),
}


def _throttle_500(_struck: Struck) -> Delivery:
    return Delivery(reply=overload(500))


def _token_revoked(struck: Struck) -> Delivery:
    struck.revoke(struck.doing.what == "token_revoked_for_ever")
    return Delivery(reply=struck.act(""))


def _cut_body(struck: Struck) -> Delivery:
    return Delivery(reply=struck.act(""), manner="cut")


def _slow_body(struck: Struck) -> Delivery:
    return Delivery(reply=struck.act(""), manner="drip", drip_seconds=struck.doing.seconds)


def _huge_body(struck: Struck) -> Delivery:
    padding = int(struck.doing.megabytes * _MEGABYTE)
    return Delivery(reply=struck.act(""), manner="padded", padding_bytes=padding)


def _redirect(struck: Struck) -> Delivery:
    location = ("Location", struck.doing.to)
    return Delivery(reply=Reply(status=struck.doing.status, body=b"", headers=(location,)))


def _wrong_content_type(struck: Struck) -> Delivery:
    return Delivery(reply=replace(struck.act(""), content_type="text/html"))


def _duplicate_page(struck: Struck) -> Delivery:
    return Delivery(reply=struck.act("repeat"))


def _missing_page(struck: Struck) -> Delivery:
    return Delivery(reply=struck.act("skip"))


def _expired_continuation_token(struck: Struck) -> Delivery:
    if not struck.continuation_token:
        return Delivery(reply=struck.act(""))
    return Delivery(reply=bad_token(struck.continuation_token).reply)


def _empty_body(struck: Struck) -> Delivery:
    return Delivery(reply=replace(struck.act(""), body=b""))


def _unreadable_success(struck: Struck) -> Delivery:
    reply = struck.act("")
    return Delivery(reply=replace(reply, body=reply.body[: len(reply.body) // 2]))


def _hostile_text(struck: Struck) -> Delivery:
    return Delivery(reply=flow_error(f"1380-{struck.doing.status}", "Bad Request", HOSTILE_TEXT))


_TABLE: dict[str, Callable[[Struck], Delivery]] = {
    "answer_late": _answer_late,
    "commit_then_drop": _commit_then_drop,
    "commit_then_status": _commit_then_status,
    "drop_before_commit": _drop_before_commit,
    "drop_then_commit": _drop_then_commit,
    "status": _status,
    "throttle_500": _throttle_500,
    "token_revoked": _token_revoked,
    "token_revoked_for_ever": _token_revoked,
    "cut_body": _cut_body,
    "slow_body": _slow_body,
    "huge_body": _huge_body,
    "redirect": _redirect,
    "wrong_content_type": _wrong_content_type,
    "duplicate_page": _duplicate_page,
    "missing_page": _missing_page,
    "expired_continuation_token": _expired_continuation_token,
    "empty_body": _empty_body,
    "unreadable_success": _unreadable_success,
    "hostile_text": _hostile_text,
}
