"""What `doctor` makes of what it saw: one finding a check, and how findings read. Pure: looking happens elsewhere."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from runner.app.platform_clock import REMEDY, SKEW_SECONDS, PlatformClock
from runner.errors import RetriggerError
from runner.model.platform import Sandbox
from runner.model.spec import Cap, OAuth, ReadyToken, Spec
from runner.model.text import duration_text, terminal
from runner.model.words import SandboxName


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


_SHOWN = {
    State.OK: "ok",
    State.WARNING: "warning",
    State.FAILED: "FAILED",
    State.NOT_CHECKED: "not checked",
}
_WIDEST_STATE = max(map(len, _SHOWN.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found: the fact, what to do about it, and the exit code it asks for."""

    check: str
    state: State
    fact: str
    remedy: str = ""
    exit_code: int = 0


def ok(check: str, fact: str) -> Finding:
    """Return a check that went well."""
    return Finding(check=check, state=State.OK, fact=fact)


def warning(check: str, fact: str, *, remedy: str) -> Finding:
    """Return something that a person should know before they apply the spec."""
    return Finding(check=check, state=State.WARNING, fact=fact, remedy=remedy)


def failed(check: str, error: RetriggerError) -> Finding:
    """Return what would end an `apply`, with its words and its exit code."""
    return Finding(
        check=check,
        state=State.FAILED,
        fact=str(error),
        remedy=error.remedy,
        exit_code=error.exit_code,
    )


def not_checked(check: str, because: str) -> Finding:
    """Return a check that could not be made."""
    return Finding(check=check, state=State.NOT_CHECKED, fact=because)


def exit_code_of(findings: Sequence[Finding]) -> int:
    """Return the most serious exit code: 7, which may pass, before 2, which does not; 0 where nothing failed."""
    return max((finding.exit_code for finding in findings), default=0)


def checks_of(spec: Spec) -> tuple[str, ...]:
    """Return the names of all checks of a spec, in order."""
    return (
        *("spec", "limits", "proxy", "certificates", "journal", "reports"),
        *("token", "platform", "clock"),
        *(name for sandbox in spec.sandboxes for name in sandbox_checks(sandbox.name)),
        "re-trigger",
    )


def sandbox_checks(name: SandboxName) -> tuple[str, str, str]:
    """Return the names of a sandbox's checks: the sandbox itself, its runs, its flows."""
    return f"sandbox {name}", f"runs in {name}", f"flows in {name}"


def limits_found(spec: Spec, *, levels: Mapping[str, str]) -> Finding:
    """Return the limits in words; ``levels`` says them for the whole and for each sandbox that has its own."""
    words = "; ".join(f"{words} {place}".rstrip() for place, words in levels.items())
    return ok("limits", f"{words}; {_cap_in_words(spec.cap)}")


def _cap_in_words(cap: Cap) -> str:
    per_flow = f", {cap.max_runs_per_flow:,} of one flow" if cap.max_runs_per_flow else ""
    return f"at most {cap.max_runs:,} runs{per_flow}"


def journal_found(place: str, *, executions: int | None, unfinished: str) -> Finding:
    """Return what is known of the journal; ``executions`` are this organisation's; None: there is no journal."""
    if executions is None:
        return warning(
            "journal",
            f"there is none at {place}; the first apply makes it, and its place can be written. "
            "Earlier re-triggers are unknown to a new one.",
            remedy="If there should be one, name it with --journal.",
        )
    if not executions:
        return warning(
            "journal",
            f"{place} knows no execution of this organisation, and can be written. Earlier re-triggers are unknown to "
            "it.",
            remedy="If there should be some, name the right one with --journal.",
        )
    goes_on = f"; {unfinished} of this spec is unfinished, and apply goes on with it"
    count = "1 execution" if executions == 1 else f"{executions:,} executions"
    return ok("journal", f"{place}: {count}, can be written{goes_on if unfinished else ''}")


def token_found(auth: OAuth | ReadyToken, *, seconds: float | None) -> Finding:
    """Return how the token was had, and how long it lasts."""
    if isinstance(auth, ReadyToken):
        return ok(
            "token",
            "a ready access token is set; how long it lasts is not known, and it cannot be renewed",
        )
    lasts = (
        "how long it lasts is not said" if seconds is None else f"lasts {duration_text(seconds)}"
    )
    return ok("token", f"obtained from {auth.ims_url}; {lasts}")


def platform_found(url: str, *, listed: Sequence[Sandbox]) -> Finding:
    """Return what the platform's list of sandboxes says."""
    names = ", ".join(sorted(sandbox.name for sandbox in listed))
    return ok("platform", f"{url} answers; these credentials can see {names or 'no sandbox'}")


def clock_found(offset_ms: int | None) -> Finding:
    """Judge how far the platform's clock is ahead of ours; None: no time was had from it."""
    if offset_ms is None:
        return not_checked("clock", "no Date was had from the platform")
    clock = PlatformClock(offset_ms=offset_ms)
    if not clock.differs:
        return ok("clock", f"agrees with the platform's to within {SKEW_SECONDS}s")
    return warning("clock", clock.difference, remedy=REMEDY)


def sandbox_found(
    name: SandboxName, listed: Mapping[SandboxName, Sandbox] | None, *, is_readable: bool
) -> Finding:
    """Judge what is known of a sandbox.

    Args:
        name: as the spec has it.
        listed: the sandboxes that these credentials can see; None: the list was refused.
        is_readable: whether its runs could be read; not looked at where it is listed.
    """
    check, *_ = sandbox_checks(name)
    if listed is None:
        return not_checked(check, "sandboxes cannot be listed, so its state and type are unknown")
    found = listed.get(name)
    if found is None:
        return _unlisted(check, listed, is_readable=is_readable)
    facts = ", ".join(
        (
            found.state or "of unknown state",
            found.type or "of unknown type",
            f"region {found.region or 'unknown'}",
        )
    )
    if is_usable(found):
        return ok(check, facts)
    return Finding(
        check=check,
        state=State.FAILED,
        fact=f"{facts}: only an active sandbox can be worked in.",
        remedy="Leave it out of the spec, or wait until it is active.",
        exit_code=_UNUSABLE,
    )


def is_usable(sandbox: Sandbox) -> bool:
    """Whether a sandbox can be worked in, as far as the platform says."""
    return sandbox.state in ("", "active")


_UNUSABLE = 7
"""Of what the platform has: a sandbox that is not active may become so."""
_UNKNOWN = 2
"""No waiting makes a name right."""


def _unlisted(check: str, listed: Mapping[SandboxName, Sandbox], *, is_readable: bool) -> Finding:
    names = ", ".join(sorted(listed)) or "none"
    return Finding(
        check=check,
        state=State.WARNING if is_readable else State.FAILED,
        fact=f"it is not among those that these credentials can see ({names}).",
        remedy="Check the name's spelling, and that the credentials have access to it.",
        exit_code=0 if is_readable else _UNKNOWN,
    )


def as_line(finding: Finding, *, widest_check: int) -> str:
    """Return one line: how it went, what was checked, the fact and the remedy."""
    words = f"{finding.fact} {finding.remedy}".rstrip()
    state = _SHOWN[finding.state].ljust(_WIDEST_STATE)
    return terminal(f"{state}  {finding.check.ljust(widest_check)}  {words}")


def in_sum(findings: Sequence[Finding]) -> str:
    """Return the sentence that ends the checklist."""
    counts = {state: sum(one.state is state for one in findings) for state in State}
    warnings = counts[State.WARNING]
    noted = f"{warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    if counts[State.FAILED]:
        return ", ".join(filter(None, (f"{counts[State.FAILED]} failed", noted)))
    return f"nothing failed; {noted}" if noted else "all is well"


def as_json(findings: Sequence[Finding], *, spec: str) -> str:
    """Return the findings for a program: ``version`` (1), ``spec``, ``exit_code``, and ``checks`` in order."""
    checks = [
        {"check": one.check, "state": one.state, "fact": one.fact, "remedy": one.remedy}
        for one in findings
    ]
    facts = {"version": 1, "spec": spec, "exit_code": exit_code_of(findings), "checks": checks}
    return json.dumps(facts, indent=2)
