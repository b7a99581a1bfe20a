"""One thing that goes wrong on the simulated platform: which calls it meets, when, and what it does.

Values and their reading only; ``faults`` chooses among them and ``tampering`` carries them out.
"""

from dataclasses import dataclass

from runner.errors import UsageError
from runner.simulator.given import Given

CALLS = (
    "token",
    "runs",
    "run",
    "flows",
    "flow_specs",
    "connection_specs",
    "sandboxes",
    "retrigger",
)
BODIES = ("flow_service", "legacy", "gateway", "json", "html", "empty", "text")
RETRY_AFTER = ("none", "seconds", "http_date", "absurd", "negative", "garbage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a fault does: its word, and the numbers and texts that the word uses."""

    what: str
    seconds: float = 0.0
    status: int = 0
    body: str = ""
    code: str = ""
    message: str = ""
    retry_after: str = "none"
    retry_after_seconds: float = 1.0
    to: str = ""
    megabytes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``match`` part: empty texts match every call. ``when`` part: zero and empty mean "not asked"."""

    calls: tuple[str, ...]
    sandbox: str
    flow: str
    run: str
    nth: tuple[int, ...]
    every: int
    probability: float
    first_per_run: int
    from_ms: int
    to_ms: int
    """Milliseconds after the start; zero: without end."""
    most: int
    """How often it strikes at most; zero: without end."""
    doing: Doing


def read_fault(given: Given) -> Fault:
    """Return the fault of one entry of ``faults``; raises UsageError naming the place that does not fit."""
    match, when = given.part("match"), given.part("when")
    between = when.part("between")
    fault = Fault(
        calls=match.texts("call"),
        sandbox=match.text("sandbox", ""),
        flow=match.text("flow", ""),
        run=match.text("run", ""),
        nth=when.wholes("nth"),
        every=when.whole("every", 0),
        probability=when.number("probability", 1),
        first_per_run=when.whole("first_per_run", 0),
        from_ms=between.milliseconds("from", "0s"),
        to_ms=between.milliseconds("to", "0s"),
        most=when.whole("most", 0),
        doing=_doing(given),
    )
    for part in (match, between, when, given):
        part.finish()
    unknown = [call for call in fault.calls if call not in CALLS]
    if unknown:
        raise UsageError(f"{match.at}.call: {unknown[0]!r} is not one of {', '.join(CALLS)}.")
    return fault


def _doing(given: Given) -> Doing:
    if given.is_mapping("do"):
        what, detail = given.part("do").named()
    else:
        what, detail = given.text("do"), Given({}, at=f"{given.at}.do")
    reader = _READERS.get(what)
    if reader is None:
        raise UsageError(f"{given.at}.do: {what!r} is not one of {', '.join(sorted(_READERS))}.")
    doing = reader(what, detail)
    detail.finish()
    return doing


def _plain(what: str, _given: Given) -> Doing:
    return Doing(what=what)


def _timed(what: str, given: Given) -> Doing:
    return Doing(what=what, seconds=given.number("seconds", 1))


def _status(what: str, given: Given) -> Doing:
    return Doing(
        what=what,
        status=given.whole("status", 503),
        body=given.choice("body", *BODIES),
        code=given.text("code", ""),
        message=given.text("message", ""),
        retry_after=given.choice("retry_after", *RETRY_AFTER),
        retry_after_seconds=given.number("retry_after_seconds", 1),
    )


def _redirect(what: str, given: Given) -> Doing:
    return Doing(what=what, to=given.text("to"), status=given.whole("status", 302))


def _huge(what: str, given: Given) -> Doing:
    return Doing(what=what, megabytes=given.number("megabytes", 64))


def _hostile(what: str, given: Given) -> Doing:
    return Doing(what=what, status=given.whole("status", 400))


_READERS = {
    "answer_late": _timed,
    "commit_then_drop": _plain,
    "commit_then_status": _status,
    "drop_before_commit": _plain,
    "drop_then_commit": _timed,
    "status": _status,
    "throttle_500": _plain,
    "token_revoked": _plain,
    "token_revoked_for_ever": _plain,
    "cut_body": _plain,
    "slow_body": _timed,
    "huge_body": _huge,
    "redirect": _redirect,
    "wrong_content_type": _plain,
    "duplicate_page": _plain,
    "missing_page": _plain,
    "expired_continuation_token": _plain,
    "empty_body": _plain,
    "unreadable_success": _plain,
    "hostile_text": _hostile,
}
WORDS = tuple(_READERS)
