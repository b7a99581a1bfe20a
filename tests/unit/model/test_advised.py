"""A command that is advised comes through a shell as it was meant, whatever its paths are called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model.advised import Standpoint, command
from runner.model.text import terminal

_SAY = "import os, sys; sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))"


def arrived(line: str, *, folder: Path) -> list[str]:
    """What a program called ``retrigger`` is given by a shell."""
    program = folder / "retrigger"
    program.write_text(f"#!{sys.executable}\n{_SAY}\n")
    program.chmod(0o700)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", line], env={"PATH": path}, capture_output=True, check=True, timeout=20
    )
    return [os.fsdecode(word) for word in done.stdout.split(b"\0")]


@pytest.mark.parametrize(
    "name",
    [
        "gl.yaml",
        "my spec.yaml",
        'it\'s "quoted".yaml',
        "$HOME/`id`;rm -rf *.yaml",
        "~ada/x.yaml",
        "café/Ünïcode.yaml",
        "line\nbreak\ttab.yaml",
        "escape\x1b[31m.yaml",
        "bidi\u202e.yaml",
        "##[error]x.yaml",
        "::error::x.yaml",
        "back\\slash.yaml",
        "byte\udcff.yaml",
    ],
)
def test_a_path_arrives_as_it_is(name: str, tmp_path: Path) -> None:
    line = command("apply", Path(name), journal=f"j/{name}")

    assert arrived(line, folder=tmp_path) == ["apply", name, "--journal", f"j/{name}"]
    assert terminal(f"with {line}") == f"with {line}"  # nothing is changed where it is shown


def test_a_path_that_begins_like_an_option_is_none(tmp_path: Path) -> None:
    line = command("apply", Path("-spec.yaml"), journal="--j.db")

    assert arrived(line, folder=tmp_path) == ["apply", "./-spec.yaml", "--journal", "./--j.db"]


def test_options_and_ids_stay_as_they_are() -> None:
    assert (
        command("reconcile", "x-1", "--adopt", "OLD=NEW")
        == "retrigger reconcile x-1 --adopt OLD=NEW"
    )


def test_the_journal_is_named_where_it_has_to_be() -> None:
    assert Standpoint().command("status") == "retrigger status"
    assert Standpoint(journal="j/gl.db").command("status") == "retrigger status --journal j/gl.db"
    assert Standpoint(journal="else where.db").command("status", "a-1") == (
        "retrigger status a-1 --journal 'else where.db'"
    )


names = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)


@settings(max_examples=15)
@given(names=st.lists(names, min_size=20, max_size=20))
def test_any_name_arrives_as_it_is(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    line = command(*names)

    assert arrived(line, folder=tmp_path_factory.mktemp("bin")) == names
    assert terminal(f"with {line}") == f"with {line}"
