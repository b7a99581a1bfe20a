"""What the system refuses is told with its cause; what a share lacks without harm is gone on without."""

import errno
import os
from collections.abc import Callable

import pytest

from runner.disk import (
    has_no_hard_links,
    reading_remedy,
    set_mode,
    sync_content,
    sync_names,
    writing_remedy,
)

NOT_KNOWN = [errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS]


def said(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def refusing(number: int) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise said(number)

    return refuse


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "Free some space there, or go elsewhere."),
        (errno.EDQUOT, "Free some space there, or go elsewhere."),
        (errno.EACCES, f"Let this user (uid {os.geteuid()}) write there, or go elsewhere."),
        (errno.EPERM, f"Let this user (uid {os.geteuid()}) write there, or go elsewhere."),
        (errno.EROFS, "mounted read-only: go elsewhere."),
        (errno.EFBIG, "ulimit -f"),
        (errno.EMFILE, "ulimit -n"),
        (errno.ENFILE, "ulimit -n"),
        (errno.EIO, "The disk or the share fails"),
        (errno.ESTALE, "The network share does not answer"),
        (errno.ENOMEM, "memory"),
        (errno.ENOTDIR, "go elsewhere."),
    ],
)
def test_the_remedy_of_a_write_fits_its_cause(number: int, words: str) -> None:
    assert words in writing_remedy(said(number), elsewhere="go elsewhere")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE, errno.ENOMEM])
def test_the_remedy_of_a_read_is_the_machines_where_the_fault_is(number: int) -> None:
    assert "permissions" not in reading_remedy(said(number), otherwise="Look at its permissions.")


def test_the_remedy_of_a_read_is_the_files_own_elsewhere() -> None:
    assert reading_remedy(said(errno.EACCES), otherwise="Look at it.") == "Look at it."


@pytest.mark.parametrize(
    "number", [*NOT_KNOWN, errno.EBADF, errno.EISDIR, errno.EACCES, errno.EPERM]
)
def test_a_folder_that_cannot_be_synced_is_gone_on_without(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fsync", refusing(number))
    sync_names(0)


@pytest.mark.parametrize("number", NOT_KNOWN)
def test_a_file_that_cannot_be_synced_where_nothing_can_be_is_gone_on_without(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fsync", refusing(number))
    sync_content(0)


@pytest.mark.parametrize("sync", [sync_names, sync_content])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.ESTALE])
def test_a_disk_that_fails_to_sync_is_an_error(
    monkeypatch: pytest.MonkeyPatch, sync: Callable[[int], None], number: int
) -> None:
    monkeypatch.setattr(os, "fsync", refusing(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        sync(0)


def test_a_file_that_is_not_open_is_a_bug_and_not_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refusing(errno.EBADF))
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        sync_content(0)


@pytest.mark.parametrize("number", [*NOT_KNOWN, errno.EPERM, errno.EACCES])
def test_a_share_without_modes_keeps_those_of_its_mount(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fchmod", refusing(number))
    set_mode(0, 0o600)


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS])
def test_a_mode_that_fails_to_be_set_is_an_error(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fchmod", refusing(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        set_mode(0, 0o600)


@pytest.mark.parametrize("number", [*NOT_KNOWN, errno.EPERM, errno.EMLINK])
def test_file_systems_without_hard_links_say_so_in_several_ways(number: int) -> None:
    assert has_no_hard_links(said(number))


@pytest.mark.parametrize("number", [errno.EEXIST, errno.ENOSPC, errno.EIO, errno.ENOENT])
def test_other_errors_do_not_mean_that(number: int) -> None:
    assert not has_no_hard_links(said(number))
