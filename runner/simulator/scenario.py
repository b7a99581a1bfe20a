"""Read a scenario: what exists on the simulated platform and what goes wrong there.

Files are read and checked against ``schemas/scenario.v1.schema.json`` elsewhere: a scenario comes in as a plain
mapping. It holds no state and makes nothing; ``world`` builds from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from runner.simulator.amounts import Moment
from runner.simulator.fault_values import Fault, read_fault
from runner.simulator.given import Given
from runner.simulator.scenario_values import (
    Behaviour,
    Colleague,
    FlowPlan,
    ListedRun,
    Mix,
    RateLimit,
    Refusal,
    RunsPlan,
    SandboxPlan,
    Schedule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything the simulator is told."""

    seed: int
    organisation: str
    client_id: str
    client_secret: str
    sandboxes: tuple[SandboxPlan, ...]
    behaviour: Behaviour
    rate_limit: RateLimit | None
    colleagues: tuple[Colleague, ...]
    faults: tuple[Fault, ...]

    def __repr__(self) -> str:
        shown = (field.name for field in fields(self) if field.name != "client_secret")
        return f"Scenario({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Scenario":
        """Return the scenario of a parsed file; raises UsageError naming the first place that does not fit."""
        given = Given(data, at="scenario")
        given.whole("version", 1)
        scenario = cls(
            seed=given.whole("seed", 1),
            organisation=given.text("organisation", "0123456789ABCDEF01234567@AdobeOrg"),
            client_id=given.text("client_id", "simulated-client"),
            client_secret=given.text("client_secret", "simulated-secret"),
            sandboxes=tuple(_sandbox(part) for part in given.parts("sandboxes")),
            behaviour=_behaviour(given.part("behaviour")),
            rate_limit=_rate_limit(given.part("rate_limit")) if given.has("rate_limit") else None,
            colleagues=tuple(_colleague(part) for part in given.parts("colleagues")),
            faults=tuple(read_fault(part) for part in given.parts("faults")),
        )
        given.finish()
        return scenario


def _sandbox(given: Given) -> SandboxPlan:
    name = given.text("name")
    plan = SandboxPlan(
        name=name,
        title=given.text("title", name.title()),
        type=given.choice("type", "development", "production"),
        state=given.text("state", "active"),
        region=given.text("region", "VA7"),
        is_default=given.flag("is_default", default=False),
        permission=given.choice("permission", "full", "view", "none"),
        flows=tuple(_flow(part) for part in given.parts("flows")),
    )
    given.finish()
    return plan


def _flow(given: Given) -> FlowPlan:
    plan = FlowPlan(
        id=given.text("id", ""),
        name=given.text("name", "Flow"),
        count=given.whole("count", 1),
        connector=given.text("connector", "amazon-s3"),
        frequency=given.choice("frequency", "", "batch", "streaming"),
        state=given.text("state", "enabled"),
        labelled=given.flag("labelled", default=False),
        times_in_seconds=given.flag("times_in_seconds", default=False),
        refuse=_refusal(given.part("refuse")) if given.has("refuse") else None,
        schedule=_schedule(given.part("schedule")) if given.has("schedule") else None,
        runs=_runs(given.part("runs")),
        retrigger=_mix(given.part("retrigger")),
    )
    given.finish()
    return plan


def _refusal(given: Given) -> Refusal:
    refusal = Refusal(code=given.text("code"), wrapped=given.flag("wrapped", default=False))
    given.finish()
    return refusal


def _mix(given: Given, *, finish: bool = True) -> Mix:
    none_said = not any(given.has(key) for key in ("recovers", "fails_again", "empty", "partial"))
    takes = given.part("takes") if given.is_mapping("takes") else None
    mix = Mix(
        recovers=given.number("recovers", 100 if none_said else 0),
        fails_again=given.number("fails_again", 0),
        empty=given.number("empty", 0),
        partial=given.number("partial", 0),
        takes_from_ms=takes.milliseconds("from", "0s")
        if takes
        else given.milliseconds("takes", "2s"),
        takes_to_ms=takes.milliseconds("to", "2s") if takes else given.milliseconds("takes", "2s"),
        fails_with=given.text("fails_with", ""),
    )
    if finish:
        given.finish()
    return mix


def _schedule(given: Given) -> Schedule:
    schedule = Schedule(every_ms=given.milliseconds("every", "1h"), mix=_mix(given, finish=False))
    given.finish()
    return schedule


def _runs(given: Given) -> RunsPlan:
    between, took = given.part("started_between"), given.part("took")
    plan = RunsPlan(
        failed=given.whole("failed", 0),
        success=given.whole("success", 0),
        success_empty=given.whole("success_empty", 0),
        partial=given.whole("partial", 0),
        in_progress=given.whole("in_progress", 0),
        queued=given.whole("queued", 0),
        scheduled=given.whole("scheduled", 0),
        errors=given.weights("errors", {"CONNECTOR-1001-500": 1}),
        started_from=between.moment("from", "-12h"),
        started_to=between.moment("to", "-15m"),
        every_ms=given.milliseconds("every", "0s"),
        took_from_ms=took.milliseconds("from", "1m"),
        took_to_ms=took.milliseconds("to", "10m"),
        listed=tuple(_listed(part) for part in given.parts("listed")),
    )
    between.finish()
    took.finish()
    given.finish()
    return plan


def _listed(given: Given) -> ListedRun:
    run = ListedRun(
        id=given.text("id", ""),
        status=given.text("status", "failed"),
        error=given.text("error", "CONNECTOR-1001-500"),
        error_message=given.text("error_message", ""),
        started=given.moment("started", "-1h"),
        records_in=given.whole("records_in") if given.has("records_in") else None,
        records_out=given.whole("records_out") if given.has("records_out") else None,
        created_by=given.text("created_by", ""),
        created_client=given.text("created_client", ""),
        etag=given.text("etag", ""),
        created=given.moment("created") if given.has("created") else None,
        updated=given.moment("updated") if given.has("updated") else None,
        window=_window(given.part("window")) if given.has("window") else None,
    )
    given.finish()
    return run


def _window(given: Given) -> tuple[Moment, Moment]:
    window = given.moment("from"), given.moment("to")
    given.finish()
    return window


def _colleague(given: Given) -> Colleague:
    colleague = Colleague(
        user=given.text("user", "0A1B2C3D4E5F@AdobeID"),
        sandbox=given.text("sandbox", "*"),
        flow=given.text("flow", "*"),
        after_ms=given.milliseconds("after", "1s"),
        every_ms=given.milliseconds("every", "1s"),
        most=given.whole("most", 1),
    )
    given.finish()
    return colleague


def _rate_limit(given: Given) -> RateLimit:
    per_second = given.number("per_second")
    limit = RateLimit(
        per_second=per_second,
        burst=given.number("burst", max(1.0, per_second)),
        answer=given.whole("answer", 429),
        retry_after=given.choice(
            "retry_after", "seconds", "http_date", "absurd", "negative", "garbage", "none"
        ),
        retry_after_seconds=given.number("retry_after_seconds", 1),
        calls=given.texts("calls"),
    )
    given.finish()
    return limit


def _behaviour(given: Given) -> Behaviour:
    behaviour = Behaviour(
        second_retrigger=given.choice("second_retrigger", "new_run", "refused"),
        new_run=given.choice("new_run", "new", "same"),
        body_shape=given.choice("body_shape", "flat", "items", "entity"),
        success_status=given.whole("success_status", 200),
        old_run=given.choice("old_run", "unchanged", "touched"),
        successes=given.choice("successes", "refused", "accepted"),
        made_by=given.choice("made_by", "client", "technical_account", "connectors"),
        windows=given.choice("windows", "activities", "params", "none"),
        links=given.choice("links", "none", "parent"),
        visibility_lag_ms=given.milliseconds("visibility_lag", "0s"),
        provider_errors=given.choice("provider_errors", "plain", "wrapped"),
        provider_prefix=given.text("provider_prefix", "FLOW"),
        not_found=given.choice("not_found", "404", "400", "legacy"),
        last_page=given.choice("last_page", "empty_links", "no_links"),
        next_link=given.choice("next_link", "path", "query", "repeats_filters"),
        paging=given.choice("paging", "stable", "shifting"),
        page_size=given.whole("page_size", 20),
        largest_page=given.whole("largest_page", 100),
        status_case=given.choice("status_case", "exact", "any"),
        ignored_filters=given.texts("ignored_filters"),
        token_lifetime_ms=given.milliseconds("token_lifetime", "24h"),
        expires_in=given.choice("expires_in", "seconds", "milliseconds"),
        most_tokens_per_minute=given.whole("most_tokens_per_minute", 0),
        sandbox_admin=given.flag("sandbox_admin", default=True),
        quirks=given.flag("quirks", default=False),
    )
    given.finish()
    return behaviour
