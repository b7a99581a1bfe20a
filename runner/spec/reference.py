"""Write the reference of a file format from its JSON Schema: every key with meaning, type, default and example.

Pure: schema in, Markdown out. ``docs/spec.md`` is what this gives for the spec's schema; a test holds it to that.
"""

from collections.abc import Iterator

from runner.spec.printable import words
from runner.spec.schema import Schema, SchemaObject, constants_of, objects, properties_of, types_of
from runner.spec.wording import bounds, inline, noun

_INTRODUCTION = """\
# The spec, key by key

This page is made from `schemas/spec.v1.schema.json`, which alone says what is allowed; `retrigger schema spec` prints
it, and editors that know JSON Schema complete and check specs with it. `specs/` holds examples that validate.

## How it is read

- One YAML document in UTF-8. Unquoted words mean what JSON makes of them: `true`, `false`, `null`, numbers, else text.
  Words that YAML readers disagree about (`no`, `on`, `0123`, `12:30:00`, a bare date) are refused where text is meant:
  write them in quotes. Times need none: `2026-11-20T02:00:00Z`.
- A key may stand only once in its group. Tags and merge keys (`<<`) are not read; aliases are, in moderation.
- `${NAME}` and `${NAME:-default}` in a value are filled from the environment; the default counts when the variable is
  unset or empty. `$${` stands for a plain `${`. Inside `[ ]` and `{ }` a placeholder needs quotes: `"${NAME}"`.
- A secret is never written into the spec: it is one whole `${NAME}`, or `{file: PATH}`.
- A duration is whole numbers with units, the largest first: `500ms`, `30s`, `5m`, `2h`, `1d`, `1h30m`; at most `9999d`.
- A percent has its sign: `10%`. A time has an offset or `Z`.
- A pattern matches the whole text: `*` is anything, `?` one character, `[abc]` one of these. A name always matches
  itself, whatever signs it has. In what is asked for case matters, but for connectors; in what is excluded (`exclude`,
  `errors.exclude`, `errors.clusters.exclude`) neither case nor blanks do. `plan` and `apply` say what each matched.
- What cannot be judged is left alone: a run whose exclusion needs what the platform does not say is passed over as
  `exclusion_unknown`; one that may or may not be asked for is not taken in, with a warning.
- Ids of runs and flows mean the same in capitals and small letters, wherever they come from.
- A file of run ids is text, CSV, JSON or JSON Lines, whatever it is called. Its column of ids is `run_id`, `Dataflow
  run ID` or the like, that of sandboxes `sandbox` or `Sandbox name`; their case, blanks and hyphens do not matter,
  nor do those around names of sandboxes. A line that begins with `#` is a comment, unless a spreadsheet wrote it for
  an error (`#N/A`). `check` and `plan` count the rows that were taken and those that were not. `apply --run -` reads
  standard input alike.
- Paths of files start at the spec's own folder; `report.directory` starts at the working folder.
- Messages name things by their own name, and count from 1 what has none: `sandboxes[prod].filters[1].started.from`.
"""


def reference(schema: Schema) -> str:
    """Return the whole page for a schema."""
    sections = [_INTRODUCTION, *_sections(schema, schema.document, place="")]
    return "\n".join(sections)


def _sections(schema: Schema, group: SchemaObject, *, place: str) -> Iterator[str]:
    """Give one section for a group of keys, then those of the groups inside it, in the schema's order."""
    group = schema.resolved(group)
    yield _heading(group, place=place)
    branches = [schema.resolved(one) for one in objects(group.get("oneOf"))]
    for branch in branches:
        yield f"**{branch['title']}**: {_sentence(branch)}\n"
        if properties_of(branch):
            yield _table(schema, branch)
    if properties_of(group):
        yield _table(schema, group)
    for part in [*branches, group]:
        for key, named in properties_of(part).items():
            below, brackets = _group_in(schema, named)
            if below is not None:
                yield from _sections(schema, below, place=f"{place}.{key}{brackets}".lstrip("."))


def _group_in(schema: Schema, named: SchemaObject) -> tuple[SchemaObject | None, str]:
    """Return the group of keys that a property holds, itself or as the items of a list."""
    below = schema.resolved(named)
    items = below.get("items")
    brackets = ""
    if isinstance(items, dict):
        below, brackets = schema.resolved(items), "[]"
    branches = [schema.resolved(one) for one in objects(below.get("oneOf"))]
    if properties_of(below) or any(properties_of(one) for one in branches):
        return below, brackets
    return None, ""


def _heading(group: SchemaObject, *, place: str) -> str:
    title = f"`{place}`" if place else "The top of the file"
    return f"## {title}\n\n{_sentence(group)}\n"


def _sentence(schema: SchemaObject) -> str:
    return str(schema.get("description", ""))


def _table(schema: Schema, group: SchemaObject) -> str:
    required = group.get("required")
    rows = ["| key | meaning | type | default | example |", "|---|---|---|---|---|"]
    for key, named in properties_of(group).items():
        needed = isinstance(required, list) and key in required
        rows.append(_row(schema, key, named, needed=needed))
    return "\n".join(rows) + "\n"


def _row(schema: Schema, key: str, named: SchemaObject, *, needed: bool) -> str:
    below = schema.resolved(named)
    default = (
        "required" if needed else f"`{inline(below['default'])}`" if "default" in below else ""
    )
    examples = below.get("examples")
    example = f"`{inline(examples[0])}`" if isinstance(examples, list) and examples else ""
    cells = [f"`{key}`", _sentence(below), _type_of(schema, named), default, example]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _type_of(schema: Schema, named: SchemaObject) -> str:
    """Return what may stand at a key, in a word or two."""
    only = {"$ref": named["$ref"]} if "$ref" in named else named
    below = schema.resolved(only)
    branches = objects(below.get("oneOf"))
    if branches:
        return words(list(dict.fromkeys(_type_of(schema, one) for one in branches)), last="or")
    constants = constants_of(below)
    if constants:
        return words([f"`{inline(one)}`" for one in constants], last="or")
    items = below.get("items")
    if isinstance(items, dict):
        return f"a list: {_type_of(schema, items)}"
    nullable = " or `null`" if "null" in types_of(below) else ""
    return f"{noun(below)}{bounds(below) if 'string' not in types_of(below) else ''}{nullable}"
