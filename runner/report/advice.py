"""What a person should do next with an execution, and the sentence that sums it up.

Pure; the same words serve the reports, ``status`` and the end of ``apply``.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from runner.model.report import Execution, Tally
from runner.model.text import visible
from runner.model.words import OutcomeKind, Recovery
from runner.report.totals import NOT_SETTLED, Totals, totals_of

_UNFINISHED = frozenset({"running", "interrupted", "stopped"})
_NOT_RECOVERED = (Recovery.FAILED_AGAIN, Recovery.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do: why, and the command that does it (empty where no command can)."""

    why: str
    command: str


def next_steps(execution: Execution, tallies: Sequence[Tally]) -> tuple[Step, ...]:
    """Return what is left for a person to do, most urgent first; empty when nothing is."""
    if execution.is_rehearsal:
        return ()  # its runs are as they were: nothing of it can be gone on with
    totals = totals_of(execution, tallies)
    candidates = (
        _reconcile(execution, totals),
        _decide(execution, totals),
        _resume(execution, totals),
        _watch(execution, totals),
        _look_into(totals),
        _find_the_data(totals),
        _apply_anew(execution, totals),
    )
    return tuple(step for step in candidates if step is not None)


def verdict(execution: Execution, totals: Totals) -> str:
    """Return one sentence: how many of the planned runs were re-triggered, and what became of the others."""
    done = totals.by_outcome[OutcomeKind.RETRIGGERED]
    new_runs = [
        f"{totals.by_recovery[word]:,} {word}" for word in Recovery if totals.by_recovery[word]
    ]
    others = [
        f"{totals.by_outcome[word]:,} {word}"
        for word in (*_GRAVE, NOT_SETTLED)
        if totals.by_outcome[word]
    ]
    became = f" ({', '.join(new_runs)})" if new_runs else ""
    act = f"{done:,} of {execution.planned:,} planned runs re-triggered{became}"
    return ", ".join([act, *others]) + "."


_GRAVE = (
    OutcomeKind.UNRESOLVED,
    OutcomeKind.REFUSED,
    OutcomeKind.GAVE_UP,
    OutcomeKind.NOT_ATTEMPTED,
)


def resume_command(execution: Execution) -> str:
    """Return the command line that continues an execution; the kept spec stands in where no spec file was given."""
    spec = visible(execution.spec_path) or f"reports/{execution.id}/spec.yaml"
    return f"retrigger apply {shlex.quote(spec)}"


def _reconcile(execution: Execution, totals: Totals) -> Step | None:
    count = totals.by_outcome[OutcomeKind.UNRESOLVED]
    if not count:
        return None
    why = (
        f"{_runs(count)} unresolved: asked, but the answer was never seen. Until it is known whether "
        "a new run exists the flow stays blocked; do not re-trigger it by hand before that. Look again with"
    )
    return Step(why=why, command=f"retrigger reconcile {execution.id}")


def _decide(execution: Execution, totals: Totals) -> Step | None:
    if not totals.by_outcome[OutcomeKind.UNRESOLVED]:
        return None
    why = (
        "Where that cannot tell, see in the platform's interface what became of them (results.csv names them), and "
        "record it; where there surely is no new run, with --absent OLD in place of --adopt OLD=NEW:"
    )
    return Step(why=why, command=f"retrigger reconcile {execution.id} --adopt OLD=NEW")


def _resume(execution: Execution, totals: Totals) -> Step | None:
    left = totals.by_outcome[NOT_SETTLED] + totals.by_outcome[OutcomeKind.NOT_ATTEMPTED]
    if not left or execution.state not in _UNFINISHED:
        return None
    if execution.state == "running":
        why = f"{_runs(left)} not settled yet. See where it stands with"
        return Step(why=why, command=f"retrigger status {execution.id}")
    why = f"{_runs(left)} not attempted. Continue where it stopped, nothing is done twice, with"
    return Step(why=why, command=resume_command(execution))


def _watch(execution: Execution, totals: Totals) -> Step | None:
    count = totals.by_recovery[Recovery.RUNNING] + totals.by_recovery[Recovery.UNKNOWN]
    if not count:
        return None
    why = f"{_runs(count)} re-triggered, but the end of the new run was not seen. Look again with"
    return Step(why=why, command=f"retrigger reconcile {execution.id}")


def _look_into(totals: Totals) -> Step | None:
    counts = {word: totals.by_recovery[word] for word in _NOT_RECOVERED if totals.by_recovery[word]}
    if not counts:
        return None
    words = ", ".join(f"{count:,} {word}" for word, count in counts.items())
    why = (
        f"Accepted, but not well: {words}. Find the cause in the source or the mapping before re-triggering these "
        "again; results.csv names each new run."
    )
    return Step(why=why, command="")


def _find_the_data(totals: Totals) -> Step | None:
    count = totals.by_recovery[Recovery.RECOVERED_EMPTY]
    if not count:
        return None
    why = (
        f"{_runs(count)} recovered_empty: the new run succeeded and no records arrived. A re-trigger covers only the "
        "window of the original run, and the data was probably outside it: look for it in the source, and do not "
        "re-trigger these again for it."
    )
    return Step(why=why, command="")


def _apply_anew(execution: Execution, totals: Totals) -> Step | None:
    count = totals.by_outcome[OutcomeKind.NOT_ATTEMPTED]
    if not count or execution.state != "finished":
        return None
    why = (
        f"{_runs(count)} not attempted, because their flow was left alone: results.csv says why. When that is mended, "
        "apply the spec again: it selects what is left anew."
    )
    return Step(why=why, command="")


def _runs(count: int) -> str:
    return "1 run is" if count == 1 else f"{count:,} runs are"
