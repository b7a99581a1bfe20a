"""A plan's values as lines of JSON, and back; pure. What a line may hold is said in ``schemas/plan.v1.schema.json``.

Lines are plain ASCII: every other character is written as an escape, so that any text goes there and back unchanged,
and so is the second of two ``#``, which build servers read commands from.
"""

import json
import math
from collections.abc import Mapping

from runner.model.plan import (
    FoundRun,
    FrozenWindow,
    PassedOver,
    PlanFooter,
    PlanHeader,
    PlannedRun,
    PlannedSandbox,
)
from runner.model.text import json_for_logs, shortened
from runner.model.words import ETag, FlowId, RunId, SandboxName, SkipReason

_FOUND = FoundRun.__slots__
_UNUSUALLY_DEEP = 100
"""Python's own reader gives up at some hundreds of levels; a line of ours has three."""
_LONGEST_SHOWN = 60
"""How much of a wrong value a message shows."""


class BadLine(Exception):
    """A line is not what a plan holds; says what is wrong with it."""


def header_line(header: PlanHeader) -> str:
    """Return the first line of a plan."""
    facts = {name: getattr(header, name) for name in PlanHeader.__slots__}
    facts["sandboxes"] = [
        {name: getattr(sandbox, name) for name in PlannedSandbox.__slots__}
        for sandbox in header.sandboxes
    ]
    facts["windows"] = [
        {name: getattr(window, name) for name in FrozenWindow.__slots__}
        for window in header.windows
    ]
    return json_for_logs(json.dumps({"kind": "header", **facts}))


def run_line(run: PlannedRun) -> str:
    """Return the line of a planned run."""
    place = {"position": run.position, "wave": run.wave, "lane_position": run.lane_position}
    return json_for_logs(json.dumps({"kind": "run", **place, **_found_facts(run.found)}))


def passed_over_line(run: PassedOver) -> str:
    """Return the line of a passed-over run."""
    why = {"reason": run.reason.value, "detail": run.detail}
    return json_for_logs(json.dumps({"kind": "passed_over", **why, **_found_facts(run.found)}))


def footer_line(footer: PlanFooter) -> str:
    """Return the last line of a plan."""
    return json.dumps(
        {"kind": "footer", **{name: getattr(footer, name) for name in PlanFooter.__slots__}}
    )


def plan_version_of(line: str) -> int:
    """Read only the version from the first line, which may be a later one's; raises BadLine."""
    return _count(_object(line, kind="header").get("plan_version"))


def header_of(line: str) -> PlanHeader:
    """Read the first line; raises BadLine."""
    facts = _object(line, kind="header")
    try:
        ticket = facts["ticket"]
        return PlanHeader(
            plan_version=_count(facts["plan_version"]),
            tool_version=_text(facts["tool_version"]),
            spec_name=_text(facts["spec_name"]),
            reason=_text(facts["reason"]),
            ticket=None if ticket is None else _text(ticket),
            org_id=_text(facts["org_id"]),
            platform_url=_text(facts["platform_url"]),
            spec_path=_text(facts["spec_path"]),
            spec_sha256=_text(facts["spec_sha256"]),
            spec_text=_text(facts["spec_text"]),
            created_at_ms=_integer(facts["created_at_ms"]),
            expires_at_ms=_integer(facts["expires_at_ms"]),
            sandboxes=tuple(map(_sandbox_of, _list(facts["sandboxes"]))),
            windows=tuple(map(_window_of, _list(facts["windows"]))),
            expected_seconds=_seconds(facts.get("expected_seconds")),
        )
    except KeyError as error:
        raise BadLine(f"a header without {error}") from error


def _sandbox_of(facts: Mapping[str, object]) -> PlannedSandbox:
    return PlannedSandbox(
        name=SandboxName(_text(facts["name"])),
        type=_text(facts["type"]),
        region=_text(facts["region"]),
    )


def _window_of(facts: Mapping[str, object]) -> FrozenWindow:
    return FrozenWindow(
        sandbox=SandboxName(_text(facts["sandbox"])),
        filter_number=_count(facts["filter_number"]),
        from_ms=_moment(facts["from_ms"]),
        to_ms=_moment(facts["to_ms"]),
    )


def run_of(line: str) -> PlannedRun:
    """Read the line of a planned run; raises BadLine."""
    facts = _object(line, kind="run")
    try:
        return PlannedRun(
            position=_count(facts["position"]),
            wave=_count(facts["wave"]),
            lane_position=_count(facts["lane_position"]),
            found=_found_of(facts),
        )
    except KeyError as error:
        raise BadLine(f"a run without {error}") from error


def passed_over_of(line: str) -> PassedOver:
    """Read the line of a passed-over run; raises BadLine."""
    facts = _object(line, kind="passed_over")
    try:
        return PassedOver(
            found=_found_of(facts),
            reason=_reason(facts["reason"]),
            detail=_text(facts["detail"]),
        )
    except KeyError as error:
        raise BadLine(f"a passed-over run without {error}") from error


def footer_of(line: str) -> PlanFooter:
    """Read the last line; raises BadLine."""
    facts = _object(line, kind="footer")
    try:
        return PlanFooter(
            runs=_integer(facts["runs"]),
            sha256=_text(facts["sha256"]),
            passed_over=_integer(facts["passed_over"]),
            passed_over_sha256=_text(facts["passed_over_sha256"]),
        )
    except KeyError as error:
        raise BadLine(f"a footer without {error}") from error


def is_footer(line: bytes) -> bool:
    """Whether a line closes a plan."""
    return line.startswith(b'{"kind": "footer"')


def _object(line: str, *, kind: str) -> dict[str, object]:
    try:
        facts = json.loads(line)
    except RecursionError as error:
        raise BadLine(
            f"not JSON (that can be read: it is nested more than {_UNUSUALLY_DEEP} levels deep)"
        ) from error
    except ValueError as error:
        raise BadLine(f"not JSON ({error})") from error
    if not isinstance(facts, dict) or facts.pop("kind", None) != kind:
        raise BadLine(f"not a line of kind {kind}")
    return facts


def _found_facts(found: FoundRun) -> dict[str, object]:
    return {name: getattr(found, name) for name in _FOUND}


def _found_of(facts: Mapping[str, object]) -> FoundRun:
    etag = facts["etag"]
    return FoundRun(
        sandbox=SandboxName(_text(facts["sandbox"])),
        run_id=RunId(_text(facts["run_id"])),
        flow_id=FlowId(_text(facts["flow_id"])),
        flow_name=_text(facts["flow_name"]),
        etag=None if etag is None else ETag(_text(etag)),
        status=_text(facts["status"]),
        error_code=_text(facts["error_code"]),
        error_message=_text(facts["error_message"]),
        created_at_ms=_moment(facts["created_at_ms"]),
        updated_at_ms=_moment(facts["updated_at_ms"]),
        started_at_ms=_moment(facts["started_at_ms"]),
        window_start_ms=_moment(facts["window_start_ms"]),
        window_end_ms=_moment(facts["window_end_ms"]),
    )


def _reason(value: object) -> SkipReason:
    try:
        return SkipReason(_text(value))
    except ValueError as error:
        raise BadLine(f"{_shown(value)} where a reason belongs") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadLine(f"{_shown(value)} where a text belongs")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadLine(f"{_shown(value)} where a whole number belongs")
    return value


def _count(value: object) -> int:
    number = _integer(value)
    if number < 1:
        raise BadLine(f"{_shown(value)} where a count from 1 belongs")
    return number


def _moment(value: object) -> int | None:
    return None if value is None else _integer(value)


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise BadLine(f"{_shown(value)} where a number of seconds belongs")
    return value


def _list(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadLine(f"{_shown(value)} where a list of objects belongs")
    return value


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return shortened(json.dumps(value), longest=_LONGEST_SHOWN)
