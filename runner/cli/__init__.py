"""The command line: words in, exit code out. Everything else is found in ``runner.app``.

Commands import what they need when they run, so that ``--help`` and a bad option answer at once.
"""

from runner.cli.main import main

__all__ = ["main"]
