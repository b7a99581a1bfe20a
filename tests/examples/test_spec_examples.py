"""Every file in ``valid`` passes, every file in ``invalid`` gives exactly the text that lies beside it.

Adding a case is adding a file. The expected text is what ``retrigger check`` prints for it.
"""

from pathlib import Path

import pytest

from runner.spec import check_text, render

HERE = Path(__file__).parent
VALID = sorted((HERE / "valid").glob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*.yaml"))
NOW_MS = 1_795_219_200_000  # 2026-11-21T00:00:00Z
ENVIRONMENT = {
    "ORG": "ORG@AdobeOrg",
    "CLIENT": "client",
    "SECRET": "s3cret-value",
    "TOKEN": "t0ken-value",
    "EMPTY": "",
    "TWO_LINES": "s3cret\nvalue",
    "RATE": "fast",
    "TEN": "10",
    "YES": "true",
    "DIGITS": "12345678",
    "IDS": "a, b",
}
PLANTED = (
    "p4ssw0rd",
    "p@ssw0rd",
    "second-line",
    "hunter2",
    "real-password",
    "eyJhbGci",
    "s3cret",
    "t0ken",
)


def rendered(file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(file.parent)
    checked = check_text(
        file.read_bytes(), path=file.name, environment=ENVIRONMENT, base=Path(), now_ms=NOW_MS
    )
    assert (checked.spec is None) == checked.has_errors
    return render(checked.problems, "text")


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_example_passes_with_exactly_its_warnings(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = file.with_suffix(".expected.txt")
    text = rendered(file, monkeypatch)
    assert ": error: " not in text
    assert text == (expected.read_text(encoding="utf-8") if expected.exists() else "")


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_example_gives_exactly_its_message(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = rendered(file, monkeypatch)
    assert ": error: " in text
    assert text == file.with_suffix(".expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_no_form_of_the_messages_repeats_a_secret(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    checked = check_text(
        file.read_bytes(), path=file.name, environment=ENVIRONMENT, base=Path(), now_ms=NOW_MS
    )
    for form in ("text", "json", "github"):
        text = render(checked.problems, form)
        assert [word for word in PLANTED if word in text] == []


def test_each_expected_text_belongs_to_an_example() -> None:
    expected = {file.name.removesuffix(".expected.txt") for file in HERE.glob("*/*.expected.txt")}
    assert expected <= {file.stem for file in VALID + INVALID}
    assert len(INVALID) > 80
