"""A YAML file as nodes that know where they stand, and the plain value they make.

What the value may be is said by a schema; this room only reads what is there. Made by ``compose``.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from runner.spec.placeholders import Placeholder
from runner.spec.scalars import TimeWord, Trap, plain_value


class Scalar(NamedTuple):
    """One word or text; ``plain`` when it has no quotes. Lines and columns count from 1."""

    text: str
    plain: bool
    line: int
    column: int


class Items(NamedTuple):
    """A list."""

    nodes: list["Node"]
    line: int
    column: int


class Entry(NamedTuple):
    """A key and its value."""

    key: Scalar
    node: "Node"


class Group(NamedTuple):
    """A mapping, its keys in the order of the file."""

    entries: dict[str, Entry]
    line: int
    column: int


_LONGEST_OWN_NAME = 80

Node: TypeAlias = Scalar | Items | Group
Path: TypeAlias = tuple[str | int, ...]
Value: TypeAlias = "bool | int | float | str | Trap | list[Value] | dict[str, Value] | None"


def value_of(node: Node) -> Value:
    """Return what the nodes mean, placeholders not filled: a Placeholder where there is one.

    The depth of nodes is bounded by ``compose``.
    """
    if isinstance(node, Scalar):
        if "${" in node.text:
            return Placeholder(node.text)
        return plain_value(node.text) if node.plain else node.text
    if isinstance(node, Items):
        return [value_of(one) for one in node.nodes]
    return {key: value_of(entry.node) for key, entry in node.entries.items()}


def plain_data(value: Value) -> object:
    """Return the value with words of our own made into the text they were."""
    match value:
        case TimeWord() | Placeholder():
            return str(value)
        case Trap(word):
            return word
        case list():
            return [plain_data(one) for one in value]
        case dict():
            return {key: plain_data(one) for key, one in value.items()}
        case _:
            return value


def node_at(root: Node, path: Path) -> Node:
    """Return the node at the path, or the deepest one on the way to it."""
    node = root
    for step in path:
        below = _below(node, step)
        if below is None:
            break
        node = below
    return node


def key_at(root: Node, path: Path) -> Scalar | None:
    """Return the key that the path ends in, where there is one."""
    parent = node_at(root, path[:-1]) if path else root
    step = path[-1] if path else None
    if isinstance(parent, Group) and isinstance(step, str) and step in parent.entries:
        return parent.entries[step].key
    return None


def _below(node: Node, step: str | int) -> Node | None:
    match node, step:
        case Group(entries), str() if step in entries:
            return entries[step].node
        case Items(nodes), int() if 0 <= step < len(nodes):
            return nodes[step]
        case _:
            return None


def place(root: Node, path: Path) -> str:
    """Return the path in the spec's own words: ``sandboxes[prod].filters[1].started.from``; numbers count from 1."""
    words: list[str] = []
    node: Node | None = root
    for step in path:
        if isinstance(step, int):
            words.append(f"[{_own_name(node, step)}]")
        else:
            words.append(f".{step}" if words else step)
        node = _below(node, step) if node is not None else None
    return "".join(words)


def _own_name(node: Node | None, number: int) -> str:
    """Return the ``name`` of the numbered thing where it is its own alone, else its number from 1."""
    if not isinstance(node, Items) or number >= len(node.nodes):
        return str(number + 1)
    name = _name_of(node.nodes[number])
    if name is None:
        return str(number + 1)
    alike = sum(_name_of(one) == name for one in node.nodes)
    return name if alike == 1 else str(number + 1)


def _name_of(node: Node) -> str | None:
    if not isinstance(node, Group) or "name" not in node.entries:
        return None
    name = node.entries["name"].node
    return (
        name.text if isinstance(name, Scalar) and 0 < len(name.text) <= _LONGEST_OWN_NAME else None
    )


def lookup(value: object, path: Path) -> object:
    """Return what stands at the path in a plain value; None where there is nothing."""
    for step in path:
        match value, step:
            case dict(), str():
                value = value.get(step)
            case list(), int() if 0 <= step < len(value):
                value = value[step]
            case _:
                return None
    return value


def scalars_with_placeholders(root: Node) -> Iterator[tuple[Path, Scalar]]:
    """Give every scalar that holds ``${``, with its path, in the order of the file."""
    if isinstance(root, Scalar):
        if "${" in root.text:
            yield (), root
    elif isinstance(root, Items):
        for number, one in enumerate(root.nodes):
            if not isinstance(one, Scalar) or "${" in one.text:
                yield from _below_step(one, number)
    else:
        for key, entry in root.entries.items():
            yield from _below_step(entry.node, key)


def _below_step(node: Node, step: str | int) -> Iterator[tuple[Path, Scalar]]:
    for path, scalar in scalars_with_placeholders(node):
        yield (step, *path), scalar
