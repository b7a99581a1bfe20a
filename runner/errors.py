"""Every way in which this program gives up, as one tree, with the exit code of each.

    RetriggerError                     1   (never raised bare)
    ├── UsageError                     2   the command line or the spec is wrong; nothing was sent
    │   └── SpecInvalid                2   carries every problem found
    ├── StoppedByCap                   3   more runs than the spec's cap allows; nothing was sent
    ├── PlanRefused                    5   a plan file is altered, expired or for elsewhere; nothing was sent
    ├── FlowsHeld                      6   another execution holds these flows
    └── CannotGoOn                     7   the platform or the journal cannot be used
        ├── CredentialsRefused         7
        ├── PlatformUnreachable        7
        │   └── NotTrusted             7   the certificate of who answers there is not: no other try helps
        ├── PlatformRefused            7   the platform answered, and not with what was asked
        │   └── ListingCutShort        7   a listing did not come to its end; what came of it stands
        ├── RetryBudgetSpent           3   so much had to be asked again that more would do harm
        ├── JournalUnusable            7
        └── CannotWrite                7   a report or a plan cannot be written; the journal holds what happened

7 is for what may pass. Of what will not (``may_pass=False``: no such sandbox, credentials refused outright) the code is
2, which also says that nothing was sent: once an execution has sent something it is 7 again (``runner.app.verdict``).

An outcome of one run is not an error: it is a value (``runner.model.outcome``). Each error names the place, the
fact and the remedy; ``remedy`` is printed after the fact, on the same line.
"""

from typing import Self


class RetriggerError(Exception):
    """The root: ``str(error)`` is the fact, ``error.remedy`` what to do about it (may be empty)."""

    exit_code: int = 1

    def __init__(self, fact: str, *, remedy: str = "") -> None:
        super().__init__(fact)
        self.remedy = remedy


class UsageError(RetriggerError):
    """The command line or the spec is wrong; nothing was sent."""

    exit_code = 2


class StoppedByCap(RetriggerError):
    """More runs were chosen than the cap allows; nothing was sent."""

    exit_code = 3


class PlanRefused(RetriggerError):
    """A plan file is altered, expired, or made for another place; nothing was sent."""

    exit_code = 5


class FlowsHeld(RetriggerError):
    """Another execution holds flows that this one needs."""

    exit_code = 6


class CannotGoOn(RetriggerError):
    """The platform or the journal cannot be used; with ``may_pass=False``: no waiting helps, a person has to."""

    exit_code = 7

    def __init__(self, fact: str, *, remedy: str = "", may_pass: bool = True) -> None:
        super().__init__(fact, remedy=remedy)
        if not may_pass:
            self.exit_code = UsageError.exit_code

    def once_sent(self) -> Self:
        """Return it as it counts where something was sent before, which a 2 would deny."""
        if self.exit_code == UsageError.exit_code:
            self.exit_code = CannotGoOn.exit_code
        return self


class CredentialsRefused(CannotGoOn):
    """The platform or its token endpoint refuses our credentials."""


class PlatformUnreachable(CannotGoOn):
    """No answer could be had from the platform."""


class NotTrusted(PlatformUnreachable):
    """The certificate of whoever answers in the platform's place is not trusted; nothing was sent there."""


class PlatformRefused(CannotGoOn):
    """The platform answered, but not with what was asked for."""


class ListingCutShort(PlatformRefused):
    """A listing did not come to its end. What was handed out before stands; who can go on with that catches this."""


class RetryBudgetSpent(CannotGoOn):
    """So much had to be asked again that more would make an outage worse."""

    exit_code = 3


class JournalUnusable(CannotGoOn):
    """The journal cannot be read or written."""


class CannotWrite(CannotGoOn):
    """A report or a plan cannot be written; what happened is in the journal."""
