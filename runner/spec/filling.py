"""Make the value of a file: its nodes with every placeholder filled from the environment.

What a filled placeholder is (text, a number, true or false) follows from where it stands, so that an id of digits
stays an id. Secrets are kept apart from the value, which holds their placeholders only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.spec.document import (
    Node,
    Path,
    Scalar,
    Value,
    key_at,
    lookup,
    node_at,
    scalars_with_placeholders,
    value_of,
)
from runner.spec.placeholders import Fault, Placeholder, fill
from runner.spec.printable import UNSAFE
from runner.spec.problems import Problem
from runner.spec.scalars import Trap, plain_value
from runner.spec.schema import Schema, type_names, types_of
from runner.spec.secrets_found import is_secret_reference
from runner.spec.source import Excerpts, Source

SECRET_PLACES: tuple[Path, ...] = (
    ("connection", "auth", "client_secret"),
    ("connection", "auth", "access_token"),
)
_STANDS_FOR_A_SECRET = "${STAND_IN}"  # noqa: S105  # a reference, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A file's value, the secrets by their path, and what could not be filled."""

    value: Value
    secrets: Mapping[Path, str]
    source: Source
    problems: tuple[Problem, ...]


def unfilled_value(root: Node, *, text: str, file: str) -> Filling:
    """Return the value of a file in which ``${`` means nothing."""
    value = value_of(root)
    for path, scalar in scalars_with_placeholders(root):
        value = _replaced(value, path, scalar.text)
    source = Source(file=file, root=root, excerpts=Excerpts(text))
    return Filling(value=value, secrets={}, source=source, problems=())


def filled_value(
    root: Node,
    *,
    text: str,
    file: str,
    schema: Schema,
    environment: Mapping[str, str] | None,
    stand_ins: Mapping[Path, str] | None = None,
) -> Filling:
    """Return the value with placeholders filled; those that cannot be stay Placeholders, each with a problem."""
    literals = _literal_secrets(root)
    origins: dict[Path, tuple[str, ...]] = {}
    source = Source(
        file=file, root=root, excerpts=Excerpts(text, secrets=literals), origins=origins
    )
    value = value_of(root)
    secrets: dict[Path, str] = {}
    problems: list[Problem] = []
    standing = {path: word for path, word in (stand_ins or {}).items() if key_at(root, path)}
    for path, word in standing.items():
        value = _stood_in(value, path, word, secrets=secrets)
    for path, scalar in scalars_with_placeholders(root):
        if any(path[: len(one)] == one for one in standing):
            continue
        filled = fill(scalar.text, environment=environment)
        problems += [_problem(fault, path, scalar=scalar, source=source) for fault in filled.faults]
        if path in SECRET_PLACES:
            value = _replaced(value, path, scalar.text)
            if not filled.faults and environment is not None:
                secrets[path] = filled.text
        elif not filled.faults and (environment is not None or not filled.names):
            origins[path] = filled.names
            problems += _control_character(filled.text, path, names=filled.names, source=source)
            fitting = _fitting(filled.text, scalar=scalar, schema=schema, path=path, value=value)
            value = _replaced(value, path, fitting)
    return Filling(value=value, secrets=secrets, source=source, problems=tuple(problems))


def _stood_in(value: Value, path: Path, word: str, *, secrets: dict[Path, str]) -> Value:
    """Put a stand-in at its place; that of a secret is kept apart, as secrets are."""
    if path not in SECRET_PLACES:
        return _replaced(value, path, word)
    secrets[path] = word
    return _replaced(value, path, _STANDS_FOR_A_SECRET)


def _literal_secrets(root: Node) -> list[str]:
    """Return what stands where secrets stand, if it is not plainly a placeholder: it must never be shown."""
    found = [node_at(root, path) for path in SECRET_PLACES if key_at(root, path) is not None]
    texts = [one.text for one in found if isinstance(one, Scalar)]
    return [text for text in texts if not is_secret_reference(text)]


def _fitting(text: str, *, scalar: Scalar, schema: Schema, path: Path, value: Value) -> Value:
    """Return the text as what is meant at its place."""
    if not scalar.plain:
        return text
    place = schema.at(path, value)
    allowed = types_of(schema.with_branch(place, Placeholder(text)))
    read = plain_value(text)
    if isinstance(read, Trap) or read is None:
        return text
    return read if allowed & type_names(read) else text


def _replaced(value: Value, path: Path, new: Value) -> Value:
    """Put a new value at a path of a group of keys, in place; returns the whole."""
    parent, step = lookup(value, path[:-1]), path[-1]
    if isinstance(step, int):
        assert isinstance(parent, list)
        parent[step] = new
    else:
        assert isinstance(parent, dict)
        parent[step] = new
    return value


def _problem(fault: Fault, path: Path, *, scalar: Scalar, source: Source) -> Problem:
    no_default = path in SECRET_PLACES and fault.code == "missing-variable"
    placed = source.problem(
        path,
        code=fault.code,
        message=fault.message,
        remedy="Set it to the secret." if no_default else fault.remedy,
        found=fault.found,
    )
    column = placed.excerpt.find(fault.found, scalar.column - 1) + 1
    if column < 1:
        return placed
    return Problem(
        file=placed.file,
        line=placed.line,
        column=column,
        path=placed.path,
        found=placed.found,
        message=placed.message,
        remedy=placed.remedy,
        code=placed.code,
        excerpt=placed.excerpt,
    )


def _control_character(
    text: str, path: Path, *, names: tuple[str, ...], source: Source
) -> list[Problem]:
    bad = UNSAFE.search(text.replace("\n", " "))
    if bad is None or not names:
        return []
    return [
        source.problem(
            path,
            code="control-character",
            message=f"the value of {' or '.join(names)} holds the control character U+{ord(bad.group()):04X}.",
            remedy="Set the variable again without it.",
        )
    ]
