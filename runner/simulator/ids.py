"""Names for things, made from the seed: the same seed gives the same ids.

A made-up run's id is computed from its number and can be turned back into it, so that a million runs need no table
of ids.
"""

from hashlib import blake2b

_BITS = 1 << 48
_ODD = 0x5DEECE66D  # any odd number has an inverse modulo a power of two
_BACK = pow(_ODD, -1, _BITS)
_UUID_LENGTH = 36
_LAST_PART = 24
_FRACTION_BITS = 53


class Ids:
    """The ids of one simulated platform."""

    __slots__ = ("_key", "_mask")

    def __init__(self, *, seed: int) -> None:
        self._key = blake2b(str(seed).encode(), digest_size=32).digest()
        self._mask = int.from_bytes(self._key[:6], "big")

    def run_id(self, number: int) -> str:
        """Return the id of the made-up run with this number, from 0 up."""
        mixed = blake2b(number.to_bytes(6, "big"), key=self._key, digest_size=10).hexdigest()
        return f"{_head(mixed)}-{((number + 1) * _ODD ^ self._mask) % _BITS:012x}"

    def number_of(self, run_id: str) -> int | None:
        """Return the number whose id this is, or None. Upper-case spellings are other ids."""
        if len(run_id) != _UUID_LENGTH:
            return None
        try:
            number = (int(run_id[_LAST_PART:], 16) ^ self._mask) * _BACK % _BITS - 1
        except ValueError:
            return None
        return number if number >= 0 and self.run_id(number) == run_id else None

    def made(self, *parts: object) -> str:
        """Return the id that belongs to these words, in the shape of a UUID."""
        mixed = self._digest(parts, size=16).hex()
        return f"{_head(mixed)}-{mixed[20:]}"

    def word(self, *parts: object, length: int) -> str:
        """Return that many hexadecimal digits that belong to these words."""
        return self._digest(parts, size=(length + 1) // 2).hex()[:length]

    def fraction(self, *parts: object) -> float:
        """Return a number from 0 up to 1 that belongs to these words: chance that can be repeated."""
        return (int.from_bytes(self._digest(parts, size=8), "big") >> 11) / (1 << _FRACTION_BITS)

    def _digest(self, parts: tuple[object, ...], *, size: int) -> bytes:
        words = "\x1f".join(map(str, parts)).encode()
        return blake2b(words, key=self._key, digest_size=size).digest()


def _head(mixed: str) -> str:
    variant = "89ab"[int(mixed[15], 16) & 3]
    return f"{mixed[:8]}-{mixed[8:12]}-4{mixed[12:15]}-{variant}{mixed[16:19]}"


def run_etag(run_id: str, *, updated_ms: int) -> str:
    """Return the etag of a run as it was last changed; the double quotes are part of it (docs: update-dataflows)."""
    return f'"{run_id[:4]}{updated_ms % 65536:04x}-0000-0200-0000-{updated_ms // 1000:08x}0000"'
