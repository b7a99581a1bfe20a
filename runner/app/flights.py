"""Tell requests in flight from runs that are only about to be asked for, where another process works on an execution.

The journal knows intents, which are written a little ahead; how many requests can have left is bounded by the spec.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from runner.app.house import House
from runner.app.reading import readable_spec
from runner.journal import UNANSWERED
from runner.model.report import Execution, Tally
from runner.model.spec import Limits, Spec
from runner.model.words import OutcomeKind
from runner.progress import IN_FLIGHT


def in_flight(tallies: Sequence[Tally], execution: Execution, *, house: House) -> list[Tally]:
    """Return the tallies with what is asked told apart from what is unresolved: in flight, or only about to leave."""
    asked = {tally.sandbox: tally.count for tally in tallies if _is_asked(tally)}
    if not asked:
        return list(tallies)
    spec = readable_spec(execution, house=house)
    flying = at_most(asked, spec) if spec else asked
    told = [tally for tally in tallies if not _is_asked(tally)]
    for tally in filter(_is_asked, tallies):
        count = flying[tally.sandbox]
        waits = tally.count - count
        told += [replace(tally, outcome=IN_FLIGHT, reason="", count=count)] if count else []
        told += [replace(tally, outcome="", reason="", count=waits)] if waits else []
    return told


def at_most(asked: Mapping[str, int], spec: Spec) -> dict[str, int]:
    """Return how many of the claimed runs of each sandbox can be in flight: never more than ``max_at_once``."""
    own: dict[str, Limits] = {sandbox.name: sandbox.limits for sandbox in spec.sandboxes}
    left = _most(spec.limits)
    flying: dict[str, int] = {}
    for sandbox, count in asked.items():
        flying[sandbox] = int(min(count, left, _most(own.get(sandbox))))
        left -= flying[sandbox]
    return flying


def _most(limits: Limits | None) -> float:
    return math.inf if limits is None or limits.max_at_once is None else limits.max_at_once


def _is_asked(tally: Tally) -> bool:
    return (tally.outcome, tally.reason) == (OutcomeKind.UNRESOLVED, UNANSWERED)
