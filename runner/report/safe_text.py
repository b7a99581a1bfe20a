"""Make others' words harmless in XML.

Pure. Making them harmless anywhere at all (controls, escapes, invisible characters) is ``runner.model.text``, cells are
``runner.model.cell``, and Markdown is ``runner.model.markdown``.
"""

from html import escape

from runner.model.text import terminal


def xml(text: str) -> str:
    """Return ``text`` for an XML 1.0 attribute or element; no reader's log takes it for a command.

    Characters that XML forbids are spelled out.
    """
    return escape(terminal(text), quote=True)
