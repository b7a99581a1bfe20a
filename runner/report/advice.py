"""What a person should do next with an execution, and the sentence that sums it up.

Pure; the same words serve the reports, ``status`` and the end of ``apply``. Commands are given from where the execution
was worked, unless the caller says from where else.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath

from runner.model.advised import Standpoint, recorded
from runner.model.meaning import ENDED, LEFT, unseen_in_words
from runner.model.report import AGAIN, DEMO, NO_WAIT, Execution, Tally
from runner.model.skips import proves_done
from runner.model.text import counted
from runner.model.words import NOT_FINAL, OutcomeKind, Recovery
from runner.report.causes import Worst, causes, mostly, named
from runner.report.facts import rows_file
from runner.report.step import Step
from runner.report.totals import NOT_SETTLED, NOT_WAITED_FOR, Totals, totals_of

_NOT_BEFORE = re.compile(r"apply again( from .+) on$")
"""What a spent daily quota says of when to go on."""


def worked_from(execution: Execution) -> Standpoint:
    """Return from where an execution was worked last."""
    return recorded(folder=execution.working_folder, journal_place=execution.journal_place)


def next_steps(
    execution: Execution,
    tallies: Sequence[Tally],
    worst: Worst | None = None,
    *,
    at: Standpoint | None = None,
) -> tuple[Step, ...]:
    """Return what is left for a person to do, most urgent first, and what went wrong before how to go on.

    Args:
        execution: the execution.
        tallies: its rows, counted.
        worst: the flows with most runs of each kind, which are named then.
        at: from where the commands are given; None: from where the execution was worked last.
    """
    if execution.is_rehearsal:
        return ()  # its runs are as they were: nothing of it can be gone on with
    totals = totals_of(execution, tallies)
    flows, here = worst or {}, at or worked_from(execution)
    candidates = (
        _reconcile(execution, totals, flows, here),
        _decide(execution, totals, here),
        _duplicated(execution, totals, here),
        *causes(execution, totals, flows, here),
        _resume(execution, totals, here),
        _watch(execution, totals, here),
        _left_alone(execution, totals),
        _apply_anew(execution, totals, here),
    )
    steps = tuple(step for step in candidates if step is not None)
    return _of_demo(steps) if DEMO in execution.options.split() else steps


def _of_demo(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Its platform is gone with its process: nothing of it can be gone on with."""
    left = tuple(step for step in steps if not step.command)
    anew = Step(why="The demo's platform is gone. Begin anew with", command="retrigger demo")
    return left if len(left) == len(steps) else (anew, *left)


def verdict(execution: Execution, totals: Totals) -> str:
    """Return one sentence: how many of the planned runs were re-triggered, and what became of all others."""
    done = totals.by_outcome[OutcomeKind.RETRIGGERED]
    others = [
        f"{count:,} {word}" for word in (*_OTHERS, NOT_SETTLED) if (count := totals.apart_of(word))
    ]
    new_runs = _new_runs(execution, totals)
    act = f"{done:,} of {execution.planned:,} planned runs re-triggered"
    twice = [f"{totals.duplicated:,} re-triggered elsewhere too"] if totals.duplicated else []
    return ", ".join([f"{act} ({new_runs})" if new_runs else act, *twice, *others]) + "."


_OTHERS = (
    OutcomeKind.UNRESOLVED,
    OutcomeKind.REFUSED,
    OutcomeKind.GAVE_UP,
    OutcomeKind.SKIPPED,
    OutcomeKind.NOT_ATTEMPTED,
)


_ANEW = (OutcomeKind.REFUSED, OutcomeKind.GAVE_UP, OutcomeKind.NOT_ATTEMPTED)
"""The outcomes of runs that another execution may take up."""


def is_watched(totals: Totals) -> bool:
    """Whether any new run was looked at."""
    return any(totals.by_recovery[word] for word in Recovery)


def recovery_in_words(execution: Execution, totals: Totals, word: str) -> str:
    """Return a recovery as it is told to people: of what nobody looked at, whether that is still to come."""
    if word != NOT_WAITED_FOR:
        return word
    return unseen_in_words(execution.state, is_watched=is_watched(totals))


def _new_runs(execution: Execution, totals: Totals) -> str:
    """Return what became of the new runs; the counts add up to those that were re-triggered."""
    unseen = recovery_in_words(execution, totals, NOT_WAITED_FOR)
    if not is_watched(totals) and execution.state in ENDED:
        return f"recovery {unseen}" if totals.by_recovery[NOT_WAITED_FOR] else ""
    return ", ".join(
        f"{count:,} {recovery_in_words(execution, totals, word)}"
        for word in (*Recovery, NOT_WAITED_FOR)
        if (count := totals.by_recovery[word])
    )


def resume_command(execution: Execution, *, at: Standpoint | None = None, path: str = "") -> str:
    """Return the command line that continues an execution.

    ``path`` is the spec or plan to apply; else what was applied, or the kept spec where that was no file.
    """
    here = at or worked_from(execution)
    kept = f"{execution.reports_directory}/spec.yaml"
    what = path or execution.applied or execution.spec_path or kept
    given = execution.options.split()
    options = [option for option in (AGAIN, NO_WAIT) if option in given]
    return here.command("apply", PurePath(what), *options)


def _reconcile(execution: Execution, totals: Totals, worst: Worst, here: Standpoint) -> Step | None:
    count = totals.by_outcome[OutcomeKind.UNRESOLVED]
    if not count:
        return None
    return Step(
        why=f"{_runs(count)} unresolved: asked, but the answer was never seen. Until it is known whether "
        "a new run exists the flow stays blocked; do not re-trigger it by hand before that.",
        flows=named(execution, worst, OutcomeKind.UNRESOLVED),
        then="Look again with",
        command=here.command("reconcile", execution.id),
    )


def _decide(execution: Execution, totals: Totals, here: Standpoint) -> Step | None:
    if not totals.by_outcome[OutcomeKind.UNRESOLVED]:
        return None
    why = (
        "Where that cannot tell, see in the platform's interface what became of them "
        f"({rows_file(execution)} names them), and record it; where there surely is no new run, with --absent OLD in "
        "place of --adopt OLD=NEW:"
    )
    return Step(why=why, command=here.command("reconcile", execution.id, "--adopt", "OLD=NEW"))


def _resume(execution: Execution, totals: Totals, here: Standpoint) -> Step | None:
    left = sum(totals.by_outcome[word or NOT_SETTLED] for word in LEFT)
    if not left or execution.state in ENDED:
        return None
    if execution.state == "running":
        why = f"{_runs(left)} not settled yet. See where it stands with"
        return Step(why=why, command=here.command("status", execution.id))
    when = _NOT_BEFORE.search(execution.stopped_because)
    moment = when[1] if when else ""
    why = f"{_runs(left)} not attempted. Continue where it stopped{moment}, nothing is done twice, with"
    return Step(why=why, command=resume_command(execution, at=here))


def _watch(execution: Execution, totals: Totals, here: Standpoint) -> Step | None:
    """Say that accepted is not recovered, where nobody has seen whether the new runs did."""
    open_ones = sum(totals.by_recovery[word] for word in NOT_FINAL)
    unseen = totals.by_recovery[NOT_WAITED_FOR] if execution.state != "running" else 0
    command = here.command("reconcile", execution.id)
    if unseen and not is_watched(totals):
        how_far = "" if execution.state in ENDED else " to its end"
        why = f"{unseen:,} accepted; recovery not watched{how_far}:"
        return Step(why=why, command=command)
    if not open_ones + unseen:
        return None
    why = f"{_runs(open_ones + unseen)} re-triggered, but how the new run ended is not known. Look again with"
    return Step(why=why, command=command)


def _duplicated(execution: Execution, totals: Totals, here: Standpoint) -> Step | None:
    if not totals.duplicated:
        return None
    why = (
        f"{counted(totals.duplicated, 'run')} re-triggered elsewhere too: {rows_file(execution)} names the other new "
        "runs (duplicated_by), and the data may be loaded twice. Find out who else works on these flows, share one "
        "journal, and check the data. Look again with"
    )
    return Step(why=why, command=here.command("reconcile", execution.id))


def _left_alone(execution: Execution, totals: Totals) -> Step | None:
    count = totals.by_outcome[OutcomeKind.NOT_ATTEMPTED]
    if not count or execution.state != "finished":
        return None
    lead, because = mostly(totals, OutcomeKind.NOT_ATTEMPTED)
    return Step(
        why=f"{_runs(count)} not attempted, because their flow was left alone.{lead}",
        because=because,
        command="",
    )


def _apply_anew(execution: Execution, totals: Totals, here: Standpoint) -> Step | None:
    """Give the command that selects again what was not re-triggered; what is settled is for another execution."""
    skipped = sum(each.count for each in totals.skipped if not proves_done(each.reason))
    if execution.state != "finished" or not skipped + sum(
        totals.by_outcome[word] for word in _ANEW
    ):
        return None
    spec = execution.spec_path or f"{execution.reports_directory}/spec.yaml"
    why = "When the causes are mended, select anew what has still failed, with"
    return Step(why=why, command=here.command("apply", PurePath(spec)))


def _runs(count: int) -> str:
    return "1 run is" if count == 1 else f"{count:,} runs are"
