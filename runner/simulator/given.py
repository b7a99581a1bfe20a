"""Ask a parsed scenario for its keys by kind, and name the place of whatever does not fit.

The schema finds mistakes earlier and better; this is the border for values that never met it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn, TypeVar

from runner.errors import UsageError
from runner.simulator.amounts import Moment, duration_ms, moment

_REMEDY = "Compare it with the output of `retrigger schema scenario`."
_T = TypeVar("_T")


class Given:
    """One mapping of a scenario, at a named place. Every method raises UsageError for a value of another kind."""

    __slots__ = ("_asked", "_data", "at")

    def __init__(self, data: object, *, at: str) -> None:
        if not isinstance(data, Mapping):
            raise UsageError(f"{at}: a mapping is meant, and this is {data!r}.", remedy=_REMEDY)
        self._data = data
        self._asked: set[str] = set()
        self.at = at

    def has(self, key: str) -> bool:
        """Return whether the key is there."""
        return key in self._data

    def is_mapping(self, key: str) -> bool:
        """Return whether a mapping stands under the key."""
        return isinstance(self._data.get(key), Mapping)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default the key must be there."""
        value = self._value(key, default)
        return value if isinstance(value, str) else self._wrong(key, value, "a text")

    def choice(self, key: str, *words: str) -> str:
        """Return one of the words; the first is the default."""
        value = self.text(key, words[0])
        return value if value in words else self._wrong(key, value, " or ".join(words))

    def whole(self, key: str, default: int | None = None) -> int:
        """Return a whole number."""
        value = self._value(key, default)
        fits = isinstance(value, int) and not isinstance(value, bool)
        return (
            value if fits and isinstance(value, int) else self._wrong(key, value, "a whole number")
        )

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number."""
        value = self._value(key, default)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        return self._wrong(key, value, "a number")

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._value(key, default)
        return value if isinstance(value, bool) else self._wrong(key, value, "true or false")

    def milliseconds(self, key: str, default: str) -> int:
        """Return a duration in milliseconds."""
        return self._worded(key, default, duration_ms, "a duration like 30s")

    def moment(self, key: str, default: str | None = None) -> Moment:
        """Return a moment."""
        return self._worded(key, default, moment, "a time like -12h or 2026-11-20T02:00:00Z")

    def part(self, key: str) -> "Given":
        """Return the mapping under the key; an empty one when it is not there."""
        return Given(self._value(key, {}), at=f"{self.at}.{key}")

    def parts(self, key: str) -> "list[Given]":
        """Return the list of mappings under the key; empty when it is not there."""
        return [
            Given(entry, at=f"{self.at}.{key}[{number}]")
            for number, entry in enumerate(self._list(key))
        ]

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under the key; one text stands for a list of one."""
        value = self._value(key, ())
        entries = (value,) if isinstance(value, str) else self._list(key)
        wrong = next((entry for entry in entries if not isinstance(entry, str)), None)
        if wrong is not None:
            self._wrong(key, wrong, "a text")
        return tuple(str(entry) for entry in entries)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return the list of whole numbers under the key; one number stands for a list of one."""
        value = self._value(key, ())
        entries = (value,) if isinstance(value, int) else self._list(key)
        numbers = tuple(entry for entry in entries if isinstance(entry, int))
        return numbers if len(numbers) == len(entries) else self._wrong(key, value, "whole numbers")

    def weights(self, key: str, default: Mapping[str, float]) -> dict[str, float]:
        """Return words with the weight of each."""
        part = Given(self._value(key, default), at=f"{self.at}.{key}")
        return {str(word): part.number(str(word)) for word in part._data}

    def named(self) -> tuple[str, "Given"]:
        """Return the only key and the mapping under it, for a choice written as ``{word: {...}}``."""
        if len(self._data) != 1:
            raise UsageError(f"{self.at}: exactly one key is meant.", remedy=_REMEDY)
        (key,) = self._data
        return str(key), self.part(str(key))

    def finish(self) -> None:
        """Raise UsageError when the mapping holds a key that was never asked for."""
        unknown = sorted(str(key) for key in self._data if key not in self._asked)
        if unknown:
            raise UsageError(f"{self.at}: unknown key {', '.join(unknown)}.", remedy=_REMEDY)

    def _value(self, key: str, default: object) -> object:
        self._asked.add(key)
        value: object = self._data.get(key, default)
        if value is None:
            raise UsageError(f"{self.at}.{key} is missing.", remedy=_REMEDY)
        return value

    def _list(self, key: str) -> Sequence[object]:
        value = self._value(key, ())
        if isinstance(value, (list, tuple)):
            return value
        return self._wrong(key, value, "a list")

    def _worded(self, key: str, default: str | None, read: Callable[[str], _T], meant: str) -> _T:
        word = self.text(key, default)
        try:
            return read(word)
        except ValueError:
            return self._wrong(key, word, meant)

    def _wrong(self, key: str, value: object, meant: str) -> NoReturn:
        raise UsageError(
            f"{self.at}.{key}: {meant} is meant, and this is {value!r}.", remedy=_REMEDY
        )
