"""One thing for a person to do next, and its words for a page or a terminal. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner.model.report import WorstFlows
from runner.model.text import counted, shortened

MOST_FLOWS = 10
"""So many flows are named; the others are counted."""
_LONGEST_NAME = 60
_LONGEST_CAUSE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsOf:
    """The flows in which most runs are of one kind (an outcome, a recovery, a reason to skip)."""

    kind: str
    flows: tuple[tuple[str, int], ...]
    """What each is called, and how many runs of it."""
    more: int
    """How many other flows there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to do: why, what others said of it, the flows concerned, and the command (empty: no command can)."""

    why: str
    command: str
    because: str = ""
    """Others' words, or words that name what is others': to be made safe as text."""
    flows: tuple[FlowsOf, ...] = ()
    then: str = ""
    """What to do, where more stands before it than ``why``."""


def step_in_words(
    step: Step,
    *,
    foreign: Callable[[str], str],
    code: Callable[[str], str],
    own: Callable[[str], str] = str,
) -> str:
    """Return a step as one paragraph.

    Args:
        step: the step.
        foreign: makes others' words safe for where they are shown.
        code: shows a command.
        own: shows our own words.
    """
    because = shortened(step.because.rstrip(". "), longest=_LONGEST_CAUSE)
    parts = (
        own(step.why),
        f"{foreign(because)}." if because else "",
        *_flows_in_words(step.flows, foreign=foreign),
        own(step.then),
        code(step.command) if step.command else "",
    )
    return " ".join(filter(None, parts))


def flows_of(kind: str, worst: WorstFlows, *, names_sandbox: bool) -> FlowsOf:
    """Return the flows of a kind as they are called; by their ids too where two of those named are called the same."""
    names = [flow.flow_name or flow.flow_id for flow in worst.flows]
    called = []
    for name, flow in zip(names, worst.flows, strict=True):
        shown = shortened(name, longest=_LONGEST_NAME)
        if names.count(name) > 1 and name != flow.flow_id:
            shown = f"{shown} {flow.flow_id}"
        called.append((f"{shown} in {flow.sandbox}" if names_sandbox else shown, flow.runs))
    return FlowsOf(kind=kind, flows=tuple(called), more=worst.of - len(called))


def _flows_in_words(flows: Sequence[FlowsOf], *, foreign: Callable[[str], str]) -> list[str]:
    """Return a sentence for each kind, like ``Flows: A (12), B (3), and 5 more flows``."""
    sentences = []
    for each in flows:
        named = ", ".join(f"{foreign(name)} ({runs:,})" for name, runs in each.flows)
        more = f", and {counted(each.more, 'more flow')}" if each.more else ""
        of = "" if len(flows) == 1 else f" of {each.kind}"
        sentences.append(f"Flows{of}: {named}{more}.")
    return sentences
