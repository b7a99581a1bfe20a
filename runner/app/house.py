"""What every command is given: time, chance, the environment, and the person it talks to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from runner.clock import Clock
from runner.journal import USUAL_PLACE, GroupCommit, Journal
from runner.masking import KnownSecrets
from runner.model.advised import Standpoint, recorded
from runner.model.log_line import LogFormat
from runner.transport import OpenWire

JOURNAL_VARIABLE = "RETRIGGER_JOURNAL"


class Console(Protocol):
    """The person, or the log, at the other end. Platform text must be made safe before it comes here."""

    @property
    def progress_stream(self) -> TextIO:
        """Where progress goes: standard error."""
        ...

    def out(self, text: str) -> None:
        """Print a result on standard output."""
        ...

    def say(
        self, text: str, *, action: str = "said", facts: Mapping[str, object] | None = None
    ) -> None:
        """Print a message on standard error; nothing when quiet.

        For programs ``action`` is a stable word, and ``facts`` are the message's own members.
        """
        ...

    def warn(
        self, text: str, *, action: str = "warned", facts: Mapping[str, object] | None = None
    ) -> None:
        """Print a warning on standard error, also when quiet."""
        ...

    def agree(self, question: str) -> bool | None:
        """Ask the person; None: nobody can be asked, for there is no terminal."""
        ...

    async def agree_meanwhile(self, question: str) -> bool | None:
        """Ask the person while other work goes on, leases among it; a person may think for long."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where executions take place, as far as it is not in earnest; None is the real thing."""

    open_wire: OpenWire | None = None
    open_journal: Callable[..., Journal] | None = None
    make_commits: type[GroupCommit] | None = None
    takes_orders: bool = True
    """Whether anybody can give some: they are written into the journal by other processes."""
    begins_ids_with: str = ""
    """What the ids of new executions begin with."""
    still_every_seconds: float = 30.0
    """How often people are told that nothing but waiting goes on, on the execution's clock."""
    moments_every_seconds: float | None = None
    """How often a moment is taken for them on the execution's clock."""


IN_EARNEST = Stage()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that comes in by the door."""

    clock: Clock
    environment: Mapping[str, str]
    console: Console
    secrets: KnownSecrets
    """Every secret this process knows: noted when a spec is read and a token issued, masked where text leaves."""
    chance: Callable[[], float]
    """From 0 to 1, anew at each call."""
    token: Callable[[], str]
    """A few random letters and digits, anew at each call."""
    quiet: bool
    log_format: LogFormat
    """How standard error looks."""
    journal_place: str
    proc: Path
    """Where the system tells of processes: ``/proc``."""
    stage: Stage = IN_EARNEST


def standpoint(house: House) -> Standpoint:
    """Return from where commands are given here; the journal that everybody here finds need not be named."""
    found = journal_place(None, house.environment)
    return Standpoint(journal="" if house.journal_place == found else house.journal_place)


def lasting_place(house: House) -> str:
    """Return the journal's place as it is told to others, who need not have this environment."""
    place = house.journal_place
    elsewhere = house.environment.get(JOURNAL_VARIABLE, place) != place
    # The usual place is never named; where the environment says another, it has to be.
    return str(Path(place).absolute()) if place == USUAL_PLACE and elsewhere else place


def advised(house: House, *words: str | Path) -> str:
    """Return a command line that works in this folder as it stands, in any shell."""
    return recorded(folder="", journal_place=lasting_place(house)).command(*words)


def journal_place(option: str | None, environment: Mapping[str, str]) -> str:
    """Return where the journal is: the option's word, else the environment's, else below the working folder."""
    return option or environment.get(JOURNAL_VARIABLE) or USUAL_PLACE
