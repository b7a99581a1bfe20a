"""How others' words, times and durations are written where a person reads them.

Pure functions. What the platform says is kept verbatim in values and made safe here, at the moment it is shown.
Rules of one file format (a spreadsheet's formulas, Markdown, XML) belong to the report room.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

# Controls, escapes, bidirectional overrides, characters without a shape, lone surrogates and noncharacters. Spelled out
# rather than asked of ``str.isprintable``, whose answer changes with Python's edition of Unicode: the same journal must
# give the same bytes. U+FE0E and U+FE0F are left alone: they only choose the look of the sign before them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0d"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# Build servers read commands out of logs: ``::error::`` at the start of a line (GitHub; it trims blanks first), and
# ``##[...]``, ``##vso[...]``, ``##teamcity[...]`` anywhere (Azure DevOps, TeamCity).
_COMMAND_AT_START = re.compile(r"^(\s*:)(?=:)")
COMMAND_ANYWHERE = re.compile(r"##(?=[A-Za-z]*\[)")

_LONGEST_LINE = 300


def visible(text: str) -> str:
    r"""Return ``text`` on one line, with controls and invisible characters spelled out, like ``\x1b`` or ``\u202e``."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    if code <= 0xFF:  # noqa: PLR2004  # the last code that \xNN can spell
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # likewise \uNNNN


def terminal(text: str) -> str:
    """Return ``text`` as one line that neither a terminal nor a build server's log obeys."""
    shown = _COMMAND_AT_START.sub(r"\1 ", visible(text))
    return COMMAND_ANYWHERE.sub("## ", shown)


def json_for_logs(line: str) -> str:
    """Return JSON that means the same and holds no ``##``, which begins a build server's command in any line."""
    return line.replace("##", "#\\u0023") if "##" in line else line


def terminal_block(text: str) -> str:
    """Return ``text`` with its line breaks kept and each of its lines made safe."""
    return "\n".join(terminal(line) for line in text.split("\n"))


def shortened(text: str, *, longest: int) -> str:
    """Return ``text`` cut to ``longest`` characters, the last of them an ellipsis where it was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def counted(count: int, thing: str) -> str:
    """Return ``1 run`` or ``1,234 runs``."""
    return f"1 {thing}" if count == 1 else f"{count:,} {thing}s"


def brief(text: str) -> str:
    """Return ``text`` as one harmless line of a sensible length, for a terminal."""
    return terminal(shortened(text, longest=_LONGEST_LINE))


# Reports write two times a row, by the million: looking up is four times as fast as formatting.
_FRACTIONS = tuple(f".{milliseconds:03d}Z" for milliseconds in range(1000))


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")


def iso_time(epoch_ms: int | None) -> str:
    """Return ``2026-11-20T02:00:00.123Z`` for epoch milliseconds, and nothing for None."""
    if epoch_ms is None:
        return ""
    seconds, milliseconds = divmod(epoch_ms, 1000)
    return _second(seconds) + _FRACTIONS[milliseconds]


def iso_second(epoch_ms: int) -> str:
    """Return ``2026-11-20T02:00:00`` in UTC, for readers that trip over fractions and zones."""
    return _second(epoch_ms // 1000)


def clock_time(epoch_ms: int) -> str:
    """Return ``02:00:00Z``, the time of day in UTC."""
    return _second(epoch_ms // 1000)[11:] + "Z"


def until_time(epoch_ms: int, *, now_ms: int) -> str:
    """Return the time of day of a moment that is near, ``08:25:31Z``, and the day too where it is another one."""
    is_today = _second(epoch_ms // 1000)[:10] == _second(now_ms // 1000)[:10]
    return clock_time(epoch_ms) if is_today else person_time(epoch_ms)


def person_time(epoch_ms: int | None) -> str:
    """Return ``2026-11-20 02:00:00 UTC``, and ``not yet`` for None."""
    if epoch_ms is None:
        return "not yet"
    return _second(epoch_ms // 1000).replace("T", " ") + " UTC"


def span_text(from_ms: int | None, to_ms: int | None) -> str:
    """Return ``2026-11-20 02:00–03:00`` in UTC, with seconds where there are any; nothing where no end is known."""
    ends = [_second(ms // 1000).replace("T", " ") for ms in (from_ms, to_ms) if ms is not None]
    if all(end.endswith(":00") for end in ends):
        ends = [end.removesuffix(":00") for end in ends]
    if len(ends) < 2:  # noqa: PLR2004  # a span has two ends
        return "".join(f"{'until' if from_ms is None else 'from'} {end}" for end in ends)
    begins, ends_at = ends
    day, _, clock = ends_at.partition(" ")
    return f"{begins}–{clock if begins.startswith(day) else ends_at}"


def duration_text(seconds: float) -> str:
    """Return ``0.4s``, ``12s``, ``1m20s``, ``2h05m`` or ``3d04h``: two units at most, cut and not rounded."""
    if seconds < 1:
        return f"{int(max(seconds, 0.0) * 10) / 10:g}s"
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return f"{rest}s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}m{rest:02d}s"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h" if days else f"{hours}h{minutes:02d}m"
