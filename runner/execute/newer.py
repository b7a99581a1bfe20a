"""What is known of one flow's newer runs, put so that those which may speak for a re-trigger are found quickly.

It grows by listings that go back only as far as something may have changed. Values only: nothing here asks.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from runner.model.plan import FoundRun
from runner.model.platform import DataWindow, Run
from runner.model.traces import Maker, maker_of
from runner.model.words import RunId

_Window = tuple[int, int]
"""Both ends of a data window, in seconds."""


@dataclass(slots=True, kw_only=True)
class NewerRuns:
    """A flow's runs that were created from some moment on. Moments are epoch milliseconds."""

    from_ms: int
    """Since when."""
    asked_at: float
    """When they were listed last (monotonic, seconds)."""
    until_ms: int
    """The newest creation that a listing showed, of whatever flow: so late it was then, by the platform's clock."""
    is_all: bool = True
    """Whether all since ``from_ms`` that can be asked about is there; False: there is more than is ever listed."""
    _runs: dict[RunId, Run] = field(default_factory=dict)
    _by_window: dict[_Window, set[RunId]] = field(default_factory=dict)
    _by_maker: dict[tuple[str, str], set[RunId]] = field(default_factory=dict)
    """Those that somebody made, by who made them."""
    _by_parent: dict[RunId, set[RunId]] = field(default_factory=dict)
    _ours: set[RunId] = field(default_factory=set)
    _unfinished: dict[RunId, int] = field(default_factory=dict)
    """Those which may yet tell more than they did, and their creation."""

    def note(self, run: Run, *, our_client: str) -> None:
        """Take in one run, or what is now known of it."""
        self._runs[run.id] = run
        if run.parent_run_id:
            self._by_parent.setdefault(run.parent_run_id, set()).add(run.id)
        if key := _whole_seconds(run.window):
            self._by_window.setdefault(key, set()).add(run.id)
        maker = maker_of(run, our_client=our_client)
        if maker is Maker.WE:
            self._ours.add(run.id)
        elif maker is Maker.SOMEBODY_ELSE:
            made_by = (run.created_by, run.created_client)
            self._by_maker.setdefault(made_by, set()).add(run.id)
        if run.has_ended or (
            key and key[0] < key[1]
        ):  # one without length stands in for one to come
            self._unfinished.pop(run.id, None)
        else:
            self._unfinished[run.id] = run.created_at_ms or 0

    def forget(self, ids: Iterable[RunId]) -> None:
        """Take out runs that speak for nothing."""
        for run_id in ids:
            self._runs.pop(run_id, None)
            self._unfinished.pop(run_id, None)

    def created_since(self, from_ms: int) -> list[Run]:
        """Return the runs that were created from some moment on."""
        return [run for run in self._runs.values() if (run.created_at_ms or 0) >= from_ms]

    @property
    def unfinished(self) -> Collection[RunId]:
        """The runs whose data window may still become known."""
        return self._unfinished.keys()

    def changed_since_ms(self, *, lag_ms: int) -> int:
        """Return the creation from which on something may be new, where a run shows up ``lag_ms`` late at most."""
        return max(self.from_ms, min([self.until_ms - lag_ms, *self._unfinished.values()]))

    def candidates(self, pinned: FoundRun, old: Run) -> list[Run]:
        """Return the runs that may speak for a re-trigger of the old one."""
        window = DataWindow(start_ms=pinned.window_start_ms, end_ms=pinned.window_end_ms)
        found = set(self._by_parent.get(old.id, ())) | self._ours
        if key := _whole_seconds(window):
            found |= self._by_window.get(key, set())
        for maker, ids in self._by_maker.items():
            if maker != (old.created_by, old.created_client):
                found |= ids
        return [self._runs[run_id] for run_id in sorted(found) if run_id in self._runs]


def _whole_seconds(window: DataWindow | None) -> _Window | None:
    if window is None or window.start_ms is None or window.end_ms is None:
        return None
    return window.start_ms // 1000, window.end_ms // 1000
