"""What a run tells about whose it is: its data window against the old run's, and who made it. Pure; no verdicts."""

from enum import Enum, auto

from runner.model.plan import FoundRun
from runner.model.platform import DataWindow, Run

_UI = "exc_app"
"""Made in the platform's user interface (Adobe's Flow Service OpenAPI file)."""

_SCHEDULER = "acp_foundation_connectors"
"""The scheduler; perhaps re-triggered runs too (sample runs of Adobe's alert rules page)."""

_PLATFORM = "acp_"
"""What the platform's own services are called."""

_SECOND_MS = 1000


class Windows(Enum):
    """How a run's data window stands to the old run's. A re-trigger keeps the window (docs: on-demand ingestion)."""

    SAME = auto()
    """Both are known at both ends, and agree."""
    DIFFERENT = auto()
    """Both are known at both ends, and one end is another."""
    DOUBTFUL = auto()
    """They disagree somewhere, but that proves nothing: too little of them is known, or by too little."""
    SILENT = auto()
    """Nothing can be compared, or only one end, which agrees."""


class Maker(Enum):
    """Who made a run, as far as the platform says. Who it names for a re-triggered run is not documented."""

    WE = auto()
    SOMEBODY_ELSE = auto()
    CANNOT_TELL = auto()


def compare_windows(old: FoundRun, its: DataWindow | None) -> Windows:
    """Compare a run's data window with the old run's.

    The platform gives windows in seconds in one place and in milliseconds in another (samples in Adobe's guides), so
    a difference below a second proves nothing, and whole seconds agree with their milliseconds.
    """
    if its is None:
        return Windows.SILENT
    pairs = ((old.window_start_ms, its.start_ms), (old.window_end_ms, its.end_ms))
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    agree = all(_agree(a, b) for a, b in known)
    both_whole = _is_span(old.window_start_ms, old.window_end_ms) and _is_span(
        its.start_ms, its.end_ms
    )
    if agree:
        return Windows.SAME if both_whole else Windows.SILENT
    if both_whole and any(abs(a - b) >= _SECOND_MS for a, b in known):
        return Windows.DIFFERENT
    return Windows.DOUBTFUL


def maker_of(run: Run, *, our_client: str) -> Maker:
    """Tell who made a run, from ``createdClient``; where that is missing, from ``createdBy``.

    For service tokens both are the same (Adobe's Flow Service OpenAPI file); either may carry the account's domain. A
    client that everybody uses, such as the user interface's, tells nothing even when it is ours.
    """
    user, client = (value.partition("@")[0] for value in (run.created_by, run.created_client))
    ours = our_client.partition("@")[0]
    if not (client or user) or _SCHEDULER in (user, client):
        return Maker.CANNOT_TELL
    if _UI in (user, client):
        return Maker.CANNOT_TELL if ours == _UI else Maker.SOMEBODY_ELSE
    if (client or user) == ours:
        return Maker.WE
    return Maker.SOMEBODY_ELSE if _is_another_client(client, ours) else Maker.CANNOT_TELL


def _is_another_client(client: str, ours: str) -> bool:
    """Whether a client is surely not ours: both are known. A user's name is no client's, and may be ours."""
    return bool(client and ours) and not client.startswith(_PLATFORM)


def _agree(one: int, other: int) -> bool:
    """Whether two moments are the same, one of them perhaps cut to whole seconds."""
    if one == other:
        return True
    is_cut = one % _SECOND_MS == 0 or other % _SECOND_MS == 0
    return is_cut and one // _SECOND_MS == other // _SECOND_MS


def _is_span(start: int | None, end: int | None) -> bool:
    """Whether a window is known at both ends and holds some time; where it does not, it is a placeholder."""
    return start is not None and end is not None and start < end
