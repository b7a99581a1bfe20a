"""Say which journal a command works with, and loudly where it has no history; or refuse it then."""

from runner.app.house import House
from runner.errors import UsageError
from runner.journal import Journal, open_journal, stands

_ABOUT = "journal"
"""The action of what is said here."""


def has_history(journal: Journal, org_id: str) -> bool:
    """Whether it knows an execution of an organisation: what others did is no history of its runs."""
    return any(execution.org_id == org_id for execution in journal.executions())


def tell_journal(journal: Journal, org_id: str, *, house: House) -> None:
    """Say which journal is used, and loudly when it has no history."""
    if has_history(journal, org_id):
        house.console.say(f"journal: {journal.place}", action=_ABOUT)
        return
    fact = "is new" if journal.is_new else f"knows no execution of organisation {org_id}"
    house.console.warn(
        f"journal: {journal.place} {fact}. It has no history: re-triggers done elsewhere are unknown to it.",
        action=_ABOUT,
    )


def tell_absence(*, house: House) -> None:
    """Say loudly that there is no journal."""
    fact = f"there is none at {house.journal_place}, so nothing is known of earlier re-triggers."
    house.console.warn(f"journal: {fact}", action=_ABOUT)


def require_history(org_id: str, *, house: House) -> None:
    """Raise UsageError where there is no journal, or one that knows no execution of an organisation; makes none."""
    fact = "there is no journal here"
    if stands(house.journal_place):
        journal = open_journal(house.journal_place, make=False)
        is_known = has_history(journal, org_id)
        journal.close()
        if is_known:
            return
        fact = f"this journal knows no execution of organisation {org_id}"
    raise UsageError(
        f"{house.journal_place}: {fact}, and --require-journal asks for one with a history. Nothing was sent.",
        remedy="Restore the one that earlier jobs wrote (a lost cache?). If nothing was ever applied, apply once "
        "without --require-journal: that makes it.",
    )
