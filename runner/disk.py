"""What it means that the operating system refuses a file or a folder, and what a file system may lack without harm.

The one home of remedies for ``OSError``: advice that does not fit sends somebody after the wrong fault at 3 a.m.
"""

import errno
import os
import resource


def _numbers(names: str) -> frozenset[int]:
    """Return the error numbers of these names, as far as this system has them."""
    return frozenset(getattr(errno, name) for name in names.split() if hasattr(errno, name))


_ALL_OPEN = _numbers("EMFILE ENFILE")
_NO_ROOM = _numbers("ENOSPC EDQUOT")
_NOT_ALLOWED = _numbers("EACCES EPERM")
_FAILING = _numbers("EIO ENXIO ENODEV EREMOTEIO EUCLEAN")
_AWAY = _numbers(
    "ESTALE ETIMEDOUT EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENOTCONN ECONNRESET ECONNABORTED"
)
_NOT_KNOWN = _numbers("EINVAL ENOTSUP EOPNOTSUPP ENOSYS EBADF ENOTTY")
"""What a file system answers to a call that it does not know."""


def reading_remedy(error: OSError, *, otherwise: str) -> str:
    """Return what to do where something cannot be read; ``otherwise`` where it is the file's own fault."""
    return _machines_remedy(error.errno) or otherwise


def writing_remedy(error: OSError, *, elsewhere: str) -> str:
    """Return what to do where something cannot be written; ``elsewhere`` says how to name another place."""
    if remedy := _machines_remedy(error.errno):
        return remedy
    match error.errno:
        case number if number in _NO_ROOM:
            return f"Free some space there, or {elsewhere}."
        case number if number in _NOT_ALLOWED:
            return f"Let this user (uid {os.geteuid()}) write there, or {elsewhere}."
        case errno.EROFS:
            return f"It is mounted read-only: {elsewhere}."
        case errno.EFBIG:
            return f"Raise the limit on the size of files (ulimit -f), or {elsewhere}."
        case _:
            return f"Free some space, mend the permissions, or {elsewhere}."


def all_are_open() -> str:
    """Return what to do where no further file can be opened."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        f"Too many files are open (this process may open {most}): raise the limit (ulimit -n), or end what holds "
        "them, then run it again."
    )


def _machines_remedy(number: int | None) -> str:
    """Return the remedy where the fault is not with this file but with the machine, or nothing."""
    if number in _ALL_OPEN:
        return all_are_open()
    if number in _FAILING:
        return (
            "The disk or the share fails: see the system's log, and mend it before anything else."
        )
    if number in _AWAY:
        return "The network share does not answer: see that it is mounted and its server is there."
    if number == errno.ENOMEM:
        return "There is not enough memory: free some, then run it again."
    return ""


def is_not_known(error: OSError) -> bool:
    """Whether a file system does not know a call at all, as shares (SMB, FUSE, NFS) and exFAT do not know some."""
    return error.errno in _NOT_KNOWN


def sync_names(folder: int) -> None:
    """Make the names in an opened folder durable, where its file system can.

    One that cannot sync a folder has no other way either, and the files themselves are synced: SQLite goes on then too.
    """
    try:
        os.fsync(folder)
    except OSError as error:
        if not is_not_known(error) and error.errno not in (errno.EISDIR, *_NOT_ALLOWED):
            raise


def sync_content(file: int) -> None:
    """Make a file's content durable, where its file system can. For what the journal can give again."""
    try:
        os.fsync(file)
    except OSError as error:
        if not is_not_known(error) or error.errno == errno.EBADF:
            raise


def set_mode(descriptor: int, mode: int) -> None:
    """Set who may use a file of ours, where its file system knows: on a share that does not, its mount says."""
    try:
        os.fchmod(descriptor, mode)
    except OSError as error:
        if not is_not_known(error) and error.errno not in _NOT_ALLOWED:
            raise


def has_no_hard_links(error: OSError) -> bool:
    """Whether an error means that a file system knows no hard links, or gives no further one."""
    return is_not_known(error) or error.errno in (errno.EMLINK, errno.EXDEV, *_NOT_ALLOWED)
