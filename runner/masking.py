"""Know every secret that this process holds, and take them out of what is about to be written.

The last line of defence, at the borders: what the platform answers, what goes to standard output and error (log lines
and tracebacks included), why an execution ended, and the file that a bug leaves. A secret is found as it is,
percent-encoded, escaped as in JSON, HTML or Python, escaped several times over, and cut short; encodings that change
every character (base64) are not looked for.

What is worth masking is decided in ``runner.model.secret``. What is masked leaves JSON valid: an escape is replaced
whole or not at all, and a quotation mark that ends a text is never part of it.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import TextIO
from urllib.parse import quote, quote_plus, unquote, urlsplit

from runner.model.secret import Secret, is_masked_as_a_word, is_telling, secrets_in

MASK = "***"

_BEGINNING = 16
"""So many first characters of a longer secret give it away even where the rest was cut off."""
_SOUNDS_SECRET = ("SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "KEY")
_OURS = frozenset({"AEP_CLIENT_SECRET", "AEP_ACCESS_TOKEN"})
"""Variables that hold secrets, whatever these look like."""
_REST = re.compile(
    r"(?:[A-Za-z0-9._~+/=%-]|\\++(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|/)|&(?:\#?\w{1,10};)++)*+"
)
"""What may follow the beginning of a secret whose end is another, or written otherwise."""
_WORD = re.compile(r"\w")
_SO_FEW = 3
"""So many first characters are looked for; what follows them is only then."""
_QUOTES = "\"' \t\r\n"
_END_OF_TEXT = re.compile(r'"\s*[,:\]}]|[,:\[{]\s*"')
_UNESCAPED = re.compile(r"[A-Za-z0-9._~-]*")
_ENTITIES = {"<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_ESCAPE = r"(?:\\++|(?<=\\))"
_LOOKS_ESCAPED = re.compile(r"%25|&(?:amp;|#0*38;|#[xX]0*26;)")
"""What stands in a secret as it is, and is an escape to whoever reads it."""
_SHORT_CODE = 4
_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\f": "f", "\b": "b"}
_IN_BODIES = (b"earer", b"ecret", b"access_token", b"assword")


class KnownSecrets:
    """The secrets of one process; it only ever learns more of them."""

    def __init__(self) -> None:
        self._sent_ones: frozenset[str] = frozenset()
        self._others: frozenset[str] = frozenset()
        self._guessed: frozenset[str] = frozenset()
        self._plain: tuple[str, ...] = ()
        self._sent = self._all = _Found(frozenset())

    def __repr__(self) -> str:
        """Say how many, never which."""
        return f"KnownSecrets({len(self._sent_ones | self._others | self._guessed)})"

    def note(self, secret: Secret) -> None:
        """Learn a secret that will be sent to the platform, or to its token endpoint."""
        if secret.reveal and secret.reveal not in self._sent_ones:
            self._sent_ones |= {secret.reveal}
            self._sent = _Found(self._sent_ones)
            self._gather()

    def note_environment(self, environment: Mapping[str, str]) -> None:
        """Learn what is a secret by its place (our own variables, passwords in addresses), and what only seems one."""
        ours = {environment.get(name, "") for name in _OURS} - {""}
        self._others |= ours | set(_passwords(environment))
        self._guessed |= {
            word
            for name, value in environment.items()
            if any(sound in name.upper() for sound in _SOUNDS_SECRET)
            for word in secrets_in(value)
        }
        self._gather()

    def note_plain(self, texts: Iterable[str]) -> None:
        """Learn what is no secret, though the variable that it comes from sounds so: a client id is often a "key"."""
        self._plain += tuple(texts)
        self._gather()

    def masked(self, text: str) -> str:
        """Return the text without any known secret."""
        return self._all.masked(text)

    def masked_answer(self, text: str) -> str:
        """Return what others answered without any secret that was sent to them."""
        return self._sent.masked(text)

    def masked_refusal(self, body: bytes) -> bytes:
        """Return the body of a refusal, whose words are kept and shown, without any secret that was sent."""
        return self._sent.masked(body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )

    def masked_success(self, body: bytes) -> bytes:
        """Do the same for a body that is long and nearly always innocent: quickly where nothing in it begins alike."""
        return self.masked_refusal(body) if self._sent.may_stand_in(body) else body

    def _gather(self) -> None:
        guessed = {one for one in self._guessed if not any(one in text for text in self._plain)}
        self._all = _Found(self._sent_ones | self._others | guessed)


class _Found:
    """Some secrets, and what finds them; nothing is compiled before a text is looked at."""

    def __init__(self, secrets: frozenset[str]) -> None:
        cores = {core for secret in secrets if (core := secret.strip(_QUOTES))}
        self._sought = [_Sought(core) for core in _longest_first(filter(_is_sought, cores))]
        self._common = _longest_first(core for core in cores if not _is_sought(core))
        starts = {one.start for one in self._sought} | ({b"\\u00"} if self._sought else set())
        self._starts = (*sorted(starts), *(_IN_BODIES if self._common else ()))

    def masked(self, text: str) -> str:
        if self._sought:
            text = "".join(self._pieces(text))
        if self._common:
            text = self._named.sub(lambda found: f"{found['name'] or found['user']}{MASK}", text)
        return text

    def may_stand_in(self, body: bytes) -> bool:
        return any(start in body for start in self._starts)

    @cached_property
    def _by_start(self) -> dict[str, list["_Sought"]]:
        """Those that begin alike are looked for together."""
        by_start: dict[str, list[_Sought]] = {}
        for one in self._sought:
            by_start.setdefault(one.begins, []).append(one)
        return by_start

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        firsts = re.escape("".join({one.first for one in self._sought}))
        any_of = "|".join(f"({begins})" for begins in self._by_start)
        return re.compile(rf"(?=[\\&%{firsts}])(?:{any_of})")

    @cached_property
    def _named(self) -> re.Pattern[str]:
        return re.compile(_behind_its_name(self._common))

    def _pieces(self, text: str) -> Iterator[str]:
        groups = list(self._by_start.values())
        done = position = 0
        while found := self._pattern.search(text, position):
            begun = groups[(found.lastindex or 1) - 1]
            end = max(one.end(text, found.start(), found.end()) for one in begun)
            position = end or found.start() + 1
            if end:
                yield text[done : found.start()]
                yield MASK
                done = end
        yield text[done:]


class _Sought:
    """One secret: the pattern of its first characters, and where in a text it ends."""

    def __init__(self, secret: str) -> None:
        # A row of backslashes is one unit: nobody can tell how many of them escape one another.
        self._units = re.findall(r"\\+|[^\\]", secret)
        self._is_word = is_masked_as_a_word(secret)
        self._enough = next(
            (
                count
                for count in range(_BEGINNING, len(self._units))
                if is_telling("".join(self._units[:count]))
            ),
            len(self._units),
        )
        self._begun = _SO_FEW
        while self._begun < len(self._units) and self._units[self._begun - 1][0] == "\\":
            self._begun += 1
        # All backslashes before it go with it: half of an escape must not be left.
        before = "" if secret[0] == "\\" else r"\\*+"
        begins = [self._writing(number) for number in range(min(self._begun, len(self._units)))]
        self.begins = rf"(?<!\\){before}{''.join(begins)}"
        self._literals = _as_written(secret) if _LOOKS_ESCAPED.search(secret) else ()
        self._cut = secret[:_BEGINNING] if len(secret) > _BEGINNING else ""
        self.first = secret[0]
        self.start = _UNESCAPED.match(secret[:_BEGINNING])[0].encode()  # type: ignore[index]  # it always matches

    def end(self, text: str, start: int, position: int) -> int:
        """Return where the secret ends that seems to start here; 0: it is none, or no word of its own."""
        if self._is_word and _touches_a_word(text, start):
            return 0
        if self._literals and (literal := self._literal_end(text, start)):
            return literal
        sure = position
        for number in range(self._begun, len(self._units)):
            following = _compiled(self._writing(number)).match(text, position)
            if following is None:
                rest = _REST.match(text, sure)
                return rest.end() if rest and number >= self._enough else 0
            position = following.end()
            # Where the secret was cut off behind it, a quotation mark or a backslash may be another's.
            sure = sure if self._units[number][0] in '"\\' else position
        is_word_over = not self._is_word or not _WORD.match(text, position)
        return position if is_word_over else 0

    def _literal_end(self, text: str, start: int) -> int:
        """Return where a secret ends that itself looks escaped, and would be misread unit by unit; 0: it is none."""
        while text.startswith("\\", start):
            start += 1
        whole = next((form for form in self._literals if text.startswith(form, start)), "")
        if whole:
            return start + len(whole)
        if self._cut and is_telling(self._cut) and text.startswith(self._cut, start):
            rest = _REST.match(text, start + len(self._cut))
            return rest.end() if rest else 0
        return 0

    def _writing(self, number: int) -> str:
        """Return the pattern of one unit; of a row of backslashes none that belongs to what follows the secret."""
        unit, following = self._units[number], self._units[number + 1 : number + 2]
        if unit[0] != "\\":
            return _any_writing(unit)
        if following:
            return f"{_any_writing(unit)}(?={_any_writing(following[0])})"
        return _backslashes(r'(?:\\\\)++|\\(?![\\"/bfnrtu])')


def _touches_a_word(text: str, start: int) -> bool:
    """Whether a letter or digit stands before a place, other than one of an escape, as for a line feed."""
    if not start or text[start] == "\\" or not _WORD.match(text, start - 1):
        return False
    return not (text[start - 1] in "nrtbf" and text.endswith("\\", 0, start - 1))


def _as_written(secret: str) -> tuple[str, ...]:
    """Return a secret as it is and in the usual escapes, also in two of them, the longest first."""
    forms = {secret}
    for _ in range(2):
        forms |= {escaped for form in forms for escaped in _escaped(form)}
    return tuple(_longest_first(forms))


def _escaped(text: str) -> Iterator[str]:
    yield from (quote(text, safe=""), quote(text), quote_plus(text))
    yield json.dumps(text)[1:-1]
    yield from (html.escape(text), html.escape(text, quote=False))


def _longest_first(secrets: Iterable[str]) -> list[str]:
    return sorted(secrets, key=lambda one: (-len(one), one))


def _is_sought(core: str) -> bool:
    """Whether a secret is looked for everywhere; not where it is JSON of common words, which could be anybody's."""
    pieces = _END_OF_TEXT.split(core)
    return is_telling(core) and (len(pieces) == 1 or any(map(is_telling, pieces)))


def _behind_its_name(secrets: list[str]) -> str:
    """Return a pattern for secrets that could be any word: only where a name, or the form of an address, says so."""
    any_of = "|".join(map(re.escape, secrets))
    quoted = r"""\\*["']\s*[:=]\s*\\*["']"""
    name = rf"(?i:bearer\s+|(?:client_secret|access_token|password)(?:=|{quoted}))"
    return rf"(?P<name>{name})(?:{any_of})(?!\w)|(?P<user>://[^\s/:@]*:)(?:{any_of})(?=@)"


def _passwords(environment: Mapping[str, str]) -> Iterator[str]:
    """Return the passwords that stand in addresses, like those of proxies; a proxy's may lack its scheme."""
    for name, value in environment.items():
        is_proxy = name.upper().endswith("_PROXY")
        if "@" not in value or not ("://" in value or is_proxy):
            continue
        try:
            password = urlsplit(value if "://" in value else f"http://{value}").password or ""
        except ValueError:
            continue
        yield from {password, unquote(password)} - {""}


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=512)
def _any_writing(unit: str) -> str:
    """Return a pattern for one character, plain or in any escape, or escapes of escapes.

    Rows of backslashes and their like are taken whole (possessively): others' words must not make it slow.
    """
    if unit[0] == "\\":
        return _backslashes(r"\\++")
    wide = unit.encode("utf-16-be", "surrogatepass").hex()
    forms = (
        _as_entity(unit),
        "".join(map(_as_percent, unit.encode("utf-8", "surrogatepass"))),
        "".join(rf"{_ESCAPE}u(?i:{wide[at : at + 4]})" for at in range(0, len(wide), 4)),
        rf"{_ESCAPE}x(?i:{wide[2:]})" if len(wide) == _SHORT_CODE and wide < "0100" else "",
        rf"{_ESCAPE}{_LETTERS[unit]}" if unit in _LETTERS else "",
        re.escape(unit) if unit.isalnum() else rf"\\*+{re.escape(unit)}",
    )
    return f"(?:{'|'.join(filter(None, forms))})"


def _backslashes(plain: str) -> str:
    written = rf"{_ESCAPE}(?:u00|x)5[cC]|%(?:25)*+5[cC]|&(?:amp;)*+\#(?:92|[xX]5[cC]);"
    return rf"(?:(?:{written})++|{plain})"


def _as_entity(character: str) -> str:
    sign = _also_escaped("&")
    if character == "&":
        return rf"{sign}(?:amp;)++|{sign}(?:amp;)*+\#(?:0*+38|[xX]0*+26);"
    code = ord(character)
    named = f"|{_ENTITIES[character]}" if character in _ENTITIES else ""
    return rf"{sign}(?:amp;)*+(?:\#0*+{code}|\#[xX]0*+(?i:{code:x}){named});"


def _as_percent(byte: int) -> str:
    again = f"(?:{_also_escaped('2')}{_also_escaped('5')})"
    if byte == ord("%"):
        return f"{_also_escaped('%')}{again}++"
    return f"{_also_escaped('%')}{again}*+{''.join(map(_also_escaped, f'{byte:02x}'))}"


def _also_escaped(sign: str) -> str:
    """Return a pattern for a sign of an escape, which another escape may have been laid over."""
    either = f"{sign}{sign.upper()}" if sign.isalpha() else sign
    codes = "|".join(f"{ord(one):04x}" for one in dict.fromkeys(either))
    return rf"(?:[{either}]|{_ESCAPE}u(?i:{codes}))"


class MaskedStream:
    """A text stream that writes no known secret; everything else of the stream is as it was."""

    def __init__(self, stream: TextIO, *, secrets: KnownSecrets) -> None:
        self._stream = stream
        self._secrets = secrets

    def write(self, text: str) -> int:
        """Write the text without secrets; returns the length of what was given, as writers expect."""
        self._stream.write(self._secrets.masked(text))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        """Be the stream in everything else."""
        return getattr(self._stream, name)
