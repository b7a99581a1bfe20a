"""A plan's file: JSON Lines with header, one pinned run a line, and a footer with count and hash.

Read whole or refused: ``PlanRefused`` says what is wrong. It streams both ways; a plan of a million runs is never in
memory. The runs passed over are in a second file beside it, whose hash the footer holds.

The footer's ``sha256`` covers every byte before the footer's line, and then that line itself as it is with an empty
``sha256``: so nothing in the file can be changed alone. It guards against accidents and edits, not against somebody
who computes it anew.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

from runner.disk import reading_remedy
from runner.errors import PlanRefused
from runner.files import opened_folder
from runner.model.plan import PassedOver, PlanEnds, PlanFooter, PlanHeader, PlannedRun
from runner.plan import lines

PLAN_VERSION = 1
_MAKE_ANEW = "Make a new one from its spec."
_RESTORE = "Restore it, or remove it: the plan can be applied without it."
_LONGEST_LINE_BYTES = 1 << 27
"""Longer than any line of ours (the header holds a whole spec); what is no plan must not fill the memory."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A plan file that was read to its end and found whole."""

    path: Path
    header: PlanHeader
    footer: PlanFooter
    sha256: str
    """Of the whole file: names this very plan."""

    def runs(self) -> Iterator[PlannedRun]:
        """Stream the runs again; raises PlanRefused when the file is no longer the one that was checked."""
        digest = hashlib.sha256()
        for number, raw in _lines(self.path):
            digest.update(raw)
            if 1 < number <= self.footer.runs + 1:
                yield _run(raw, self.path, number)
        _refuse_changed(self.path, digest.hexdigest(), expected=self.sha256)

    def ends(self) -> PlanEnds:
        """Return its first and its last line as they stand in the file."""
        with _refusing_unreadable(self.path), self.path.open("rb") as file:
            header = _decoded(file.readline(_LONGEST_LINE_BYTES), self.path, 1)
        return PlanEnds(header=header.removesuffix("\n"), footer=lines.footer_line(self.footer))

    def copy_to(self, path: Path) -> None:
        """Write the very bytes of the plan to ``path``, and beside it those of its passed-over file, if there is one.

        Each appears whole or not at all. Raises PlanRefused when one of them is no longer the one that was checked,
        and CannotWrite.
        """
        beside = read_passed_over(self)
        with opened_folder(path.parent, ours=False) as folder:
            if beside.present:
                copy = partial(_copy, beside.path, expected=beside.sha256)
                folder.write_bytes(passed_over_path(path).name, fill=copy)
            folder.write_bytes(path.name, fill=partial(_copy, self.path, expected=self.sha256))


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOverFile:
    """The file beside a plan that holds the passed-over runs; absent where it was not brought along."""

    path: Path
    present: bool
    sha256: str
    """Of the file as it was made with the plan."""

    def runs(self) -> Iterator[PassedOver]:
        """Stream the passed-over runs; none when the file is not there. Raises PlanRefused when it was changed."""
        if not self.present:
            return
        digest = hashlib.sha256()
        for number, raw in _lines(self.path):
            digest.update(raw)
            try:
                yield lines.passed_over_of(_decoded(raw, self.path, number))
            except lines.BadLine as error:
                raise PlanRefused(f"{self.path}:{number}: {error}.", remedy=_RESTORE) from error
        _refuse_changed(self.path, digest.hexdigest(), expected=self.sha256)


def passed_over_path(plan: Path) -> Path:
    """Return where the passed-over runs of a plan are: ``x.jsonl`` has ``x.passed-over.jsonl`` beside it."""
    stem = plan.name.removesuffix(".jsonl")
    return plan.with_name(f"{stem}.passed-over.jsonl")


def write_plan(
    path: Path, header: PlanHeader, *, runs: Iterable[PlannedRun], passed_over: Iterable[PassedOver]
) -> PlanFile:
    """Write a plan and the file beside it, each whole or not at all; raises CannotWrite."""
    beside, body = _Tally(), _Tally()
    footers: list[PlanFooter] = []

    def fill(file: TextIO) -> None:
        written = chain([lines.header_line(header)], map(lines.run_line, runs))
        file.writelines(map(body.counted, written))
        footer = PlanFooter(
            runs=body.lines - 1,
            sha256="",
            passed_over=beside.lines,
            passed_over_sha256=beside.digest.hexdigest(),
        )
        footers.append(replace(footer, sha256=_sealed(body.digest, footer)))
        file.write(body.counted(lines.footer_line(footers[0])))

    with opened_folder(path.parent, ours=False) as folder:
        second = map(lines.passed_over_line, passed_over)
        folder.write(
            passed_over_path(path).name,
            fill=lambda file: file.writelines(map(beside.counted, second)),
        )
        folder.write(path.name, fill=fill)
    return PlanFile(path=path, header=header, footer=footers[0], sha256=body.digest.hexdigest())


def read_plan(path: Path) -> PlanFile:
    """Read a plan to its end; raises PlanRefused unless it is whole and unaltered."""
    reading = _Reading(path)
    for number, raw in _lines(path):
        reading.take(number, raw)
    if reading.header is None:
        raise PlanRefused(f"{path}: the file is empty: this is not a plan.", remedy=_MAKE_ANEW)
    footer = reading.footer
    if footer is None:
        raise PlanRefused(f"{path}: the plan has no footer: it was cut off.", remedy=_MAKE_ANEW)
    if footer.runs != reading.runs or footer.sha256 != _sealed(reading.body, footer):
        fact = f"{path}: the plan was altered after it was made: its hash does not fit."
        raise PlanRefused(fact, remedy=_MAKE_ANEW)
    return PlanFile(
        path=path, header=reading.header, footer=footer, sha256=reading.whole.hexdigest()
    )


def read_forecast(path: Path) -> float | None:
    """Return how many seconds a plan was expected to take; None where it does not say, or cannot be read."""
    try:
        with path.open("rb") as file:
            return lines.header_of(
                file.readline(_LONGEST_LINE_BYTES).decode("ascii")
            ).expected_seconds
    except (OSError, UnicodeDecodeError, lines.BadLine):
        return None  # it is told beside what it took, and nothing depends on it


def read_passed_over(plan: PlanFile) -> PassedOverFile:
    """Find the file beside a plan; raises PlanRefused when it is there and is not the one made with the plan."""
    path = passed_over_path(plan.path)
    expected = plan.footer.passed_over_sha256
    present = path.is_file()
    if present and _hash_of(path) != expected:
        raise PlanRefused(
            f"{path}: this file was altered, or belongs to another plan than {plan.path.name}.",
            remedy=_RESTORE,
        )
    return PassedOverFile(path=path, present=present, sha256=expected)


@dataclass(slots=True)
class _Tally:
    """Counts and hashes lines as they pass."""

    lines: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def counted(self, line: str) -> str:
        self.lines += 1
        ended = f"{line}\n"
        self.digest.update(ended.encode())
        return ended


@dataclass(slots=True)
class _Reading:
    """What is known of a plan while its lines pass."""

    path: Path
    header: PlanHeader | None = None
    footer: PlanFooter | None = None
    runs: int = 0
    body: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    """Of what is before the footer."""
    whole: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def take(self, number: int, raw: bytes) -> None:
        self.whole.update(raw)
        if self.footer is not None:
            raise PlanRefused(
                f"{self.path}:{number}: there is more after the footer.", remedy=_MAKE_ANEW
            )
        if self.header is None:
            self.header = _header(_decoded(raw, self.path, number), self.path)
        elif lines.is_footer(raw):
            self.footer = _footer(_decoded(raw, self.path, number), self.path)
            return
        else:
            self.runs += 1
        self.body.update(raw)


def _sealed(body: "hashlib._Hash", footer: PlanFooter) -> str:
    """Return the hash that a footer must hold after this body."""
    digest = body.copy()
    digest.update(f"{lines.footer_line(replace(footer, sha256=''))}\n".encode())
    return digest.hexdigest()


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Read a file's lines with their numbers, from 1; raises PlanRefused where it cannot be read or is no plan."""
    with _refusing_unreadable(path), path.open("rb") as file:
        for number, raw in enumerate(
            iter(lambda: file.readline(_LONGEST_LINE_BYTES), b""), start=1
        ):
            if len(raw) == _LONGEST_LINE_BYTES:
                raise PlanRefused(
                    f"{path}:{number}: a line without end: this is not a plan.", remedy=_MAKE_ANEW
                )
            yield number, raw


@contextmanager
def _refusing_unreadable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlanRefused(
            f"{path}: this file cannot be read ({error.strerror or error}).",
            remedy=reading_remedy(
                error,
                otherwise="Give a plan that this program wrote, and let this user read it.",
            ),
        ) from error


def _hash_of(path: Path) -> str:
    with _refusing_unreadable(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Path, target: BinaryIO, *, expected: str) -> None:
    digest = hashlib.sha256()
    with _refusing_unreadable(source):
        file = source.open("rb")
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
    _refuse_changed(source, digest.hexdigest(), expected=expected)


def _refuse_changed(path: Path, found: str, *, expected: str) -> None:
    if found != expected:
        raise PlanRefused(f"{path}: the plan changed while it was read.", remedy=_MAKE_ANEW)


def _header(text: str, path: Path) -> PlanHeader:
    try:
        version = lines.plan_version_of(text)
        if version == PLAN_VERSION:
            return lines.header_of(text)
    except lines.BadLine as error:
        raise PlanRefused(f"{path}:1: this is not a plan: {error}.", remedy=_MAKE_ANEW) from error
    raise PlanRefused(
        f"{path}: the plan is of version {version}, and this retrigger reads version {PLAN_VERSION}.",
        remedy="Apply it with the retrigger that made it, or make a new one from its spec.",
    )


def _footer(text: str, path: Path) -> PlanFooter:
    try:
        footer = lines.footer_of(text)
    except lines.BadLine as error:
        raise PlanRefused(f"{path}: {error}: the plan was altered.", remedy=_MAKE_ANEW) from error
    if f"{lines.footer_line(footer)}\n" != text:
        raise PlanRefused(f"{path}: the footer was altered after it was made.", remedy=_MAKE_ANEW)
    return footer


def _run(raw: bytes, path: Path, number: int) -> PlannedRun:
    try:
        return lines.run_of(_decoded(raw, path, number))
    except lines.BadLine as error:
        raise PlanRefused(f"{path}:{number}: {error}.", remedy=_MAKE_ANEW) from error


def _decoded(raw: bytes, path: Path, number: int) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise PlanRefused(
            f"{path}:{number}: not plain ASCII text: this is not a plan.", remedy=_MAKE_ANEW
        ) from error
