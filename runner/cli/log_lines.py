"""Log lines on standard error, in the form that was asked for, also those of libraries and of Python itself."""

import logging
import sys

from runner.model.log_line import LogFormat, log_line
from runner.model.text import terminal_block

_OURS = "runner"


class _ToStandardError(logging.Handler):
    """Writes to whatever standard error is at the moment: a live display puts itself in its place while it draws."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001  # as logging's own handlers do
            self.handleError(record)


class _JsonLines(logging.Formatter):
    """One object a line; a traceback is part of the message."""

    def format(self, record: logging.LogRecord) -> str:
        return log_line(
            super().format(record),
            at_ms=round(record.created * 1000),
            level=record.levelname.lower(),
            action="logged",
            facts={"from": record.name},
        )


class _TextLines(logging.Formatter):
    """One line each, safe for a terminal; a traceback keeps its lines."""

    def format(self, record: logging.LogRecord) -> str:
        return terminal_block(super().format(record))


def set_up_logging(*, verbose: bool, log_format: LogFormat) -> None:
    """Have our own log lines, and the warnings of everybody else, written."""
    text = _TextLines("%(asctime)s %(name)s: %(message)s")
    handler = _ToStandardError()
    handler.setFormatter(_JsonLines() if log_format == "json" else text)
    logging.captureWarnings(True)  # noqa: FBT003  # its only argument
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(logging.DEBUG if verbose else logging.WARNING)
