"""Read a spec from text to frozen values, or to everything that is wrong with it, all at once.

The stages, each a room of its own: bytes -> text (``decoding``) -> nodes (``compose``) -> value (``filling``) ->
verdict of the schema (``validation``, ``explain``) -> rules of meaning (``meaning``) -> Spec (``parse``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from runner.disk import reading_remedy
from runner.model.spec import Spec
from runner.spec.compose import Composed, composed
from runner.spec.decoding import Unreadable, decoded
from runner.spec.document import Group, Node, Path, Scalar, plain_data
from runner.spec.explain import explained
from runner.spec.filling import Filling, filled_value, unfilled_value
from runner.spec.meaning import problems_of_meaning
from runner.spec.parse import Origin, spec_from
from runner.spec.problems import Problem, SpecInvalid, in_order
from runner.spec.runs_file import RUNS_FILE
from runner.spec.runs_rows import RunsRead
from runner.spec.schema import Schema, load_schema
from runner.spec.secrets_found import SecretFault
from runner.spec.source import Excerpts, Source
from runner.spec.unknown_key import without_echoes
from runner.spec.validation import violations
from runner.spec.view import Surroundings, View
from runner.spec.withheld import Withheld

MOST_VIOLATIONS = 1_000
"""Places that are put into words, of those that do not fit the schema; a count stands for the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of a spec: every problem in the order of the file, and the Spec when nothing stands against it.

    ``spec`` is None when there is an error, and when the environment was not given. ``files`` are those of run ids that
    could be read.
    """

    problems: tuple[Problem, ...]
    spec: Spec | None
    files: tuple[RunsRead, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether anything but warnings was found."""
        return any(one.is_error for one in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A file that could be read as nodes."""

    text: str
    root: Node
    problems: tuple[Problem, ...]


def check_text(
    content: str | bytes,
    *,
    path: str,
    environment: Mapping[str, str] | None,
    base: FilePath,
    now_ms: int,
    for_resume: bool = False,
    stand_ins: Mapping[Path, str] | None = None,
) -> Checked:
    """Check a spec's text whole; never raises, whatever the text.

    ``path`` is how messages call the file, ``base`` the folder that its relative paths start from, ``now_ms`` the time
    in epoch milliseconds. Without an environment placeholders count as well-formed, and no Spec comes out. With
    ``for_resume`` the spec comes from a plan: its runs are chosen already, so a missing ``runs_from`` file does not
    matter. ``stand_ins`` are taken in place of what is written at their paths, where anything is.
    """
    try:
        read = _read(content, file=path)
    except Unreadable as fault:
        return Checked(problems=(_unreadable(fault, content=content, file=path),), spec=None)
    around = Surroundings(
        base=base, now_ms=now_ms, offline=environment is None, resuming=for_resume
    )
    filling = filled_value(
        read.root,
        text=read.text,
        file=path,
        schema=load_schema("spec"),
        environment=environment,
        stand_ins=stand_ins,
    )
    view, of_value = _looked_at(filling, schema=load_schema("spec"), around=around)
    found = [*read.problems, *filling.problems, *of_value]
    checked = _checked(found, filling=filling, read=read, path=path, around=around)
    # Where anything else is wrong, a name may be no name, and nothing cleans these counts of what may be a secret.
    is_sure = all(one.code == RUNS_FILE for one in checked.problems if one.is_error)
    return replace(checked, files=tuple(view.files) if is_sure else ())


def _checked(
    found: list[Problem], *, filling: Filling, read: _Read, path: str, around: Surroundings
) -> Checked:
    problems = _told(found, read=read, secrets=filling.secrets.values())
    if around.offline or any(one.is_error for one in problems):
        return Checked(problems=problems, spec=None)
    origin = Origin(path=path, text=read.text, base=around.base, secrets=filling.secrets)
    try:
        spec = spec_from(load_schema("spec").filled(plain_data(filling.value)), origin=origin)
    except SecretFault as fault:
        gone = filling.source.problem(
            ("connection", "auth"), code="secret-file", message=fault.message, remedy=fault.remedy
        )
        return Checked(problems=_told([*problems, gone], read=read), spec=None)
    return Checked(problems=problems, spec=spec)


def _told(found: list[Problem], *, read: _Read, secrets: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Return the problems in order, without a word of the file that may be a secret."""
    if not found:
        return ()
    withheld = Withheld(read.text, root=read.root, secrets=secrets)
    return in_order(withheld.cleaned(one) for one in found)


def _looked_at(
    filling: Filling, *, schema: Schema, around: Surroundings
) -> tuple[View, list[Problem]]:
    """Return the value as the rules saw it, and what is wrong with it."""
    problems, wrong = _problems_of_schema(filling, schema=schema)
    view = View(
        source=filling.source,
        value=schema.filled(filling.value),
        wrong=wrong,
        written=filling.value,
        secrets=filling.secrets,
        around=around,
    )
    return view, [*problems, *problems_of_meaning(view)]


def _problems_of_schema(
    filling: Filling, *, schema: Schema
) -> tuple[list[Problem], frozenset[tuple[str | int, ...]]]:
    """Return the problems, and the paths whose own value is wrong."""
    source = filling.source
    broken = without_echoes(violations(filling.value, schema=schema))
    problems = [
        explained(one, source=source, schema=schema, value=filling.value)
        for one in broken[:MOST_VIOLATIONS]
    ]
    if len(broken) > MOST_VIOLATIONS:
        more = len(broken) - MOST_VIOLATIONS
        problems.append(_whole_file(source.file, f"{more:,} more places do not fit."))
    keyed = {"required", "additionalProperties", "anyOf"}
    return problems, frozenset(one.path for one in broken if one.keyword not in keyed)


def _read(content: str | bytes, *, file: str) -> _Read:
    """Return the nodes of a file whose top is a group of keys; raises Unreadable."""
    text = decoded(content)
    found = composed(text)
    root = found.root
    if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
        raise Unreadable(
            "the file is empty, or holds comments only.",
            remedy="Start from specs/minimal.yaml.",
            code="empty-file",
        )
    if not isinstance(root, Group):
        kind = "text" if isinstance(root, Scalar) else "a list"
        raise Unreadable(
            f"the file holds {kind}, where keys with values are meant.",
            remedy="Write `key: value` lines; each key needs a colon and a space after it.",
            code="no-keys",
            line=root.line,
            column=root.column,
        )
    return _Read(text=text, root=root, problems=_refusals(found, root=root, text=text, file=file))


def _refusals(found: Composed, *, root: Node, text: str, file: str) -> tuple[Problem, ...]:
    if not found.refusals:
        return ()
    source = Source(file=file, root=root, excerpts=Excerpts(text))
    placed = []
    for one in found.refusals:
        near = source.problem(one.path, code=one.code, message=one.message, remedy=one.remedy)
        placed.append(
            Problem(
                file=file,
                line=one.line,
                column=one.column,
                path=near.path,
                found=one.found,
                message=one.message,
                remedy=one.remedy,
                code=one.code,
                excerpt=source.excerpts.line(one.line),
            )
        )
    return tuple(placed)


def _unreadable(fault: Unreadable, *, content: str | bytes, file: str) -> Problem:
    """Return the problem that a fault is; of a file that is not even text, nothing is repeated."""
    is_text = fault.line and fault.code != "not-utf-8"
    text = _text_for_excerpt(content) if is_text else ""
    problem = Problem(
        file=file,
        line=fault.line,
        column=fault.column,
        path="",
        found="",
        message=fault.message,
        remedy=fault.remedy,
        code=fault.code,
        excerpt=Excerpts(text).line(fault.line),
    )
    return Withheld(text, root=None).cleaned(problem)


def _text_for_excerpt(content: str | bytes) -> str:
    if isinstance(content, str):
        return content
    try:
        return decoded(content)
    except Unreadable:
        return content.decode("utf-8", errors="replace").removeprefix("\ufeff")


def _whole_file(file: str, message: str) -> Problem:
    return Problem(
        file=file,
        line=0,
        column=0,
        path="",
        found="",
        message=message,
        remedy="Mend those above first.",
        code="more",
    )


def check_plan_spec(
    text: str,
    *,
    path: str,
    environment: Mapping[str, str],
    base: FilePath,
    now_ms: int,
    stand_ins: Mapping[Path, str] | None = None,
) -> Checked:
    """Check the spec that a plan carries: ``check_text`` with ``for_resume``."""
    return check_text(
        text,
        path=path,
        environment=environment,
        base=base,
        now_ms=now_ms,
        for_resume=True,
        stand_ins=stand_ins,
    )


def check_file(path: FilePath, *, environment: Mapping[str, str] | None, now_ms: int) -> Checked:
    """Check a spec file; a file that cannot be read is a problem like any other."""
    try:
        content = _bytes_of(path)
    except Unreadable as fault:
        return Checked(problems=(_unreadable(fault, content="", file=str(path)),), spec=None)
    return check_text(
        content, path=str(path), environment=environment, base=path.parent, now_ms=now_ms
    )


def _bytes_of(path: FilePath) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable(
            "there is no such file.", remedy="Look at the path.", code="unreadable"
        ) from None
    except IsADirectoryError:
        raise Unreadable(
            "this is a folder.", remedy="Name the spec file in it.", code="unreadable"
        ) from None
    except OSError as error:
        raise Unreadable(
            f"the file cannot be read ({error.strerror or 'unknown reason'}).",
            remedy=reading_remedy(error, otherwise="Look at its permissions."),
            code="unreadable",
        ) from None
    except ValueError:  # a NUL in the name
        raise Unreadable(
            "this is not a file name.", remedy="Look at the path.", code="unreadable"
        ) from None


def read_spec(path: FilePath, *, environment: Mapping[str, str], now_ms: int) -> Spec:
    """Return the Spec of a file; raises SpecInvalid with every problem. Warnings alone are dropped."""
    checked = check_file(path, environment=environment, now_ms=now_ms)
    if checked.spec is None:
        raise SpecInvalid(checked.problems)
    return checked.spec


def load_validated(content: str | bytes, *, path: str, schema: str) -> dict[str, object]:
    """Return the value of another of our YAML files, held against ``schemas/<schema>.v1.schema.json``.

    Placeholders and defaults are left as they are. Raises SpecInvalid with every problem.
    """
    rules = load_schema(schema)
    try:
        read = _read(content, file=path)
    except Unreadable as fault:
        raise SpecInvalid((_unreadable(fault, content=content, file=path),)) from None
    filling = unfilled_value(read.root, text=read.text, file=path)
    problems, _ = _problems_of_schema(filling, schema=rules)
    found = _told([*read.problems, *problems], read=read)
    if found:
        raise SpecInvalid(found)
    value = plain_data(filling.value)
    assert isinstance(value, dict)
    return value
