"""An expired secret is noticed in whatever words and writing it is told, and not where something else expired."""

import pytest

from runner.model.expired import tells_of_expired_credentials


@pytest.mark.parametrize(
    "text",
    [
        "expired client secret",
        "Expired client_secret.",
        "The client secret has expired",
        "the provided client secret keys for app 'a1-b2' are expired. Visit the portal",
        "AADSTS7000222: something in another language",
        "ErrorCode=SftpOperationFail,'Type=X,Message=The SAS token is expired.',Source=",
        'ErrorCode=ExpiredToken,"aws"',
        '{"error":"ClientSecretExpired"}',
        '{\\"message\\":\\"your access key was expired\\"}',
        "CLIENT_SECRET_EXPIRED",
        "The password of the account expired",
        "The certificate for the host has expired",
    ],
)
def test_an_expired_secret_is_noticed(text: str) -> None:
    assert tells_of_expired_credentials(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "invalid client secret",
        "The token was renewed. The session expired.",
        "The target dataset has expired",
        "the wait for a token timed out; the lease expired",
        "the secret expires tomorrow",
        "continuationTokens and nothing else",
    ],
)
def test_what_else_expired_is_not_taken_for_a_secret(text: str) -> None:
    assert not tells_of_expired_credentials(text)


def test_a_text_without_end_is_read_to_a_bound() -> None:
    assert not tells_of_expired_credentials("token " * 200_000)
