"""What is worth masking: never what could stand in innocent words, and without being told only what looks secret."""

import pytest

from runner.model.secret import Secret, is_telling, looks_secret, secrets_in

RANDOM = (
    "planted-0uter-T0ken-5521",
    "9f86d081884c7d659a2feaa0c55ad015",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "bXlzZWNyZXQ=",
    "xoxb-17653672481-pdFZKVeTuE8sk7oOcHrzzqgy",
    "SG.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tA",
    "AKIAIOSFODNN7EXAMPLE",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj",
    "eyJhbGciOiJSUzI1NiJ9.abc",
    "Xk9!pQ2z",
    "hunter2!x9Kq",
    "QwErTyUiOpAsDf",
)
TOLD = (
    "s3cret-value",
    "p8e-planted-token",
    'a"b\\c',
    "s3cr3t",
    "correct-horse-battery-staple",
    "4fb0418e-1804-45d6-8d56-dd51f05c0baf",
    "/Zx81/qQ4Lw",
)
"""Secrets where somebody says so; without being told they could be names, ids or paths."""
COMMON = (
    "",
    "abc",
    "true",
    "1234",
    "12345678901234567890123",
    "1e10",
    "12345e67",
    "80.5",
    "2026-11-20",
    "prod",
    "prod01",
    "PROD",
    "production",
    "status",
    "retriggered",
    "not_attempted",
    "oldest_first",
    "oauth_server_to_server",
    "additional_info.projectedProductContext",
    "x-gw-ims-org-id",
    "nightly-load",
    "eu-west-1",
    "AES-256-GCM",
    "CloudStorageToAEP",
    "SftpNetworkIssue",
    "PostgreSQL",
    "https://ims-na1.adobelogin.com",
    "http://localhost:8080/",
    "****",
)


@pytest.mark.parametrize("text", RANDOM)
def test_what_looks_random_is_a_secret_wherever_its_variable_sounds_so(text: str) -> None:
    assert is_telling(text)
    assert list(secrets_in(text)) == [text]


@pytest.mark.parametrize("text", TOLD)
def test_what_is_oddly_written_is_a_secret_only_where_somebody_says_so(text: str) -> None:
    assert is_telling(text)
    assert not looks_secret(text)


@pytest.mark.parametrize("text", COMMON)
def test_what_could_stand_in_innocent_words_is_never_masked(text: str) -> None:
    assert not is_telling(text)
    assert not looks_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.example.com/x7Kq/81qQ4Lw9vT",
        "/run/secrets/x9Kq81ZpLm",
        "./x9Kq81ZpLm.pem",
        "d-9x8k2q7z.awsapps.com",
        "someone1x2y3z@mail.example.com",
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "${x9Kq81ZpLm}",
        "20261120T020000Z-inc-2041-ab12",
        "S3_EU_orders_2024q3",
    ],
)
def test_addresses_paths_hosts_and_ids_do_not_look_secret(text: str) -> None:
    assert not looks_secret(text)


def test_of_json_the_texts_are_looked_at_and_of_lines_and_words_each() -> None:
    value = '{"a": [1, {"key-9f86d081884c7d65": "Xk9!pQ2z AKIAIOSFODNN7EXAMPLE"}], "b": null}'
    assert sorted(secrets_in(value)) == ["AKIAIOSFODNN7EXAMPLE", "Xk9!pQ2z"]
    assert list(secrets_in('plain\n"bXlzZWNyZXQ="\n')) == ["bXlzZWNyZXQ="]
    assert list(secrets_in("{broken hunter2!x9Kq")) == ["hunter2!x9Kq"]


def test_a_secret_does_not_print() -> None:
    secret = Secret("Xk9!pQ2z")
    assert f"{secret} {secret!r} {[secret]}" == "Secret() Secret() [Secret()]"
