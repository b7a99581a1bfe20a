"""Read YAML text into nodes that know where they stand; whatever the text, the answer is nodes or a stated fault.

Works on the parser's events, without recursion, so that no nesting and no alias can exhaust anything. What PyYAML
would do with tags, merge keys and repeated keys is not wanted here: each is refused in words. What the values may be
is not this room's business.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runner.spec.decoding import Unreadable
from runner.spec.document import Entry, Group, Items, Node, Path, Scalar
from runner.spec.refusals import Refusal, control_character, duplicate_key, merge_key, tag
from runner.spec.syntax import DEEPEST, nested_too_deep, syntax_fault, too_deep

if TYPE_CHECKING:
    import yaml

MOST_VALUES = 2_000_000
MOST_ALIASED_VALUES = 50_000
"""Values that aliases may add by repeating."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The nodes of the only document, and what was refused on the way; None for a file without a value."""

    root: Node | None
    refusals: tuple[Refusal, ...]


def composed(text: str) -> Composed:
    """Return the nodes of a YAML text; raises Unreadable when it is not YAML that can be read at all."""
    import yaml  # noqa: PLC0415  # start-up time: --help must not pay for it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = _Composer()
    try:
        for event in yaml.parse(text, Loader=loader):
            composer.take(event)
    except yaml.YAMLError as error:
        raise syntax_fault(error, text=text) from None
    except _NotAKey as fault:
        raise nested_too_deep(text) or fault from None
    except (UnicodeError, ValueError, OverflowError):
        raise Unreadable(
            "the file holds characters that cannot be read.",
            remedy="Look for odd escapes after a backslash.",
            code="yaml-syntax",
        ) from None
    return Composed(root=composer.root, refusals=tuple(composer.refusals))


@dataclass(slots=True)
class _Open:
    """A list or group whose end has not come yet."""

    node: Items | Group
    anchor: str | None
    key: Scalar | None = None
    skipped: bool = False
    """The value of this key is read and dropped: the key was refused."""
    size: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


@dataclass(slots=True)
class _Composer:
    root: Node | None = None
    refusals: list[Refusal] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    documents: int = 0
    values: int = 0
    aliased: int = 0

    def take(self, event: "yaml.events.Event") -> None:
        """Take the parser's next event; by name, since the classes are known only once yaml is imported."""
        handler = _HANDLERS.get(type(event).__name__)
        if handler is not None:
            handler(self, event)

    def start_document(self, event: "yaml.events.DocumentStartEvent") -> None:
        self.documents += 1
        if self.documents > 1:
            line, column = _position(event)
            raise Unreadable(
                "a second document starts here.",
                remedy="Keep one document in a file: remove the --- line, or split the file.",
                code="several-documents",
                line=line,
                column=column,
            )

    def scalar(self, event: "yaml.events.ScalarEvent") -> None:
        line, column = _position(event)
        plain = event.style is None or event.style == ""
        node = Scalar(event.value, plain, line, column)
        if event.style == '"' and _CONTROL.search(event.value):
            self._refuse(
                control_character(node, path=self._path(), found=_CONTROL.findall(event.value)[0])
            )
        self._refuse(tag(event.tag, node, path=self._path()) if event.tag else None)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchored(node, 1, 0)
        self._place(node, size=1, height=0)

    def alias(self, event: "yaml.events.AliasEvent") -> None:
        line, column = _position(event)
        anchor = event.anchor or ""
        if anchor not in self.anchors:
            raise Unreadable(
                f"*{anchor} is read as a YAML alias, and nothing is named &{anchor} above.",
                remedy=f'If a pattern that starts with * is meant, write it in quotes: "*{anchor}".',
                code="unknown-alias",
                line=line,
                column=column,
            )
        known = self.anchors[anchor]
        if known is None:
            raise Unreadable(
                f"the alias *{anchor} stands inside what it repeats.",
                remedy="Write the values out.",
                code="endless-alias",
                line=line,
                column=column,
            )
        self.aliased += known.size
        if self.aliased > MOST_ALIASED_VALUES:
            raise Unreadable(
                f"the aliases of this file repeat more than {MOST_ALIASED_VALUES:,} values.",
                remedy="Write the values out, or put run ids into a file and name it in runs_from.",
                code="exploding-alias",
                line=line,
                column=column,
            )
        self._check_depth(len(self.stack) + known.height, line=line, column=column)
        self._place(known.node, size=known.size, height=known.height)

    def start_items(self, event: "yaml.events.SequenceStartEvent") -> None:
        line, column = _position(event)
        self._open(Items([], line, column), event)

    def start_group(self, event: "yaml.events.MappingStartEvent") -> None:
        line, column = _position(event)
        self._open(Group({}, line, column), event)

    def end(self, _event: "yaml.events.Event") -> None:
        done = self.stack.pop()
        if done.anchor is not None:
            self.anchors[done.anchor] = _Anchored(done.node, done.size, done.height)
        self._place(done.node, size=done.size, height=done.height)

    def _open(self, node: Items | Group, event: "yaml.events.CollectionStartEvent") -> None:
        self._refuse(tag(event.tag, node, path=self._path()) if event.tag else None)
        self._check_depth(len(self.stack) + 1, line=node.line, column=node.column)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        parent = self.stack[-1] if self.stack else None
        if parent is not None and isinstance(parent.node, Group) and parent.key is None:
            raise _not_a_key(node)
        self.stack.append(_Open(node, event.anchor))

    def _place(self, node: Node, *, size: int, height: int) -> None:
        """Put a finished node where it belongs."""
        self.values += 1
        if self.values > MOST_VALUES:
            raise Unreadable(
                f"the file holds more than {MOST_VALUES:,} values.",
                remedy="Put run ids into a file of their own and name it in runs_from.",
                code="too-large",
                line=node.line,
                column=node.column,
            )
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        parent.size += size
        parent.height = max(parent.height, height + 1)
        if isinstance(parent.node, Items):
            parent.node.nodes.append(node)
        elif parent.key is None:
            self._take_key(parent, parent.node, node)
        else:
            if not parent.skipped:
                parent.node.entries[parent.key.text] = Entry(parent.key, node)
            parent.key = None

    def _take_key(self, parent: _Open, group: Group, node: Node) -> None:
        if not isinstance(node, Scalar):
            raise _not_a_key(node)
        parent.key = node
        known = group.entries.get(node.text)
        merge = node.plain and node.text == "<<"
        parent.skipped = known is not None or merge
        if merge:
            self._refuse(merge_key(node, path=self._path()))
        elif known is not None:
            self._refuse(duplicate_key(node, path=self._path(), first_line=known.key.line))

    def _check_depth(self, depth: int, *, line: int, column: int) -> None:
        if depth > DEEPEST:
            raise too_deep(line=line, column=column)

    def _refuse(self, refusal: Refusal | None) -> None:
        if refusal is not None:
            self.refusals.append(refusal)

    def _path(self) -> Path:
        """Return the path of the value that comes next."""
        return tuple(_steps(self.stack))


def _steps(stack: list[_Open]) -> Iterator[str | int]:
    for one in stack:
        if isinstance(one.node, Items):
            yield len(one.node.nodes)
        elif one.key is not None:
            yield one.key.text


def _position(event: "yaml.events.Event") -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None, "a parser of text marks every event"
    return mark.line + 1, mark.column + 1


class _NotAKey(Unreadable):
    """A list or group stands where a key is meant."""


def _not_a_key(node: Node) -> _NotAKey:
    return _NotAKey(
        "a list or group stands where a key is meant.",
        remedy='A key is one word and a colon. Placeholders and text with { or [ need quotes: "${NAME}".',
        code="not-a-key",
        line=node.line,
        column=node.column,
    )


_HANDLERS: "dict[str, Callable[[_Composer, Any], None]]" = {
    "DocumentStartEvent": _Composer.start_document,
    "ScalarEvent": _Composer.scalar,
    "AliasEvent": _Composer.alias,
    "SequenceStartEvent": _Composer.start_items,
    "MappingStartEvent": _Composer.start_group,
    "SequenceEndEvent": _Composer.end,
    "MappingEndEvent": _Composer.end,
}
