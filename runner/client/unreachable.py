"""What ends all work where a call failed for a cause that no other try of it mends. Pure."""

from runner.errors import CannotGoOn, CredentialsRefused, NotTrusted
from runner.transport import Failure, Lasting, Reply


def lasting_trouble(outcome: Reply | Failure, *, what: str) -> CannotGoOn | None:
    """Return the error; None: there was an answer, or the failure may pass.

    Args:
        outcome: what came of a call.
        what: what the call was for, as the beginning of a sentence.
    """
    if not isinstance(outcome, Failure) or outcome.lasting is None:
        return None
    fact = f"{what}: {outcome.message}."
    if outcome.lasting is Lasting.PROXY_LOGIN:
        remedy = "Set the user and password of HTTPS_PROXY right; signs like @ and : in them as %40 and %3A."
        return CredentialsRefused(fact, remedy=remedy, may_pass=False)
    return NotTrusted(fact, remedy="`retrigger doctor` says whose certificates are trusted here.")
