"""Every run of the simulated platform, kept as columns of numbers: about thirty bytes a run.

It knows what a run is at a moment; how it looks as JSON is ``run_entity``'s business.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.simulator.ids import Ids, run_etag

if TYPE_CHECKING:
    from runner.simulator.scenario_values import ListedRun

SUCCESS, EMPTY, FAILED, PARTIAL, IN_PROGRESS, QUEUED, SCHEDULED = range(7)
_WORDS = ("success", "success", "failed", "partialSuccess", "inProgress", "queued", "scheduled")
_WAITING = frozenset({"inProgress", "queued", "scheduled"})

CONNECTORS_CLIENT = "acp_foundation_connectors"
UI_CLIENT = "exc_app"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made a run: the entity's ``createdBy`` and ``createdClient``."""

    user: str
    client: str


SCHEDULER = Maker(f"{CONNECTORS_CLIENT}@AdobeID", CONNECTORS_CLIENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run about to be added; times are epoch milliseconds."""

    id: str
    flow: int
    started_ms: int
    created_ms: int
    ends_ms: int
    end: int
    """How it ends: SUCCESS, EMPTY, FAILED or PARTIAL."""
    error: str
    maker: Maker
    copy_of: int | None
    visible_ms: int


class Runs:
    """The columns. A run is known inside by its number, from 0 up."""

    def __init__(self, *, ids: Ids) -> None:
        self.ids = ids
        self.flow = array("I")
        self.started_ms = array("q")
        self.created_ms = array("q")
        self.ends_ms = array("q")
        self.end = array("B")
        self.error = array("H")
        self.words = list(_WORDS)
        self.codes = [""]
        self.listed: dict[int, ListedRun] = {}
        self.makers: dict[int, Maker] = {}
        self.copies: dict[int, int] = {}
        """New run -> the run whose data it covers."""
        self.touched_ms: dict[int, int] = {}
        self.etags: dict[int, str] = {}
        """Those that were written out by hand; they hold until the run is touched."""
        self.windows_ms: dict[int, tuple[int, int]] = {}
        """Spans of source data that were written out by hand."""
        self._visible_ms: dict[int, int] = {}
        self._named: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._code_numbers = {"": 0}

    def __len__(self) -> int:
        return len(self.flow)

    def extend(
        self,
        *,
        flow: int,
        started_ms: Iterable[int],
        created_ms: Iterable[int],
        ends_ms: Iterable[int],
        ends: Iterable[int],
        errors: Iterable[int],
    ) -> None:
        """Add many made-up runs of one flow at once; ``errors`` are numbers from ``code_number``."""
        before = len(self.started_ms)
        self.started_ms.extend(started_ms)
        self.created_ms.extend(created_ms)
        self.ends_ms.extend(ends_ms)
        self.end.extend(ends)
        self.error.extend(errors)
        self.flow.extend([flow] * (len(self.started_ms) - before))

    def add(self, run: NewRun) -> int:
        """Add one run under an id of its own and return its number."""
        number = len(self)
        self.extend(
            flow=run.flow,
            started_ms=(run.started_ms,),
            created_ms=(run.created_ms,),
            ends_ms=(run.ends_ms,),
            ends=(run.end,),
            errors=(self.code_number(run.error),),
        )
        self.name(number, run.id)
        self.makers[number] = run.maker
        self._visible_ms[number] = run.visible_ms
        if run.copy_of is not None:
            self.copies[number] = run.copy_of
        return number

    def name(self, number: int, run_id: str) -> None:
        """Give a run an id of its own, in place of the one made from its number."""
        self._named[number] = run_id
        self._numbers[run_id] = number

    def reopen(self, number: int, run: NewRun) -> None:
        """Let an old run go through its life again under its own id."""
        self.started_ms[number] = run.started_ms
        self.ends_ms[number] = run.ends_ms
        self.end[number] = run.end
        self.error[number] = self.code_number(run.error)
        self.touched_ms[number] = run.created_ms
        self.listed.pop(number, None)

    def id_of(self, number: int) -> str:
        """Return a run's id."""
        return self._named.get(number) or self.ids.run_id(number)

    def number_of(self, run_id: str) -> int | None:
        """Return the number of the run with this id, or None."""
        named = self._numbers.get(run_id)
        if named is not None:
            return named
        number = self.ids.number_of(run_id)
        known = number is not None and number < len(self) and number not in self._named
        return number if known else None

    def is_visible(self, number: int, *, now_ms: int) -> bool:
        """Return whether the run shows yet (docs: a run can take two to three minutes to appear)."""
        return self._visible_ms.get(number, 0) <= now_ms

    def status(self, number: int, *, now_ms: int) -> str:
        """Return the platform's word for the run's state."""
        return self.words[self.end[number]] if self.ends_ms[number] <= now_ms else "inProgress"

    def has_ended(self, number: int, *, now_ms: int) -> bool:
        """Return whether the run is over."""
        return self.status(number, now_ms=now_ms) not in _WAITING

    def updated_ms(self, number: int, *, now_ms: int) -> int:
        """Return when the run was last changed."""
        changed = max(self.created_ms[number], self.touched_ms.get(number, 0))
        ends_ms = self.ends_ms[number]
        return max(changed, ends_ms) if ends_ms <= now_ms else changed

    def etag(self, number: int, *, now_ms: int) -> str:
        """Return the run's etag, quotes included."""
        if number in self.etags and number not in self.touched_ms:
            return self.etags[number]
        return run_etag(self.id_of(number), updated_ms=self.updated_ms(number, now_ms=now_ms))

    def code(self, number: int) -> str:
        """Return the error code the run ends with, or empty."""
        return self.codes[self.error[number]]

    def code_number(self, code: str) -> int:
        """Return the number that stands for an error code in the columns."""
        if code not in self._code_numbers:
            self._code_numbers[code] = len(self.codes)
            self.codes.append(code)
        return self._code_numbers[code]

    def word_number(self, status: str) -> int:
        """Return the number that stands for a status in the columns; unknown words are kept verbatim."""
        if status not in self.words:
            self.words.append(status)
        return self.words.index(status)

    def root(self, number: int) -> int:
        """Return the run whose data this one covers: itself, unless it was re-triggered from another."""
        while number in self.copies:
            number = self.copies[number]
        return number
