"""A spec to start from, and the one call that the tests of the spec room make most."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runner.spec import Checked, check_text

NOW_MS = 1_795_219_200_000  # 2026-11-21T00:00:00Z
ENVIRONMENT = {"ORG": "ORG@AdobeOrg", "CLIENT": "client", "SECRET": "s3cret-value"}
HEAD = """\
version: 1
name: example
reason: an example
connection:
  org_id: ${ORG}
  auth:
    client_id: ${CLIENT}
    client_secret: ${SECRET}
"""
SANDBOX = """\
sandboxes:
  - name: prod
    runs: [a]
"""

Check = Callable[..., Checked]


@pytest.fixture
def head() -> str:
    """Everything but the sandboxes."""
    return HEAD


@pytest.fixture
def small() -> str:
    """A whole valid spec."""
    return HEAD + SANDBOX


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(ENVIRONMENT)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """``check(text)`` with the environment and time of these tests; anything can be given otherwise."""

    def checked(
        content: str | bytes,
        *,
        environment: Mapping[str, str] | None = ENVIRONMENT,
        now_ms: int = NOW_MS,
        for_resume: bool = False,
    ) -> Checked:
        return check_text(
            content,
            path="x.yaml",
            environment=environment,
            base=tmp_path,
            now_ms=now_ms,
            for_resume=for_resume,
        )

    return checked


@pytest.fixture
def sentences(check: Check) -> Callable[..., list[str]]:
    """What is wrong, as ``line:column code path``."""

    def listed(content: str | bytes, **options: object) -> list[str]:
        return [
            f"{one.line}:{one.column} {one.code} {one.path}".rstrip()
            for one in check(content, **options).problems
        ]

    return listed
