"""Keep standard output and standard error usable whatever becomes of their readers.

A reader that went away (``retrigger status | head``), a closed stream or a full disk may cost what was to be read, and
never the work or its exit code. So what cannot be written is dropped at the lowest place there is: no command, no
library and no last flush of the interpreter ever meets the failure.
"""

import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD = 2
"""The highest of the three standard descriptors."""
_READER_GONE = frozenset({errno.EPIPE, errno.ECONNRESET})


class EnduringFile(io.FileIO):
    """A descriptor that takes everything, and drops it from the first failure on."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write what can be written; a full pipe that does not block is waited for."""
        if self.failure is None:
            try:
                while (written := super().write(data)) is None:
                    select.select([], [self.fileno()], [])
            except OSError as failure:
                self.failure = failure
            else:
                return written
        return memoryview(data).nbytes


def endure() -> EnduringFile:
    """Put streams that endure in the place of the standard ones; return the file below standard output."""
    _open_what_is_closed()
    out = EnduringFile(1)
    sys.stdout = _text(out, like=sys.stdout)
    sys.stderr = _text(EnduringFile(2), like=sys.stderr)
    return out


def what_was_lost(out: EnduringFile) -> str:
    """Flush standard output; return why not all of it could be written, and nothing where its reader just went away."""
    sys.stdout.flush()
    if out.failure is None or out.failure.errno in _READER_GONE:
        return ""
    return out.failure.strerror or str(out.failure)


def _open_what_is_closed() -> None:
    """Open nothing in the place of closed standard descriptors: else the journal's file could become one of them."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD:
        pass
    os.close(descriptor)


def _text(file: EnduringFile, *, like: TextIO | None) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=like.encoding if like else "utf-8",
        errors="backslashreplace",  # a sign that the terminal cannot show must not end a command
        line_buffering=file.fileno() == _STANDARD or file.isatty(),
    )
