"""What a schema cannot say about a spec as a whole: keys that need one another, numbers that contradict each other.

What stands inside ``connection`` and ``sandboxes`` is looked at by rooms of their own.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from runner.spec.connection_rules import check_connection, is_loopback, url_fault
from runner.spec.durations import is_zone, percent
from runner.spec.problems import Problem
from runner.spec.sandbox_rules import check_sandboxes
from runner.spec.view import View

_SLOW_PER_SECOND = 0.2
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
    for place in _levels(view):
        for key in ("max_running", "max_running_per_flow"):
            if view.number(*place, key) is not None:
                _needs_waiting(view, *place, key, what=key)


def _levels(view: View) -> list[tuple[str | int, ...]]:
    """Return where limits stand: the execution's, then each sandbox's."""
    sandboxes = enumerate(view.items("sandboxes"))
    return [("limits",), *(("sandboxes", number, "limits") for number, _ in sandboxes)]


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


def _check_quiet_hours(view: View) -> None:
    for place in _levels(view):
        zone, span = view.text(*place, "zone"), view.items(*place, "not_between")
        if span and span[0] == span[-1]:
            view.error(
                *place,
                "not_between",
                code="quiet-hours",
                message=f"not_between ends when it begins ({span[0]}), which is no time or all day.",
                remedy='Write two different times, like ["01:00", "05:00"].',
            )
        if zone is not None and not is_zone(zone):
            view.error(
                *place,
                "zone",
                code="time-zone",
                message=f"the time zone {zone} is not known on this machine.",
                remedy="Write a name of the IANA database, like Europe/Zurich. Where the machine has none of them, "
                "install the Python package tzdata.",
            )
        elif not span and view.is_written(*place, "zone"):
            view.warn(
                *place,
                "zone",
                code="zone-without-hours",
                message="zone says nothing without not_between.",
                remedy='Add not_between: ["01:00", "05:00"], or remove this line.',
            )


def _check_slow_limits(view: View) -> None:
    """Reads that share a slow limit are stale before the request that they are made for may leave."""
    for place in _levels(view):
        rate, reads = (
            view.number(*place, "max_per_second"),
            view.number(*place, "max_reads_per_second"),
        )
        if rate is not None and rate < _SLOW_PER_SECOND and reads is None:
            view.warn(
                *place,
                "max_per_second",
                code="slow-limit",
                message=f"reads share this limit, and each request needs some just before it: at {rate:g} per second "
                "hardly any may leave.",
                remedy="Add max_reads_per_second: 1, so that reads do not wait for it.",
            )


def _check_between_waves(view: View) -> None:
    if view.is_written("between_waves") and len(view.items("waves")) == 1:
        view.warn(
            "between_waves",
            code="one-wave",
            message="between_waves says nothing where there is one wave only.",
            remedy="Add waves, like [1, 10%, 100%], or remove this line.",
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
    _check_between_waves,
    _check_waiting,
    _check_wait,
    _check_quiet_hours,
    _check_slow_limits,
    _check_timeouts,
    _check_retry,
    _check_cap,
)
