"""What to expect of a re-trigger is told from what the platform says of the failure, and never made up."""

from collections.abc import Sequence

import pytest

from runner.model.advice import Prospect, advice_on
from runner.model.platform import RunError

COPY = "CONNECTOR-1001-500"


def of(*errors: tuple[str, str]) -> Sequence[RunError]:
    return [RunError(code=code, message=message) for code, message in errors]


@pytest.mark.parametrize(
    ("errors", "prospect", "word"),
    [
        (of(("MAPPER-3700-400", "")), Prospect.FIX_FIRST, "mapping"),
        (of(("INGEST-1212-400", "")), Prospect.FIX_FIRST, "rows"),
        (of(("133", "")), Prospect.FIX_FIRST, "span"),
        (of(("106", "")), Prospect.FIX_FIRST, "empty"),
        (of(("118", "")), Prospect.FIX_FIRST, "header"),
        (of(("140", "")), Prospect.LEAVE_ALONE, "before"),
        (of(("CONNECTOR-2001-500", "")), Prospect.FIX_FIRST, "processed"),
        (of(("CONNECTOR-3001-500", "")), Prospect.MAY_PASS, "batch"),
        (of((COPY, "x"), ("2200", "ErrorCode=SftpNetworkIssue,no")), Prospect.MAY_PASS, "network"),
        (of((COPY, "ErrorCode=HttpTimeout")), Prospect.MAY_PASS, "network"),
        (of((COPY, "x"), ("2200", "ErrorCode=SftpAuthFailure")), Prospect.FIX_FIRST, "credentials"),
        (of((COPY, "x"), ("2200", "ErrorCode=FileNotFound")), Prospect.FIX_FIRST, "not have"),
        (of((COPY, "x"), ("2200", "ErrorCode=InvalidSecret")), Prospect.FIX_FIRST, "credentials"),
        (
            of((COPY, "x"), ("2200", "ErrorCode=HttpError,'AADSTS7000222: x'")),
            Prospect.FIX_FIRST,
            "expired",
        ),
        (
            of((COPY, "x"), (COPY, '{"error": "expired client secret"}')),
            Prospect.FIX_FIRST,
            "expired",
        ),
        (of((COPY, "The SAS token has expired."), ("2200", "")), Prospect.FIX_FIRST, "expired"),
        (of(("2200", "ErrorCode=NoNetwork: the secret is expired")), Prospect.FIX_FIRST, "expired"),
        (of(("MAPPER-1-400", "a token has expired")), Prospect.FIX_FIRST, "mapping"),
        # What stands first is what the run failed with.
        (of(("MAPPER-1-400", ""), ("CONNECTOR-3001-500", "")), Prospect.FIX_FIRST, "mapping"),
        # A failed copy tells by its detail, and where that says nothing, by what else is there.
        (of((COPY, "x"), ("106", "")), Prospect.FIX_FIRST, "empty"),
    ],
)
def test_the_first_error_that_tells_something_decides(
    errors: Sequence[RunError], prospect: Prospect, word: str
) -> None:
    advice = advice_on(errors)

    assert advice is not None
    assert (advice.prospect, word in advice.words) == (prospect, True)
    assert advice.source.startswith("from Adobe's ")


@pytest.mark.parametrize(
    "errors",
    [
        of(),
        of((COPY, "Error in copying the data from Source.")),
        of((COPY, "x"), ("2200", "ErrorCode=Surprise,the network is fine")),
        of(("2200", "ErrorCode=SftpNetworkIssue")),
        of(("1401", "")),
        of(("UNHEARD-OF", "MAPPER")),
    ],
    ids=["no errors", "no detail", "unknown detail", "no failed copy", "another number", "unknown"],
)
def test_nothing_is_said_where_nothing_is_known(errors: Sequence[RunError]) -> None:
    assert advice_on(errors) is None
