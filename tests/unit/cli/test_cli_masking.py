"""What is printed offline is the same whatever stands in the environment, as long as it is no secret."""

import json
import logging
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from runner.masking import KnownSecrets

main = import_module("runner.cli.main")

SPEC = """\
version: 1
name: example
reason: retriggered since status failed, version 1234
connection: {org_id: "${ORG}", auth: {client_id: "${CLIENT}", client_secret: "${AEP_CLIENT_SECRET}"}}
sandboxes:
  - name: prod
    runs: [a, a]
    status: failed
"""
WORDS = ("status", "retriggered", "version", "failed", "prod", "true", "1234", "error", "line")
COMMANDS = (
    "check spec.yaml",
    "check spec.yaml --format json",
    "check spec.yaml --format github",
    "schema spec",
    "schema report",
)
SETTINGS = {
    **{f"X{number}_TOKEN": word for number, word in enumerate(WORDS)},
    "NO_PROXY": "localhost",
    "no_proxy": "",
    "https_proxy": "",
    "HTTPS_PROXY": "http://proxy:3128",
}


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Take back how a command has log lines written: it is run in this very process."""
    root, ours = logging.getLogger(), logging.getLogger("runner")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    logging.captureWarnings(False)  # noqa: FBT003  # its only argument
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.mark.parametrize("secret", ["true", "1234", "prod", "status", "retriggered", "line", "x"])
def test_neither_settings_nor_a_secret_like_any_word_change_what_is_printed(
    secret: str,
    working_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (working_folder / "spec.yaml").write_text(SPEC)
    for name, value in {"ORG": "o@AdobeOrg", "CLIENT": "c"}.items():
        monkeypatch.setenv(name, value)
    said: dict[str, list[str]] = {}
    for turn, variables in (
        ("plain", {"AEP_CLIENT_SECRET": "planted-s3cret-Zx81qQ4Lw"}),
        ("hostile", {**SETTINGS, "AEP_CLIENT_SECRET": secret}),
    ):
        monkeypatch.setattr(main, "SECRETS", KnownSecrets())
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        said[turn] = []
        for words in COMMANDS:
            assert main.run(words.split()) in (0, 2)
            said[turn] += capsys.readouterr()
    assert said["hostile"] == said["plain"]
    for words, printed in zip(COMMANDS, said["hostile"][::2], strict=True):
        assert "json" not in words or json.loads(printed)
