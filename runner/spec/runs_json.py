"""Find run ids in JSON and JSON Lines; what counts as one is said in ``runs_rows``."""

import json
from collections.abc import Generator
from functools import partial
from typing import TextIO

from runner.model.nesting import nested_deeper
from runner.spec.printable import quoted
from runner.spec.runs_rows import Entry, RowCount, RunsFileFault, entry_of_object

LARGEST_JSON_CHARACTERS = 256 * 1024 * 1024
_UNUSUALLY_DEEP = 100
"""Python's own reader gives up at some hundreds of levels; nothing that holds ids has ten."""
_LIST_NAMES = ("rows", "items", "results")


def entries_of_json(file: TextIO, *, count: RowCount) -> Generator[Entry, None, None]:
    """Give the entries of a JSON list, or of the list under ``rows``, ``items`` or ``results``."""
    text = file.read(LARGEST_JSON_CHARACTERS + 1)
    if len(text) > LARGEST_JSON_CHARACTERS:
        raise RunsFileFault(
            "the file is larger than 256 MiB, and JSON is read whole.",
            remedy="Use CSV or one id a line; those may have any size.",
        )
    found = _parsed(text, line=None)
    links = found.get("_links") if isinstance(found, dict) else None
    count.is_one_page = isinstance(links, dict) and bool(links.get("next"))
    for number, one in enumerate(_list_in(found), start=1):
        entry = entry_of_object(one, count=count, item=number)
        if entry is not None:
            yield entry


def entries_of_json_lines(file: TextIO, *, count: RowCount) -> Generator[Entry, None, None]:
    """Give one entry for each line that is not empty."""
    for number, line in enumerate(file, start=1):
        if line.strip():
            found = _parsed(line, line=number)
            entry = entry_of_object(found, count=count, line=number)
            if entry is not None:
                yield entry


def _parsed(text: str, *, line: int | None) -> object:
    try:
        found: object = json.loads(text, object_pairs_hook=partial(_object, line=line))
    except json.JSONDecodeError as error:
        raise RunsFileFault(
            "this is not JSON.",
            line=line or error.lineno,
            remedy="Look for a missing comma or quote; ids without quotes go one a line into a text file.",
        ) from None
    except RecursionError:
        raise _too_deep(text, line=line) from None
    except ValueError:
        raise RunsFileFault(
            "the JSON holds a number that is too long to read.",
            line=line or 0,
            remedy="Keep a list of ids alone; an id is text, in quotes.",
        ) from None
    return found


def _object(pairs: list[tuple[str, object]], *, line: int | None) -> dict[str, object]:
    """Return an object; raises RunsFileFault where it has a name twice: one of the two would be lost in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RunsFileFault(
            f"an object has {quoted(twice)} twice.",
            line=line or 0,
            remedy="Write each run as an object or an id of its own.",
        )
    return found


def _too_deep(text: str, *, line: int | None) -> RunsFileFault:
    found = nested_deeper(text, than=_UNUSUALLY_DEEP)
    levels = f"{found.levels:,} levels deep: " if found else ""
    return RunsFileFault(
        f"lists and objects stand inside one another {levels}too deep to read.",
        line=line or (found.line if found else 0),
        remedy="Keep a list of ids alone; look for stray brackets.",
    )


def _list_in(found: object) -> list[object]:
    if isinstance(found, list):
        return found
    if isinstance(found, dict):
        for name in _LIST_NAMES:
            if isinstance(found.get(name), list):
                return list(found[name])
        raise RunsFileFault(
            "the JSON has no list under rows, items or results.",
            remedy="Write a list of ids, or an object with one of these.",
        )
    raise RunsFileFault("the JSON holds no list.", remedy="Write a list of ids.")
