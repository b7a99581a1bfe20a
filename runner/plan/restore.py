"""Write the files of a plan again from what is known of it: byte for byte as they were, or not at all."""

import hashlib
from collections.abc import Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from runner.files import opened_folder
from runner.model.plan import PassedOver, PlanEnds, PlanFooter, PlannedRun
from runner.plan import lines


class NotTheSame(Exception):
    """What is known does not give the bytes that were there; nothing was written."""


def restore_plan(path: Path, *, ends: PlanEnds, runs: Iterable[PlannedRun], sha256: str) -> Path:
    """Write a plan's file again; raises NotTheSame unless it has this hash, and CannotWrite."""
    texts = chain([ends.header], map(lines.run_line, runs), [ends.footer])
    return _restored(path, texts, sha256=sha256)


def restore_passed_over(path: Path, *, runs: Iterable[PassedOver], sha256: str) -> Path:
    """Write the file beside a plan again; raises as ``restore_plan`` does."""
    return _restored(path, map(lines.passed_over_line, runs), sha256=sha256)


def footer_in(ends: PlanEnds) -> PlanFooter:
    """Return what the last line says; raises NotTheSame where there is none."""
    try:
        return lines.footer_of(ends.footer)
    except lines.BadLine as error:
        raise NotTheSame from error


def _restored(path: Path, texts: Iterable[str], *, sha256: str) -> Path:
    with opened_folder(path.parent, ours=False) as folder:
        return folder.write(path.name, fill=partial(_fill, texts, sha256))


def _fill(texts: Iterable[str], sha256: str, file: TextIO) -> None:
    digest = hashlib.sha256()
    for text in texts:
        line = f"{text}\n"
        digest.update(line.encode(errors="backslashreplace"))
        file.write(line)
    if digest.hexdigest() != sha256:
        raise NotTheSame
