"""What a schema cannot say about a spec as a whole: keys that need one another, numbers that contradict each other.

What stands inside ``connection`` and ``sandboxes`` is looked at by rooms of their own.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from runner.spec.connection_rules import check_connection, is_loopback, url_fault
from runner.spec.durations import percent
from runner.spec.problems import Problem
from runner.spec.sandbox_rules import check_sandboxes
from runner.spec.view import View

_GATEWAY_GIVES_UP_SECONDS = 60
"""After this the gateway itself answers (docs: Analytics APIs FAQ, same gateway)."""


def problems_of_meaning(view: View) -> list[Problem]:
    """Return every problem of meaning, errors and warnings, in no particular order."""
    for rule in _RULES:
        rule(view)
    return view.problems


def _check_waves(view: View) -> None:
    waves = view.items("waves")
    sizes = [_size(view.at("waves", number)) for number, _ in enumerate(waves)]
    if not sizes or None in sizes:
        return
    if sizes[-1] != ("percent", 100.0):
        view.error(
            "waves",
            len(waves) - 1,
            code="waves",
            message="the last wave does not end at 100%, so a part of the plan would never be done.",
            remedy="Add 100% at the end.",
        )
    largest: dict[str, float] = {}
    for number, size in enumerate(sizes):
        assert size is not None
        unit, amount = size
        if amount <= largest.get(unit, 0.0):
            view.error(
                "waves",
                number,
                code="waves",
                message="this wave is not larger than the one before; waves are cumulative.",
                remedy="Write rising shares of the whole plan, like [1, 10%, 100%].",
            )
        largest[unit] = max(amount, largest.get(unit, 0.0))


def _size(wave: object) -> tuple[str, float] | None:
    match wave:
        case int() | float():
            return "runs", float(wave)
        case str() if wave.endswith("%"):
            return "percent", percent(wave)
        case _:
            return None


def _check_waiting(view: View) -> None:
    """Holding, stopping on failures and ``max_running`` only work when recoveries are watched."""
    if view.at("wait", "for_recovery") is not False:
        return
    on_failure = view.text("on_failure")
    if on_failure in {"hold_flow", "stop"}:
        _needs_waiting(view, "on_failure", what=f"on_failure: {on_failure}")
    if view.number("limits", "max_running") is not None:
        _needs_waiting(view, "limits", "max_running", what="max_running")
    for number, _ in enumerate(view.items("sandboxes")):
        if view.number("sandboxes", number, "limits", "max_running") is not None:
            _needs_waiting(view, "sandboxes", number, "limits", "max_running", what="max_running")


def _needs_waiting(view: View, *path: str | int, what: str) -> None:
    view.error(
        *path,
        code="needs-waiting",
        message=f"{what} needs to see whether runs recover, and nothing waits for that.",
        remedy="Add wait: {for_recovery: true}, or remove this line.",
    )


def _check_wait(view: View) -> None:
    timeout = view.seconds("wait", "timeout")
    every = view.seconds("wait", "poll_every")
    if timeout is not None and every is not None and every > timeout:
        view.warn(
            *_written_one(view, ("wait", "poll_every"), ("wait", "timeout")),
            code="never-polled",
            message="wait.poll_every is longer than wait.timeout, so the platform is asked once at most.",
            remedy="Write a shorter poll_every, like 30s.",
        )


def _check_timeouts(view: View) -> None:
    connect = view.seconds("timeouts", "connect")
    request = view.seconds("timeouts", "request")
    if request is None:
        return
    if connect is not None and request <= connect:
        view.error(
            *_written_one(view, ("timeouts", "request"), ("timeouts", "connect")),
            code="timeouts",
            message="timeouts.request is not longer than timeouts.connect, which is a part of it.",
            remedy="Write a longer request, like 75s.",
        )
    elif request <= _GATEWAY_GIVES_UP_SECONDS and _is_behind_the_gateway(view):
        view.warn(
            "timeouts",
            "request",
            code="short-timeout",
            message="Adobe's gateway answers after up to 60 s; giving up earlier leaves runs unresolved.",
            remedy="Write more than 60s, like 75s.",
        )


def _is_behind_the_gateway(view: View) -> bool:
    """Whether the platform is known to be elsewhere: a simulator on this machine has no gateway."""
    url = view.text("connection", "platform_url")
    return (
        url is not None and url_fault(url) is None and not is_loopback(urlsplit(url).hostname or "")
    )


def _check_retry(view: View) -> None:
    first = view.seconds("retry", "first_wait")
    longest = view.seconds("retry", "longest_wait")
    if first is not None and longest is not None and first > longest:
        view.error(
            *_written_one(view, ("retry", "first_wait"), ("retry", "longest_wait")),
            code="waits",
            message="retry.first_wait is longer than retry.longest_wait.",
            remedy="Make first_wait shorter or longest_wait longer.",
        )


def _written_one(view: View, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Return the one of two paths that the file mentions, the first if it mentions both."""
    return first if view.is_written(*first) or not view.is_written(*second) else second


def _check_cap(view: View) -> None:
    most = view.number("cap", "max_runs")
    per_flow = view.number("cap", "max_runs_per_flow")
    if most is not None and per_flow is not None and per_flow > most:
        view.warn(
            "cap",
            "max_runs_per_flow",
            code="cap-without-effect",
            message=f"max_runs_per_flow is above max_runs ({most:.0f}), so it never matters.",
            remedy="Write a smaller number, or remove it.",
        )
    named = sum(
        len(view.items("sandboxes", n, "runs")) for n, _ in enumerate(view.items("sandboxes"))
    )
    if most is not None and named > most:
        view.warn(
            *(("cap", "max_runs") if view.is_written("cap", "max_runs") else ("sandboxes",)),
            code="over-cap",
            message=f"the spec names {named:,} runs, and cap.max_runs is {most:,.0f}: nothing would be sent.",
            remedy="Raise cap.max_runs, or name fewer runs.",
        )


_RULES: tuple[Callable[[View], None], ...] = (
    check_connection,
    check_sandboxes,
    _check_waves,
    _check_waiting,
    _check_wait,
    _check_timeouts,
    _check_retry,
    _check_cap,
)
