"""Make others' words harmless in Markdown.

Pure. Making them harmless anywhere at all (controls, escapes, invisible characters) is ``runner.model.text.visible``,
which each function here applies first.
"""

import re

from runner.model.text import COMMAND_ANYWHERE, visible

_NEEDS_ENTITIES = re.compile(r"[`|\\]|" + COMMAND_ANYWHERE.pattern)
_PUNCTUATION = re.compile(r"[^\w\s]|_")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")


def markdown(text: str) -> str:
    """Return ``text`` as inline code, in which Markdown, HTML, mentions and links are all dead; empty stays empty.

    Backquotes, pipes and backslashes can end a code span or a table's cell, so text with one of them becomes a
    ``<code>`` element with every sign written as an entity: an entity is never read as structure (CommonMark, 2.5).
    So does text with a build server's command in it, for pages are printed into logs too.
    """
    shown = visible(text)
    if not shown.strip():
        return ""
    if _NEEDS_ENTITIES.search(shown):
        return (
            "<code>" + _PUNCTUATION.sub(lambda sign: f"&#{ord(sign.group())};", shown) + "</code>"
        )
    return f"`{shown}`"


def markdown_link(url: str) -> str:
    """Return a link where ``url`` is a plain web address, and inline code where it is anything else."""
    return f"<{url}>" if is_web_address(url) else markdown(url)


def is_web_address(url: str) -> bool:
    """Tell whether ``url`` is http or https, written with nothing but the usual signs."""
    return _PLAIN_URL.fullmatch(url) is not None
