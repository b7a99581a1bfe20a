"""Count how many things each pattern of a list matches, and remember what things there are."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from runner.model.selected import PatternCount
from runner.model.words import SandboxName
from runner.selection.patterns import fits_widely

_MOST_WORDS = 10_000
_MOST_SHOWN = 5
_MOST_HINTS = 20
"""For so many patterns of a list that match nothing it is looked up what there is instead."""


@dataclass(slots=True)
class Counts:
    """What the patterns of one list matched, of things that are called by words."""

    patterns: Sequence[str]
    of: int = 0
    not_judged: int = 0
    _matched: list[int] = field(init=False)
    _words: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._matched = [0] * len(self.patterns)

    def take(self, hits: Iterable[bool], words: Iterable[str]) -> bool:
        """Count a thing by whether each pattern fits it, and by the words it is called; return whether any fits.

        A thing without words cannot be judged by them.
        """
        if not self.patterns:
            return False
        known = [word for word in words if word]
        self.of += 1
        self.not_judged += not known
        if len(self._words) < _MOST_WORDS:
            self._words |= dict.fromkeys(known)
        fits_any = False
        for number, hit in enumerate(hits):
            self._matched[number] += hit
            fits_any = fits_any or hit
        return fits_any

    def told(
        self,
        sandbox: SandboxName,
        key: str,
        *,
        thing: str,
        here_called: str,
        is_exclusion: bool = False,
    ) -> Iterator[PatternCount]:
        """Return the count of each pattern; of those that match nothing also what there is, the likeliest first."""
        hints = 0
        for pattern, matched in zip(self.patterns, self._matched, strict=True):
            needs_hint = not matched and hints < _MOST_HINTS
            hints += needs_hint
            here = self._nearest(pattern) if needs_hint else ()
            alike = self._but_for_case(pattern) if needs_hint and not is_exclusion else []
            yield PatternCount(
                sandbox=sandbox,
                key=key,
                pattern=pattern,
                matched=matched,
                of=self.of,
                thing=thing,
                not_judged=self.not_judged,
                but_for_case=tuple(alike[:_MOST_SHOWN]),
                but_for_case_more=len(alike[_MOST_SHOWN:]),
                here=here,
                here_called=here_called,
                here_more=len(self._words) - len(here) if here else 0,
                is_exclusion=is_exclusion,
            )

    def _but_for_case(self, pattern: str) -> list[str]:
        return [word for word in self._words if fits_widely(word, pattern)]

    def _nearest(self, pattern: str) -> tuple[str, ...]:
        """Return the words most like a pattern, by the triples of letters that they share; else the first seen."""
        wanted = _triples(pattern)
        alike = nlargest(
            _MOST_SHOWN,
            self._words,
            key=lambda word: len(wanted & _triples(word)) / (len(word) + 1),
        )
        return tuple(alike)


def _triples(text: str) -> frozenset[str]:
    text = f" {text.casefold()} "
    return frozenset(text[place : place + 3] for place in range(len(text) - 2))
