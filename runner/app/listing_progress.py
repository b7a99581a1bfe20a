"""Say how many runs were looked at while a plan is made: one line for each sandbox, however many pages it takes."""

from dataclasses import dataclass

from runner.app.house import House
from runner.model.text import terminal
from runner.model.words import SandboxName
from runner.progress import Counting, choose_counting

_ACTION = "selecting"


@dataclass(slots=True)
class ListingProgress:
    """Told of counts as pages come in."""

    house: House
    counting: Counting

    @classmethod
    def of(cls, house: House) -> "ListingProgress":
        """Return what suits where standard error goes."""
        counting = choose_counting(
            house.console.progress_stream,
            quiet=house.quiet,
            log_format=house.log_format,
            environment=house.environment,
            clock=house.clock,
            say=lambda text: house.console.say(text, action=_ACTION),
        )
        return cls(house, counting)

    def found(self, sandbox: SandboxName, count: int) -> None:
        """Show how many runs of a sandbox were looked at so far."""
        self.counting.show(terminal(f"{sandbox}: {count:,} runs looked at so far"))

    def all_found(self, sandbox: SandboxName, count: int) -> None:
        """Say how many there were in all."""
        self.counting.stop()
        facts = {"sandbox": sandbox, "runs": count}
        self.house.console.say(
            terminal(f"{sandbox}: {count:,} runs looked at"), action=_ACTION, facts=facts
        )
