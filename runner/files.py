"""Write a file whole or not at all, readable by its owner only.

Everything happens relative to one opened folder, so a folder swapped for a link meanwhile changes nothing, and a link
planted under a file's name is replaced rather than followed.
"""

import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
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

    @property
    def path(self) -> Path:
        """Where it was when it was opened."""
        return self._path

    def write(self, name: str, *, fill: Callable[[TextIO], None]) -> Path:
        """Let ``fill`` write the file's text (UTF-8, line ends as given) and put it in place under ``name``.

        On any error the file that was there before stays as it was. Raises CannotWrite where the disk refuses.
        """
        return self.write_all([(name, fill)])[0]

    def write_all(self, files: Iterable[tuple[str, Callable[[TextIO], None]]]) -> tuple[Path, ...]:
        """Write several files as ``write`` does, all or none: none has its place before all of them are on disk."""
        return self._put([(name, partial(_encoded, fill)) for name, fill in files])

    def write_bytes(self, name: str, *, fill: Callable[[BinaryIO], None]) -> Path:
        """Let ``fill`` write the file's bytes and put it in place under ``name``; as ``write`` in all else."""
        return self._put([(name, fill)])[0]

    def _put(self, files: Sequence[tuple[str, Callable[[BinaryIO], None]]]) -> tuple[Path, ...]:
        token = secrets.token_hex(6)
        temporaries = [f".{name}.{token}.tmp" for name, _ in files]
        try:
            for temporary, (name, fill) in zip(temporaries, files, strict=True):
                with _disk_errors(self._path / name):
                    self._fill(temporary, fill=fill)
            for temporary, (name, _) in zip(temporaries, files, strict=True):
                with _disk_errors(self._path / name):
                    self._name(temporary, name)
        except BaseException:
            for temporary in temporaries:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=self._descriptor)
            raise
        with _disk_errors(self._path):
            sync_names(self._descriptor)
        return tuple(self._path / name for name, _ in files)

    def _name(self, temporary: str, name: str) -> None:
        os.replace(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

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
    folder = _nearest(path)
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(_TRIED_BYTES))
        file.flush()
        sync_content(file.fileno())


@contextmanager
def scratch_folder(prefix: str, *, elsewhere: Sequence[Path]) -> Iterator[Path]:
    """Give a folder for what need not last, and remove it in the end.

    It is made where temporary files are put, and ``elsewhere`` where none can be written there. Raises CannotWrite,
    with all that was tried, where there is no such place.
    """
    with tempfile.TemporaryDirectory(prefix=prefix, dir=_place_for_scratch(elsewhere)) as folder:
        yield Path(folder)


def _place_for_scratch(elsewhere: Sequence[Path]) -> Path:
    tried: list[str] = []
    for place in (None, *elsewhere):
        try:
            folder = Path(tempfile.gettempdir()) if place is None else _nearest(place)
            try_folder(folder)
        except OSError as error:
            tried.append(_why(error, place))
        else:
            return folder
    raise CannotWrite(
        f"no folder for temporary files can be written. Tried: {'; '.join(tried)}.",
        remedy="Name one that can be written and has room: TMPDIR=/path.",
    )


def _why(error: OSError, place: Path | None) -> str:
    """Return what was tried, and what was said; Python names the usual places itself where none of them will do."""
    return f"{place or tempfile.tempdir or 'the usual'} ({error.strerror or error})"


def _nearest(path: Path) -> Path:
    """Return a folder, or the nearest one above it that is there."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())


def _encoded(fill: Callable[[TextIO], None], file: BinaryIO) -> None:
    # backslashreplace: a stray surrogate must cost one character, not the report.
    text = TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    fill(text)
    text.flush()
    text.detach()


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
