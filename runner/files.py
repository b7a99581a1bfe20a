"""Write a file whole or not at all, readable by its owner only.

Everything happens relative to one opened folder, so a folder swapped for a link meanwhile changes nothing, and a link
planted under a file's name is replaced rather than followed.
"""

import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from runner.disk import set_mode, sync_content, sync_names, writing_remedy
from runner.errors import CannotWrite, UsageError

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_BUFFER_BYTES = 1 << 17
_TRIED_BYTES = 4096


class Folder:
    """An opened folder in which files appear whole or not at all."""

    def __init__(self, path: Path, *, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def write(self, name: str, *, fill: Callable[[TextIO], None]) -> Path:
        """Let ``fill`` write the file's text (UTF-8, line ends as given) and put it in place under ``name``.

        On any error the file that was there before stays as it was. Raises CannotWrite where the disk refuses.
        """

        def encoded(file: BinaryIO) -> None:
            # backslashreplace: a stray surrogate must cost one character, not the report.
            text = TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
            fill(text)
            text.flush()
            text.detach()

        return self.write_bytes(name, fill=encoded)

    def write_bytes(self, name: str, *, fill: Callable[[BinaryIO], None]) -> Path:
        """Let ``fill`` write the file's bytes and put it in place under ``name``; as ``write`` in all else."""
        with _disk_errors(self._path / name):
            temporary = f".{name}.{secrets.token_hex(6)}.tmp"
            try:
                self._fill(temporary, fill=fill)
                os.replace(
                    temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor
                )
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=self._descriptor)
                raise
            sync_names(self._descriptor)
        return self._path / name

    def _fill(self, temporary: str, *, fill: Callable[[BinaryIO], None]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, _FILE_MODE, dir_fd=self._descriptor)
        with open(descriptor, "wb", buffering=_BUFFER_BYTES) as file:  # noqa: PTH123  # it opens a descriptor
            set_mode(descriptor, _FILE_MODE)  # whatever the umask took away
            fill(file)
            file.flush()
            sync_content(descriptor)


@contextmanager
def opened_folder(path: Path, *, ours: bool) -> Iterator[Folder]:
    """Make ``path`` (0700, its parents too where they are missing) and open it for writing.

    ``ours``: the folder belongs to this program alone, so it is closed to others and must not be a link. Else it is
    somebody's folder, and stays as it is.

    Raises UsageError where it is a link or no folder, CannotWrite where the disk refuses.
    """
    with _disk_errors(path):
        if ours:
            _refuse_what_is_no_folder(path)
        _make(path)
        no_link = os.O_NOFOLLOW if ours else 0
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | no_link)
    try:
        with _disk_errors(path):
            if ours and os.fstat(descriptor).st_uid == os.geteuid():
                set_mode(descriptor, _FOLDER_MODE)
        yield Folder(path, descriptor=descriptor)
    finally:
        os.close(descriptor)


def try_folder(path: Path) -> None:
    """Write a file without a name into a folder, or into the nearest one above it that is there, and let it go.

    Nothing is left behind. Raises OSError where the disk refuses.
    """
    folder = next(one for one in (path, *path.parents) if one.exists())
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(_TRIED_BYTES))
        file.flush()
        sync_content(file.fileno())


def _make(path: Path) -> None:
    # One by one: ``mkdir(parents=True)`` leaves the parents it makes open to others.
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)


def _refuse_what_is_no_folder(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise UsageError(
            f"{path}: is a symbolic link, and reports are not written through links.",
            remedy="Remove the link or give another report directory.",
        )
    if not stat.S_ISDIR(mode):
        raise UsageError(f"{path}: is not a folder.", remedy="Give another report directory.")


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fact = f"{path}: cannot be written ({error.strerror or error})."
        raise CannotWrite(
            fact, remedy=writing_remedy(error, elsewhere="give another folder")
        ) from error
