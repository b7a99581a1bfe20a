"""Open the journal that a command works with, say which it is, and say loudly where it has no history."""

from runner.app.house import House
from runner.errors import UsageError
from runner.journal import Journal, find_journal, open_journal

_ABOUT = "journal"
"""The action of what is said here."""


def journal_to_write(org_id: str, *, required: bool, house: House) -> Journal:
    """Open the journal to apply something of an organisation with; where there is none it is made, unless ``required``.

    Raises UsageError for a required journal that is not there or has no history of this organisation.
    """
    journal = (
        _required(org_id, house=house)
        if required
        else (house.stage.open_journal or open_journal)(house.journal_place, make=True)
    )
    tell_journal(journal, org_id, house=house)
    return journal


def journal_to_read(org_id: str, *, required: bool, house: House) -> Journal | None:
    """Open the journal to plan with; None where there is none, and none is made. Raises as ``journal_to_write``."""
    journal = _required(org_id, house=house) if required else find_journal(house.journal_place)
    if journal:
        tell_journal(journal, org_id, house=house)
    else:
        fact = (
            f"there is none at {house.journal_place}, so nothing is known of earlier re-triggers."
        )
        house.console.warn(f"journal: {fact}", action=_ABOUT)
    return journal


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


def _required(org_id: str, *, house: House) -> Journal:
    journal = find_journal(house.journal_place)
    if journal is None:
        fact = "there is no journal here"
    elif has_history(journal, org_id):
        return journal
    else:
        journal.close()
        fact = f"this journal knows no execution of organisation {org_id}"
    raise UsageError(
        f"{house.journal_place}: {fact}, and --require-journal asks for one with a history. Nothing was sent.",
        remedy="Restore the one that earlier jobs wrote (a lost cache?). If nothing was ever applied, apply once "
        "without --require-journal: that makes it.",
    )
