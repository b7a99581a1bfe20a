"""Tell a person of a rehearsal: what is assumed, and at the end what it did to the platform."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from runner.app.house import Console
from runner.model.text import duration_text, terminal
from runner.plan import PlanFile
from runner.progress import Table, aligned
from runner.simulator import Platform, most_running
from runner.virtual_time import VirtualClock

_ABOUT_THE_JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class RehearsalConsole:
    """Passes on what is said, but of the journal, which is none; and agrees to whatever a person would be asked."""

    console: Console

    @property
    def progress_stream(self) -> TextIO:
        """Standard error."""
        return self.console.progress_stream

    def out(self, text: str) -> None:
        """Print a result."""
        self.console.out(text)

    def say(self, text: str, *, action: str = "said") -> None:
        """Print a message."""
        if action != _ABOUT_THE_JOURNAL:
            self.console.say(text, action=action)

    def warn(self, text: str, *, action: str = "warned") -> None:
        """Print a warning."""
        if action != _ABOUT_THE_JOURNAL:
            self.console.warn(text, action=action)

    def agree(self, question: str) -> bool | None:
        """Agree, and say to what."""
        self.console.say(f"{question} (agreed, as this is a rehearsal)", action="consent")
        return True


def tell_beginning(
    plan: PlanFile, facts: Mapping[str, object], *, latency_seconds: float, console: Console
) -> None:
    """Say that it is a rehearsal, of what, and what is assumed."""
    flows = list(_flows(facts))
    runs = f"{plan.footer.runs:,} {'run' if plan.footer.runs == 1 else 'runs'}"
    of_flows = f"{len(flows):,} {'flow' if len(flows) == 1 else 'flows'}"
    latency = f"{round(latency_seconds * 1000):,} ms"
    console.say(
        terminal(
            f"REHEARSAL of {plan.path}: {runs} of {of_flows} on a simulated platform; nothing is sent anywhere"
        ),
        action="rehearsal",
    )
    console.say(
        f"assumed: new runs {_fates(flows)}; a call takes {latency}; seed {facts['seed']}",
        action="rehearsal",
    )


def tell_end(
    plan: PlanFile,
    platform: Platform,
    *,
    clock: VirtualClock,
    took_seconds: float,
    console: Console,
) -> None:
    """Print how long it took against the forecast, what was asked of the platform, and how it was loaded."""
    kinds = Counter(line.kind for line in platform.ledger.requests)
    expected = plan.header.expected_seconds
    rows = (
        ("forecast, at least", "unknown" if expected is None else duration_text(expected)),
        ("virtual duration", duration_text(clock.monotonic())),
        ("real duration", duration_text(took_seconds)),
        ("requests", f"{kinds.total():,}"),
        *((f"of them {kind}", f"{count:,}") for kind, count in sorted(kinds.items())),
    )
    console.out(aligned(Table(title="", headings=("rehearsal", ""), rows=rows)).rstrip("\n"))
    accepted = Counter(line.sandbox for line in platform.ledger.accepted)
    of_sandboxes = tuple(
        (name, accepted[name], most) for name, most in most_running(platform.world).items()
    )
    headings = ("sandbox", "re-triggers accepted", "most new runs in progress")
    console.out(aligned(Table(title="", headings=headings, rows=of_sandboxes)).rstrip("\n"))
    console.out("REHEARSAL: nothing was sent anywhere; these reports tell of a simulated platform.")


def _flows(facts: Mapping[str, object]) -> list[Mapping[str, object]]:
    sandboxes = facts["sandboxes"]
    assert isinstance(sandboxes, list)
    return [flow for sandbox in sandboxes for flow in sandbox["flows"]]


def _fates(flows: list[Mapping[str, object]]) -> str:
    """Say what becomes of new runs: the same of all flows, or that it differs."""
    said = Counter(_fate(flow) for flow in flows)
    if len(said) <= 1:
        return next(iter(said), "recover")
    return f"{said.most_common(1)[0][0]} in most flows, otherwise in {len(said) - 1} more ways"


def _fate(flow: Mapping[str, object]) -> str:
    fate = flow["retrigger"]
    assert isinstance(fate, Mapping)
    return f"recover {fate.get('recovers', 0)}, take {fate.get('takes')}"
