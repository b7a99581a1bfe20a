"""Find the runs a spec asks for, and split them into chosen and passed over, each with its reason."""

from runner.selection.eligibility import Known, Verdict, judge
from runner.selection.matching import frozen
from runner.selection.newest import look_at_sources
from runner.selection.stream import Page, Platform, Selector, found_by_id

__all__ = [
    "Known",
    "Page",
    "Platform",
    "Selector",
    "Verdict",
    "found_by_id",
    "frozen",
    "judge",
    "look_at_sources",
]
