"""The streams that endure, and how standard error is to look."""

import errno
import io
import os
import threading

import pytest

from runner.cli.main import log_format_of
from runner.cli.streams import EnduringFile


def test_what_is_written_arrives() -> None:
    reader, writer = os.pipe()
    with EnduringFile(writer) as file, os.fdopen(reader, "rb") as received:
        assert file.write(b"one\n") == 4
        os.close(writer)
        assert received.read() == b"one\n"
        assert file.failure is None


def test_the_first_failure_is_kept_and_everything_after_it_dropped() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    file = EnduringFile(writer)
    text = io.TextIOWrapper(io.BufferedWriter(file), encoding="utf-8", write_through=True)

    text.write("lost\n")
    text.flush()
    text.write("lost too\n")
    text.close()

    assert file.failure is not None
    assert file.failure.errno == errno.EPIPE
    os.close(writer)


def test_a_full_pipe_that_does_not_block_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    content = b"x" * (1 << 20)  # more than a pipe holds
    received = bytearray()

    def read() -> None:
        while piece := os.read(reader, 1 << 16):
            received.extend(piece)

    reading = threading.Thread(target=read)
    reading.start()
    buffered = io.BufferedWriter(EnduringFile(writer))
    buffered.write(content)
    buffered.flush()
    os.close(writer)
    reading.join()
    os.close(reader)

    assert bytes(received) == content


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], "text"),
        (["apply", "x", "--log-format", "json"], "json"),
        (["apply", "--log-format=json", "x"], "json"),
        (["--log-format", "json", "--log-format", "text"], "text"),
        (["apply", "--log-format"], "text"),
        (["apply", "json"], "text"),
    ],
)
def test_how_standard_error_looks_is_known_before_the_command_line_is_understood(
    words: list[str], found: str
) -> None:
    assert log_format_of(words) == found
