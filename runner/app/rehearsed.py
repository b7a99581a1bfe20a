"""Tell a person of a rehearsal: what is assumed, and at the end what it did to the platform."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from runner.app.house import Console
from runner.clock import Clock
from runner.model.text import duration_text, iso_time, terminal
from runner.plan import PlanFile
from runner.progress import Table, aligned
from runner.simulator import Mix, Platform, Scenario, most_running
from runner.virtual_time import VirtualClock

_ABOUT_THE_JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class RehearsalConsole:
    """Passes on what is said, but of the journal, which is none; and agrees to whatever a person would be asked.

    For programs each message carries the time of the rehearsal, as its progress does.
    """

    console: Console
    clock: Clock

    @property
    def progress_stream(self) -> TextIO:
        """Standard error."""
        return self.console.progress_stream

    def out(self, text: str) -> None:
        """Print a result."""
        self.console.out(text)

    def say(
        self, text: str, *, action: str = "said", facts: Mapping[str, object] | None = None
    ) -> None:
        """Print a message."""
        if action != _ABOUT_THE_JOURNAL:
            self.console.say(text, action=action, facts={**self._now(), **(facts or {})})

    def warn(
        self, text: str, *, action: str = "warned", facts: Mapping[str, object] | None = None
    ) -> None:
        """Print a warning."""
        if action != _ABOUT_THE_JOURNAL:
            self.console.warn(text, action=action, facts={**self._now(), **(facts or {})})

    def agree(self, question: str) -> bool | None:
        """Agree, and say to what."""
        self.say(f"{question} (agreed, as this is a rehearsal)", action="consent")
        return True

    async def agree_meanwhile(self, question: str) -> bool | None:
        """Do the same while other work goes on."""
        return self.agree(question)

    def _now(self) -> Mapping[str, object]:
        return {"time": iso_time(self.clock.now_ms())}


def tell_beginning(
    plan: PlanFile, scenario: Scenario, *, latency_seconds: float, console: Console
) -> None:
    """Say that it is a rehearsal, of what, and what is assumed."""
    flows = [flow for sandbox in scenario.sandboxes for flow in sandbox.flows]
    runs = "1 run" if plan.footer.runs == 1 else f"{plan.footer.runs:,} runs"
    of_flows = "1 flow" if len(flows) == 1 else f"{len(flows):,} flows"
    what = f"{runs} of {of_flows} on a simulated platform; nothing is sent anywhere"
    console.say(terminal(f"REHEARSAL of {plan.path}: {what}"), action="rehearsal")
    call = f"a call takes {round(latency_seconds * 1000):,} ms"
    console.say(
        f"assumed: {_fates([flow.retrigger for flow in flows])}; {call}; seed {scenario.seed}",
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


def _fates(mixes: Sequence[Mix]) -> str:
    """Say what becomes of new runs, over all flows."""
    if not mixes:
        return "nothing"
    shares = [100 * mix.recovers / (_weight(mix) or 1) for mix in mixes]
    takes_ms = [ms for mix in mixes for ms in (mix.takes_from_ms, mix.takes_to_ms)]
    share = _span(f"{min(shares):.4g} %", f"{max(shares):.4g} %")
    seconds = _span(*(duration_text(ms / 1000) for ms in (min(takes_ms), max(takes_ms))))
    return f"{share} of a flow's new runs recover, and take {seconds}"


def _weight(mix: Mix) -> float:
    return mix.recovers + mix.fails_again + mix.empty + mix.partial


def _span(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"
