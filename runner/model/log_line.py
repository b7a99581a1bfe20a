r"""One line of ``--log-format json``: an object that says when, how grave, what happened, and the words for a person.

Pure. Everything outside printable ASCII is written as ``\uNNNN``, so that the line is harmless in a terminal too, as is
the second of two ``#``, so that it is in a build's log.
"""

import json
from collections.abc import Mapping
from typing import Literal

from runner.model.text import iso_time, json_for_logs

Level = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]


def log_line(
    message: str, *, at_ms: int, level: str, action: str, facts: Mapping[str, object]
) -> str:
    """Return the object, without a line break; ``action`` is a stable word that programs can tell messages by."""
    head = {"time": iso_time(at_ms), "level": level, "action": action, "message": message}
    return json_for_logs(json.dumps({**head, **facts}))
