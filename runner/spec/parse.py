"""Turn a checked value into the frozen Spec. Everything here has passed the schema and the rules of meaning.

No defaults stand here: they are the schema's, filled in before.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from runner.model.secret import Secret
from runner.model.spec import (
    BetweenWaves,
    Cap,
    Connection,
    ErrorMatch,
    Filter,
    FlowMatch,
    Last,
    Limits,
    OAuth,
    QuietHours,
    ReadyToken,
    ReconcileSettings,
    ReportSettings,
    RetrySettings,
    SandboxSpec,
    Spec,
    StopRules,
    Timeouts,
    WaitSettings,
    Wave,
    Window,
)
from runner.model.words import FlowId, OnFailure, Order, ReportFormat, RunId, SandboxName
from runner.spec.document import Path
from runner.spec.durations import day_minute, duration_seconds, percent, time_ms
from runner.spec.secrets_found import secret_in_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a spec came from: its path as given, its text as it was, its folder, and its secrets by path."""

    path: str
    text: str
    base: FilePath
    secrets: Mapping[Path, str]


class _Group:
    """One group of keys whose types are known to be right."""

    def __init__(self, value: object) -> None:
        assert isinstance(value, dict)
        self._value = value

    def has(self, key: str) -> bool:
        return self._value.get(key) is not None

    def group(self, key: str) -> "_Group":
        return _Group(self._value[key])

    def text(self, key: str) -> str:
        found = self._value[key]
        assert isinstance(found, str)
        return str(found)

    def whole(self, key: str) -> int | None:
        found = self._value.get(key)
        assert found is None or isinstance(found, int | float)
        return None if found is None else int(found)

    def number(self, key: str) -> float | None:
        found = self._value.get(key)
        assert found is None or isinstance(found, int | float)
        return None if found is None else float(found)

    def share(self, key: str) -> float | None:
        """A percent, written as a number or with its sign."""
        found = self._value.get(key)
        return percent(found) if isinstance(found, str) else self.number(key)

    def flag(self, key: str) -> bool:
        found = self._value[key]
        assert isinstance(found, bool)
        return found

    def seconds(self, key: str) -> float:
        return duration_seconds(self.text(key))

    def items(self, key: str) -> list[object]:
        found = self._value[key]
        assert isinstance(found, list)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(one) for one in self.items(key))


def spec_from(value: object, *, origin: Origin) -> Spec:
    """Return the Spec; raises ``SecretFault`` when a secret's file went away since it was checked."""
    top = _Group(value)
    return Spec(
        path=origin.path,
        text=origin.text,
        sha256=hashlib.sha256(origin.text.encode()).hexdigest(),
        name=top.text("name"),
        reason=top.text("reason"),
        ticket=top.text("ticket") if top.has("ticket") else None,
        connection=_connection(top.group("connection"), origin=origin),
        limits=_limits(top.group("limits")),
        sandboxes=tuple(_sandbox(_Group(one), origin=origin) for one in top.items("sandboxes")),
        order=Order(top.text("order")),
        on_failure=OnFailure(top.text("on_failure")),
        waves=tuple(_wave(one) for one in top.items("waves")),
        between_waves=_between_waves(top.group("between_waves")),
        stop_when=_stop_rules(top.group("stop_when")),
        cap=_cap(top.group("cap")),
        wait=_wait(top.group("wait")),
        report=_report(top.group("report")),
        plan_valid_for_seconds=top.group("plan").seconds("valid_for"),
        timeouts=_timeouts(top.group("timeouts")),
        retry=_retry(top.group("retry")),
        reconcile=_reconcile(top.group("reconcile")),
        lease_expires_after_seconds=top.group("lease").seconds("expires_after"),
    )


def _connection(group: _Group, *, origin: Origin) -> Connection:
    return Connection(
        platform_url=group.text("platform_url").rstrip("/"),
        org_id=group.text("org_id"),
        operation=group.text("operation"),
        auth=_auth(group.group("auth"), origin=origin),
    )


def _auth(group: _Group, *, origin: Origin) -> OAuth | ReadyToken:
    if group.text("method") == "access_token":
        return ReadyToken(
            client_id=group.text("client_id"),
            access_token=_secret(group, "access_token", origin=origin),
        )
    return OAuth(
        ims_url=group.text("ims_url").rstrip("/"),
        client_id=group.text("client_id"),
        client_secret=_secret(group, "client_secret", origin=origin),
        scopes=group.texts("scopes"),
    )


def _secret(group: _Group, key: str, *, origin: Origin) -> Secret:
    from_environment = origin.secrets.get(("connection", "auth", key))
    if from_environment is not None:
        return Secret(from_environment)
    return secret_in_file(origin.base / group.group(key).text("file")).secret


def _limits(group: _Group) -> Limits:
    return Limits(
        max_per_second=group.number("max_per_second"),
        max_at_once=group.whole("max_at_once"),
        max_running=group.whole("max_running"),
        max_running_per_flow=group.whole("max_running_per_flow"),
        max_per_day=group.whole("max_per_day"),
        max_reads_per_second=group.number("max_reads_per_second"),
        quiet=_quiet_hours(group) if group.has("not_between") else None,
    )


def _quiet_hours(group: _Group) -> QuietHours:
    first, second = (day_minute(one) for one in group.texts("not_between"))
    return QuietHours(from_minute=first, to_minute=second, zone=group.text("zone"))


def _sandbox(group: _Group, *, origin: Origin) -> SandboxSpec:
    exclude = group.group("exclude")
    return SandboxSpec(
        name=SandboxName(group.text("name")),
        limits=_limits(group.group("limits")),
        stop_when=_stop_rules(group.group("stop_when")),
        runs=tuple(RunId(str(one)) for one in group.items("runs")),
        runs_from=origin.base / group.text("runs_from") if group.has("runs_from") else None,
        filters=tuple(_filter(_Group(one)) for one in group.items("filters")),
        excluded_runs=frozenset(RunId(str(one)) for one in exclude.items("runs")),
        excluded_flows=exclude.texts("flows"),
    )


def _filter(group: _Group) -> Filter:
    flows = group.group("flows")
    return Filter(
        statuses=group.texts("status"),
        started=_started(group.group("started")),
        flows=FlowMatch(
            names=flows.texts("names"),
            ids=tuple(FlowId(one) for one in flows.texts("ids")),
            connectors=flows.texts("connectors"),
        ),
        errors=_errors(group.group("errors")),
        zero_records=group.flag("zero_records"),
    )


def _errors(group: _Group) -> ErrorMatch:
    clusters = group.group("clusters")
    return ErrorMatch(
        include=group.texts("include"),
        exclude=group.texts("exclude"),
        include_clusters=clusters.texts("include"),
        exclude_clusters=clusters.texts("exclude"),
    )


def _started(group: _Group) -> Window | Last:
    if group.has("last"):
        return Last(seconds=group.seconds("last"))
    return Window(
        from_ms=time_ms(group.text("from")) if group.has("from") else None,
        to_ms=time_ms(group.text("to")) if group.has("to") else None,
    )


def _wave(value: object) -> Wave:
    if isinstance(value, str):
        return Wave(amount=percent(value), unit="percent")
    assert isinstance(value, int | float)
    return Wave(amount=float(value), unit="runs")


def _stop_rules(group: _Group) -> StopRules:
    return StopRules(
        failed=group.whole("failed"),
        failed_percent=group.share("failed_percent"),
        consecutive=group.whole("consecutive"),
        consecutive_per_flow=group.whole("consecutive_per_flow"),
    )


def _between_waves(group: _Group) -> BetweenWaves:
    share = group.share("max_failed_percent")
    assert share is not None
    return BetweenWaves(
        max_failed_percent=share, soak_seconds=group.seconds("soak"), ask=group.flag("ask")
    )


def _cap(group: _Group) -> Cap:
    most, generations = group.whole("max_runs"), group.whole("max_generations")
    assert most is not None
    assert generations is not None
    return Cap(
        max_runs=most,
        max_runs_per_flow=group.whole("max_runs_per_flow"),
        max_generations=generations,
    )


def _wait(group: _Group) -> WaitSettings:
    return WaitSettings(
        for_recovery=group.flag("for_recovery"),
        timeout_seconds=group.seconds("timeout"),
        poll_every_seconds=group.seconds("poll_every"),
    )


def _report(group: _Group) -> ReportSettings:
    return ReportSettings(
        directory=FilePath(group.text("directory")),
        formats=tuple(ReportFormat(one) for one in group.texts("formats")),
    )


def _timeouts(group: _Group) -> Timeouts:
    return Timeouts(
        connect_seconds=group.seconds("connect"), request_seconds=group.seconds("request")
    )


def _retry(group: _Group) -> RetrySettings:
    attempts = group.whole("attempts")
    budget = group.share("budget")
    assert attempts is not None
    assert budget is not None
    return RetrySettings(
        attempts=attempts,
        first_wait_seconds=group.seconds("first_wait"),
        longest_wait_seconds=group.seconds("longest_wait"),
        budget_percent=budget,
    )


def _reconcile(group: _Group) -> ReconcileSettings:
    return ReconcileSettings(
        answer_window_seconds=group.seconds("answer_window"),
        visibility_lag_seconds=group.seconds("visibility_lag"),
    )
