"""What went wrong with an execution, why, in which flows, and what mends it: steps for a person. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from runner.model.advised import Standpoint
from runner.model.meaning import ENDED, FAILED_AGAIN
from runner.model.report import Execution, WorstFlows
from runner.model.skips import blocking_execution, proves_done, skip_reason_of
from runner.model.text import counted
from runner.model.words import OutcomeKind, Recovery, SkipReason
from runner.report.facts import rows_file
from runner.report.step import FlowsOf, Step, flows_of
from runner.report.totals import ReasonCount, Totals

_SKIPPED = {
    SkipReason.CHANGED_SINCE_PLAN: (
        "no longer what the plan pinned",
        "See in {rows} how they stand now",
    ),
    SkipReason.NOT_FOUND: (
        "no longer there, or hidden by an access label",
        "See in the platform's interface what became of them",
    ),
    SkipReason.FLOW_NOT_ENABLED: ("the flow is not enabled", "Enable it"),
    SkipReason.MAYBE_ALREADY_RETRIGGERED: (
        "perhaps re-triggered by somebody else",
        "See whether the newer runs recovered, which {rows} names. With --again their data may be loaded twice.",
    ),
    SkipReason.FLOW_BLOCKED: (
        "another execution left a run of the flow unresolved",
        "Have that one decided",
    ),
}
"""Of each reason that can leave something to do: what it says, and what mends it (a whole sentence: that is all), where
``{rows}`` is the file that names every run."""
KINDS_WITH_FLOWS: Sequence[str] = (
    Recovery.FAILED_AGAIN,
    Recovery.PARTIAL,
    Recovery.RECOVERED_EMPTY,
    OutcomeKind.UNRESOLVED,
    OutcomeKind.REFUSED,
    OutcomeKind.GAVE_UP,
    *_SKIPPED,
)
"""Of these the flows are named."""

Worst = Mapping[str, WorstFlows]
"""The flows with most runs of each kind."""


def causes(execution: Execution, totals: Totals, worst: Worst, here: Standpoint) -> Iterator[Step]:
    """Give what stopped it and what failed, before anybody goes on with it; nothing where all went well."""
    failed = (
        *_not_well(execution, totals, worst),
        *_refused(execution, totals, worst),
        *_gave_up(execution, totals, worst),
        *_skipped(execution, totals, worst, here),
        *_empty(execution, totals, worst),
    )
    yield from _stopped(execution, something_failed=bool(failed))
    yield from failed


def named(execution: Execution, worst: Worst, *kinds: str) -> tuple[FlowsOf, ...]:
    """Return the flows of these kinds, those kinds left out that no run is of."""
    several = len(execution.sandboxes) > 1
    return tuple(
        flows_of(kind, worst[kind], names_sandbox=several) for kind in kinds if kind in worst
    )


def _stopped(execution: Execution, *, something_failed: bool) -> Iterator[Step]:
    """Say what a stop rule or a failure said; not that a person ended it, or that runs are unresolved."""
    because = execution.stopped_because
    by_itself = execution.state == "stopped" and execution.exit_code in (3, 4)
    by_failure = execution.state == "interrupted" and execution.exit_code not in (None, 130)
    if not because or because.endswith("unresolved") or not (by_itself or by_failure):
        return
    by_rule = something_failed and because.startswith("stopped by stop_when")
    then = "Deal with what failed before you continue." if by_rule else ""
    yield Step(why="Stopped before everything was done:", because=because, then=then, command="")


def _not_well(execution: Execution, totals: Totals, worst: Worst) -> Iterator[Step]:
    counts = {word: count for word in sorted(FAILED_AGAIN) if (count := totals.by_recovery[word])}
    if counts:
        words = ", ".join(f"{count:,} {word}" for word, count in counts.items())
        yield Step(
            why=f"Accepted, but not well: {words}.",
            flows=named(execution, worst, *counts),
            then="Find the cause in the source or the mapping before re-triggering these again; "
            f"{rows_file(execution)} names each new run.",
            command="",
        )


def _refused(execution: Execution, totals: Totals, worst: Worst) -> Iterator[Step]:
    if count := totals.by_outcome[OutcomeKind.REFUSED]:
        why, because = mostly(totals, OutcomeKind.REFUSED)
        yield Step(
            why=f"{counted(count, 'run')} refused: as things stand, asking again will not help.{why}",
            because=because,
            flows=named(execution, worst, OutcomeKind.REFUSED),
            then=f"Mend the cause{_anew(execution)}",
            command="",
        )


def _gave_up(execution: Execution, totals: Totals, worst: Worst) -> Iterator[Step]:
    if count := totals.by_outcome[OutcomeKind.GAVE_UP]:
        why, because = mostly(totals, OutcomeKind.GAVE_UP)
        yield Step(
            why=f"{counted(count, 'run')} gave_up: surely not accepted on any attempt.{why}",
            because=because,
            flows=named(execution, worst, OutcomeKind.GAVE_UP),
            then=f"Wait until the platform is well again{_anew(execution)}",
            command="",
        )


def _skipped(
    execution: Execution, totals: Totals, worst: Worst, here: Standpoint
) -> Iterator[Step]:
    """Give a step for each reason that leaves something to do."""
    open_ones = [each for each in totals.skipped if not proves_done(each.reason)]
    counts = Counter[SkipReason | None]()
    for each in open_ones:
        counts[skip_reason_of(each.reason)] += each.count
    for reason, count in counts.most_common():
        if reason in _SKIPPED:
            what, remedy = _SKIPPED[reason]
            remedy = remedy.format(rows=rows_file(execution))
            why = f"{counted(count, 'planned run')} skipped, {reason.value}: {what}."
        else:
            why, remedy = (
                f"{counted(count, 'planned run')} skipped: {rows_file(execution)} says why.",
                "See to that",
            )
        step = Step(
            why=why,
            flows=named(execution, worst, reason.value) if reason else (),
            then=remedy if remedy.endswith(".") else f"{remedy}{_anew(execution)}",
            command="",
        )
        yield _with_command(step, open_ones, here) if reason is SkipReason.FLOW_BLOCKED else step


def _with_command(step: Step, skipped: Sequence[ReasonCount], here: Standpoint) -> Step:
    """Return a step with the command that has a blocked flow decided: in the execution that blocks most."""
    blocking = next(filter(None, (blocking_execution(each.reason) for each in skipped)), "")
    if not blocking:
        return step
    command = here.command("reconcile", blocking)
    return replace(step, then=f"{step.then} Look again with", command=command)


def _empty(execution: Execution, totals: Totals, worst: Worst) -> Iterator[Step]:
    if count := totals.by_recovery[Recovery.RECOVERED_EMPTY]:
        runs = "1 run is" if count == 1 else f"{count:,} runs are"
        yield Step(
            why=f"{runs} recovered_empty: the new run succeeded and no records arrived.",
            flows=named(execution, worst, Recovery.RECOVERED_EMPTY),
            then="A re-trigger covers only the window of the original run, and the data was probably outside it: look "
            "for it in the source, and do not re-trigger these again for it.",
            command="",
        )


def mostly(totals: Totals, outcome: OutcomeKind) -> tuple[str, str]:
    """Return the words that lead to the most frequent reason, and that reason; nothing where none was given."""
    reasons = totals.of_outcomes(outcome)
    if not reasons:
        return "", ""
    most = reasons[0]
    if len(reasons) == 1:
        return " The reason:", most.reason
    return (
        f" The most frequent of {len(reasons):,} reasons ({counted(most.count, 'run')}):",
        most.reason,
    )


def _anew(execution: Execution) -> str:
    """Return how a remedy goes on: what is settled is for another execution."""
    again = "apply the spec again: it selects anew what has still failed."
    return (
        f", then {again}"
        if execution.state in ENDED
        else f"; when this execution has finished, {again}"
    )
