"""What a selection tells beyond the runs themselves: what each pattern matched, and what left the filters empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from runner.model.spec import Window
from runner.model.words import SandboxName


class Left(StrEnum):
    """Why a run that was listed is not asked for by a filter, as words that follow a count."""

    OTHER_TIME = "outside the window"
    OTHER_STATUS = "of another status"
    OTHER_FLOW = "of other flows"
    OTHER_ERROR = "with other errors"
    NO_TIME = "without a time"
    NO_STATUS = "without a status"
    NO_FLOW = "without a flow"
    NO_ERROR = "without an error"
    NO_COUNT = "successful without a count of records"

    @property
    def is_doubt(self) -> bool:
        """Whether it could have been asked for: the platform does not say what the filter needs."""
        return self in _DOUBTS


_DOUBTS = frozenset({Left.NO_TIME, Left.NO_STATUS, Left.NO_FLOW, Left.NO_ERROR, Left.NO_COUNT})


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternCount:
    """How many things one pattern of a spec matched."""

    sandbox: SandboxName
    key: str
    """Where it stands in the sandbox: ``filters[1].flows.names``."""
    pattern: str
    matched: int
    of: int
    thing: str
    """What was counted: ``flow``, ``flow with runs found``, ``run``."""
    not_judged: int = 0
    """Things of which the platform does not say what the pattern is about."""
    but_for_case: tuple[str, ...] = ()
    """Where an inclusion matched nothing: some of what it would, if case and blanks did not count."""
    but_for_case_more: int = 0
    """How much more that is."""
    here: tuple[str, ...] = ()
    """Where nothing matched: some of what there is, the likeliest first."""
    here_called: str = ""
    """What that is: ``connectors``."""
    here_more: int = 0
    """How much more there is."""
    is_exclusion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdsCount:
    """How many ids of a list of them are there."""

    sandbox: SandboxName
    key: str
    ids: int
    there: int
    where: str
    """Where they were looked for: ``among the runs found``."""
    missing: tuple[str, ...]
    """Some of those that are not there."""
    not_judged: int = 0
    """Those that could not be looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCount:
    """What one filter made of the runs that were listed for it."""

    sandbox: SandboxName
    number: int
    statuses: tuple[str, ...]
    window: Window
    looked_at: int
    taken: int
    left: Mapping[Left, int]
    statuses_left: Mapping[str, int] = field(default_factory=dict)
    """The other statuses, counted."""
    flows: int | None = None
    """How many flows were asked for; None: every one."""
    newest: "FilterCount | None" = None
    """Where nothing was listed at all: what the filter makes of the sandbox's newest runs. None: not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionFacts:
    """What the selection of all sandboxes tells."""

    patterns: tuple[PatternCount, ...] = ()
    ids: tuple[IdsCount, ...] = ()
    filters: tuple[FilterCount, ...] = ()

    @classmethod
    def of_all(cls, sandboxes: Sequence[Self]) -> Self:
        """Return what the selections of several sandboxes tell together."""
        return cls(
            patterns=tuple(one for facts in sandboxes for one in facts.patterns),
            ids=tuple(one for facts in sandboxes for one in facts.ids),
            filters=tuple(one for facts in sandboxes for one in facts.filters),
        )
