"""The append-only record of plans, intents, outcomes and recoveries; every report derives from it.

``Journal`` is the interface; ``open_journal`` gives the SQLite one; ``GroupCommit`` writes to either from an event
loop, many entries to one durable transaction; ``Staging`` orders a plan that need not fit in memory.
"""

from runner.journal.backup import BackedUp, back_up
from runner.journal.decided import adopted, cleared, given_up, still_open, watched
from runner.journal.entries import (
    Claimed,
    Cleared,
    Duplicated,
    Entry,
    Facts,
    Halted,
    Noted,
    Released,
    Settled,
    Stopped,
    Watched,
)
from runner.journal.group import LINGER_SECONDS, GroupCommit
from runner.journal.in_turn import CommitInTurn
from runner.journal.interface import (
    UNANSWERED,
    DoneRun,
    History,
    Journal,
    LaneState,
    LastDone,
    NewExecution,
    OpenQuestion,
    WaveState,
)
from runner.journal.place import USUAL_PLACE, is_there, open_journal, stands
from runner.journal.sessions import reconciled
from runner.journal.staging import Headline, Staging

__all__ = [
    "LINGER_SECONDS",
    "UNANSWERED",
    "USUAL_PLACE",
    "BackedUp",
    "Claimed",
    "Cleared",
    "CommitInTurn",
    "DoneRun",
    "Duplicated",
    "Entry",
    "Facts",
    "GroupCommit",
    "Halted",
    "Headline",
    "History",
    "Journal",
    "LaneState",
    "LastDone",
    "NewExecution",
    "Noted",
    "OpenQuestion",
    "Released",
    "Settled",
    "Staging",
    "Stopped",
    "Watched",
    "WaveState",
    "adopted",
    "back_up",
    "cleared",
    "given_up",
    "is_there",
    "open_journal",
    "reconciled",
    "stands",
    "still_open",
    "watched",
]
