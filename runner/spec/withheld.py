"""Decide what of a file may be repeated in a message; whatever may be a secret is withheld.

One rule: below ``connection``, and at every key that sounds like a secret's (misspelt or misplaced too), only what is
plainly harmless is repeated: known keys, whole placeholders, plain addresses, and the few known words. Works on text
alone, so that it holds for files too broken to be read as YAML; the nodes of a readable file add what their escapes and
aliases stand for. In addresses, whatever their key, names, passwords, queries and fragments are withheld.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache

from runner.model.secret import is_telling
from runner.spec.decoding import lines_of
from runner.spec.document import Group, Items, Node, Scalar
from runner.spec.printable import LONGEST_SHOWN, MASK, credentials_in, without_credentials
from runner.spec.problems import Problem
from runner.spec.schema import load_schema

_SHORTEST_PIECE = 4
"""Shorter words would be taken out of our own sentences; their places are withheld all the same."""
_CLOSE_ENOUGH = 0.8

# What names of credentials are made of. A key whose every part is near one of these words names a thing; any other
# key below ``auth`` may be a secret that stands at the wrong side of its colon.
_PARTS = frozenset(
    """access account adobe api apikey app auth authentication authorization bearer cert certificate client code
    connection credential credentials file grant header host id identity ims ims_url jwt key login method name oauth
    operation org organisation organization passphrase passwd password platform private project pwd refresh scope scopes
    secret server service session sandbox technical tenant to token type url user username version""".split()  # noqa: SIM905  # words read better so
)
_SECRET_PARTS = frozenset(
    """apikey bearer credential credentials passphrase passwd password pwd secret token
    authorization authentication auth oauth""".split()  # noqa: SIM905  # likewise
)
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

# A word at the place of a key: first on its line or behind a bracket or comma, or before a colon or equals sign.
_KEY = re.compile(
    r"""(?:^[\s\-?{\[,"'&!*]*|[{,]\s{0,40}["']?)(?P<first>[A-Za-z][A-Za-z_-]{2,40})(?![\w])"""
    r"""|(?<![\w-])(?P<before>[A-Za-z][\w-]{2,40})["']?\s{0,8}[:=]"""
)
_LINE_KEY = re.compile(r"""[\s{]*(?:-\s+)?["']?(?P<key>[A-Za-z][\w-]{0,40})["']?\s{0,8}:(?:\s|$)""")
_DEFAULTED = r"\$\{[A-Z][A-Z0-9_]{0,100}:-"
_HOST = r"https?://(?:\*\*\*@)?[\w.-]{1,200}|\w[\w-]{0,60}(?:\.[\w-]{1,60}){1,8}"
_AFTER_HOST = r"(?::[0-9]{1,5}|:\*\*\*)?(?:/[\w./-]{0,100})?(?:[?#]\*\*\*)?"
_ADDRESS = re.compile(rf"(?:{_HOST}){_AFTER_HOST}|{_DEFAULTED}(?:{_HOST}){_AFTER_HOST}\}}")
_PLAIN_TEXT = re.compile(rf"[\w@.-]{{1,100}}|{_DEFAULTED}[\w@.-]{{0,100}}\}}")
_VALUES = {
    "platform_url": _ADDRESS,
    "ims_url": _ADDRESS,
    "org_id": _PLAIN_TEXT,
    "operation": _PLAIN_TEXT,
    "file": re.compile(
        r"[a-z_-]{1,100}(?![^\s,{}\"'])|(?=[^\s,{}#:@?]{0,500}[/.])[^\s,{}#:@?\"']{1,500}"
    ),
}
_SCOPES = "openid|session|AdobeID|read_organizations|additional_info\\.projectedProductContext"
_HARMLESS = re.compile(
    rf"""(?:{_SCOPES}|oauth_server_to_server|null|~|[|>][+-]?)(?=["'\s,}}\]]|$)"""
)
_KEY_NAME = re.compile(r"[a-z]+(?:_[a-z]+)*")
_KEY_TOKEN = re.compile(r"""["']?(?P<key>[A-Za-z][\w-]{0,40})["']?\s{0,8}:(?=\s|$)""")
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]{0,100})\}")
_BETWEEN = re.compile(r"""[\s{}\[\],"']+|-\s""")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"""[^\s{}\[\],"'`#*&!|>]+(?:#[^\s{}\[\],"'`]+)?""")


@lru_cache(maxsize=4096)
def _parts(word: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _PART.findall(word))


@lru_cache(maxsize=4096)
def _is_near(part: str, among: frozenset[str]) -> bool:
    return part in among or (
        len(part) > 2  # noqa: PLR2004  # two letters are near everything
        and bool(difflib.get_close_matches(part, among, n=1, cutoff=_CLOSE_ENOUGH))
    )


@lru_cache(maxsize=4096)
def names_a_credential(word: str) -> bool:
    """Whether every part of a word is one that names of credentials are made of, misspellings included."""
    return all(_is_near(part, _PARTS) for part in _parts(word)) and len(word) <= 40  # noqa: PLR2004


@lru_cache(maxsize=4096)
def opens_secret(key: str) -> bool:
    """Whether the value of a key may be a secret, or hold one."""
    return key == "connection" or any(
        not part.isdigit() and _is_near(part, _SECRET_PARTS) for part in _parts(key)
    )


@cache
def _known_keys() -> frozenset[str]:
    return frozenset(name for _, name in load_schema("spec").known_keys())


@cache
def _keys_of_connection() -> frozenset[str]:
    keys = load_schema("spec").known_keys()
    return frozenset(name for place, name in keys if place.startswith("connection"))


def _variable_may_be_named(name: str) -> bool:
    """Whether a name between ``${`` and ``}`` looks like a variable's, not like a secret put there by mistake."""
    return (name.isupper() and ("_" in name or name.isalpha())) or names_a_credential(name)


def masked_lines(lines: list[str]) -> list[str]:
    """Return the lines as they may be repeated."""
    return [shown for shown, _ in _judged(lines)]


def _judged(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Give each line as it may be repeated, and the part of it that may not."""
    region: int | None = None
    for line in map(without_credentials, lines):
        if region is not None and line.strip() and _ends(line, region):
            region = None
        if region is not None:
            shown, hidden = _in_region(line)
            yield shown, hidden
            continue
        opening = next(
            (match for match in _KEY.finditer(line) if opens_secret(_named(match))), None
        )
        if opening is None:
            yield line, ""
            continue
        region = _depth(line)
        start = opening.end("first" if opening["first"] else "before")
        shown, hidden = _after_key(line[start:], key=_named(opening))
        yield line[:start] + shown, hidden


def _named(match: re.Match[str]) -> str:
    return match["first"] or match["before"]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t-?"))


def _ends(line: str, region: int) -> bool:
    """Whether a line belongs to what comes after: it starts with another key, no deeper than the one that opened."""
    match = _LINE_KEY.match(line)
    key = match["key"] if match else ""
    is_other = bool(_KEY_NAME.fullmatch(key)) and key not in _keys_of_connection()
    return is_other and _depth(line) <= region


def _in_region(line: str) -> tuple[str, str]:
    match = _LINE_KEY.match(line)
    if match is None or not names_a_credential(match["key"]):
        shown, hidden = _harmless_part(line, key="")
        return (MASK if hidden and shown.strip() == MASK else shown), hidden
    start = match.end("key")
    shown, hidden = _after_key(line[start:], key=match["key"])
    return line[:start] + shown, hidden


def _after_key(rest: str, *, key: str) -> tuple[str, str]:
    colon = re.match(r"""["']?\s{0,8}:?""", rest)
    end = colon.end() if colon else 0
    shown, hidden = _harmless_part(rest[end:], key=key)
    return rest[:end] + shown, hidden


def _harmless_part(text: str, *, key: str) -> tuple[str, str]:
    """Return the text up to the first thing that may be a secret, and the rest of it."""
    position = 0
    while position < len(text):
        end, key = _next_harmless(text, position, key)
        if end is None:
            shown = text[:position].rstrip(" \t\"'")
            return f"{shown} {MASK}" if position else MASK, text[position:]
        position = end
    return text, ""


def _next_harmless(text: str, position: int, key: str) -> tuple[int | None, str]:
    """Return where the harmless thing at a position ends (None: there is none), and the key that then counts."""
    if between := _BETWEEN.match(text, position):
        return between.end(), "" if "," in between.group() else key
    if (named := _KEY_TOKEN.match(text, position)) and names_a_credential(named["key"]):
        return named.end(), named["key"]
    if (variable := _VARIABLE.match(text, position)) and _variable_may_be_named(variable["name"]):
        return _whole(text, variable.end()), key
    for pattern in (_VALUES.get(key), _HARMLESS):
        if pattern and (found := pattern.match(text, position)) and found.end() > position:
            return _whole(text, found.end()), key
    if key == "method" and (word := _WORD.match(text, position)) and names_a_credential(word[0]):
        return word.end(), key
    return None, key


def _whole(text: str, end: int) -> int | None:
    """Return the end of a value; None where more of it follows at once."""
    return end if end == len(text) or text[end] in " \t\"',}]" else None


def pieces_of_text(lines: list[str]) -> set[str]:
    """Return the words of a file that may be secrets, or parts of one."""
    pieces: set[str] = set()
    for _, hidden in _judged(lines):
        told = re.split(r"(?:^|\s)#", hidden, maxsplit=1)[0]
        whole = told.strip().strip("\"'{}[],*&!|> ")
        found = _WORD.findall(told)
        pieces |= {whole, *found, *(part for word in found for part in re.split("[:=]", word))}
    for line in lines:
        if "://" in line:
            pieces.update(credentials_in(line))
    return pieces


def pieces_of_nodes(root: Node) -> set[str]:
    """Return the texts below ``connection`` and at keys that sound secret that are not plainly harmless."""
    pieces: set[str] = set()
    _gather(root, key="", is_open=False, pieces=pieces)
    return pieces


def _gather(node: Node, *, key: str, is_open: bool, pieces: set[str]) -> None:
    match node:
        case Scalar(text):
            if is_open and not may_repeat(text, key=key):
                pieces |= {text, *lines_of(text)}
        case Items(nodes):
            for one in nodes:
                _gather(one, key=key, is_open=is_open, pieces=pieces)
        case Group(entries):
            for name, entry in entries.items():
                if is_open and not names_a_credential(name):
                    pieces.add(name)
                opened = is_open or opens_secret(name)
                _gather(entry.node, key=name, is_open=opened, pieces=pieces)


def may_repeat(text: str, *, key: str) -> bool:
    """Whether a text at a key below ``connection`` is plainly harmless."""
    return not _harmless_part(text, key=key)[1]


class Withheld:
    """What no message may repeat: what a file holds, and the ``secrets`` that its placeholders stand for."""

    def __init__(self, text: str, *, root: Node | None, secrets: Iterable[str] = ()) -> None:
        found = pieces_of_text(lines_of(text)) | set(filter(is_telling, secrets))
        if root is not None:
            found |= pieces_of_nodes(root)
        self._pattern = _pattern(found)

    def cleaned(self, problem: Problem) -> Problem:
        """Return the problem without a word that may be a secret."""
        return replace(
            problem,
            path=self._without(problem.path),
            found=self._without(problem.found),
            message=self._without(problem.message),
            remedy=self._without(problem.remedy),
            excerpt=self._without(problem.excerpt),
        )

    def _without(self, text: str) -> str:
        shown = without_credentials(text)
        return self._pattern.sub(MASK, shown) if self._pattern else shown


def _pattern(pieces: Iterable[str]) -> re.Pattern[str] | None:
    forms: set[str] = set()
    for piece in pieces:
        word = piece.strip()
        if len(word) < _SHORTEST_PIECE or word in _PARTS or word in _known_keys():
            continue
        forms |= {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}
        if len(word) > LONGEST_SHOWN - 1:
            forms.add(word[: LONGEST_SHOWN - 1])
    listed = sorted(forms, key=len, reverse=True)
    return re.compile("|".join(map(_bounded, listed))) if listed else None


def _bounded(form: str) -> str:
    before = r"(?<!\w)" if form[0].isalnum() else ""
    after = r"(?!\w)" if form[-1].isalnum() and len(form) < LONGEST_SHOWN - 1 else ""
    return f"{before}{re.escape(form)}{after}"
