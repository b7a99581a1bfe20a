"""Addresses and headers that others' words cannot bend."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from runner.errors import UsageError
from runner.transport import (
    checked_base,
    checked_header,
    proxy_for,
    quoted,
    without_credentials,
)

PLATFORM = "https://platform.adobe.io/data/foundation/flowservice/runs?x=1"
PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("given_base", "base"),
    [
        ("https://platform.adobe.io", "https://platform.adobe.io"),
        ("https://platform.adobe.io/", "https://platform.adobe.io"),
        ("https://platform.adobe.io:8443/below//", "https://platform.adobe.io:8443/below"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1:8080", "http://127.8.9.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_is_https_or_this_machine(given_base: str, base: str) -> None:
    assert checked_base(given_base, what="platform_url") == base


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.adobe.io",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://[::2]",
        "http://2130706433.example.com",
    ],
)
def test_plain_http_beyond_this_machine_is_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(UsageError) as mistake:
        checked_base(url, what="connection.platform_url")
    assert str(mistake.value) == (
        f"connection.platform_url is plain http ({url}), over which credentials would be seen by others."
    )
    assert mistake.value.remedy == "Write https. Plain http is for this machine alone."


@pytest.mark.parametrize(
    "url",
    [
        "",
        "platform.adobe.io",
        "//platform.adobe.io",
        "ftp://platform.adobe.io",
        "https://",
        "https:///path",
        "https://[::1",
        "https://host:notaport",
        "https://host:99999",
        "https://host:0",
        "https://ho st",
        "https://host\r\nx: y",
        "https://host\\evil",
        "https://höst",
        "https://user:p8e-planted@host",
        "https://p8e-planted@host",
        "https://host?token=p8e-planted",
        "https://host#p8e-planted",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as mistake:
        checked_base(url, what="connection.auth.ims_url")
    said = str(mistake.value) + mistake.value.remedy
    assert said.startswith("connection.auth.ims_url ")
    assert "p8e-planted" not in said


@pytest.mark.parametrize("value", ["abc", "a b", "{org}@AdobeOrg", "~!"])
def test_a_plain_header_is_kept(value: str) -> None:
    assert checked_header(value, what="org_id") == value


@pytest.mark.parametrize(
    "value", ["", " ", " a", "a ", "a\r\nx: y", "a\nb", "a\rb", "a\0", "a\x7f", "ü", "\ud800"]
)
def test_a_header_that_could_begin_another_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(UsageError) as mistake:
        checked_header(value, what="connection.org_id")
    assert str(mistake.value) == (
        "connection.org_id is empty, or holds characters that cannot stand in a request's header."
    )


@given(part=st.text(min_size=1))
def test_quoted_words_are_one_segment_and_come_back_as_they_were(part: str) -> None:
    once = quoted(part)
    assert once.isascii()
    assert not set(once) & set("/?#&=+ ,<>\r\n\\")
    assert once not in {".", ".."}
    assert unquote(once) == part.encode("utf-8", "replace").decode()
    url = URL(f"https://platform.adobe.io/runs/{once}/action?op=re-trigger", encoded=True)
    assert url.raw_path.split("/") == ["", "runs", once, "action"]
    assert url.host == "platform.adobe.io"


def test_a_lone_surrogate_is_quoted_as_a_question_mark() -> None:
    assert quoted("a\ud800b") == "a%3Fb"


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        ({"https_proxy": "", "HTTPS_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": ""}, None),
        ({"HTTP_PROXY": PROXY}, None),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"all_proxy": PROXY, "https_proxy": "http://first:1"}, "http://first:1"),
        ({"HTTPS_PROXY": "proxy.example.com:3128"}, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "platform.adobe.io"}, None),
        ({"HTTPS_PROXY": PROXY, "no_proxy": "platform.adobe.io"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "platform.adobe.io:443"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "platform.adobe.io:8443"}, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": ".adobe.io"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "adobe.io, example.org"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "other.io,notadobe.io"}, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "platform.adobe.io", "no_proxy": "x"}, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "platform.adobe.io", "no_proxy": ""}, PROXY),
        ({"MY_PROXY": PROXY, "HTTPS_PROXY_USER": "x", "_PROXY": "x"}, None),
    ],
)
def test_the_environment_names_the_proxy(environment: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(PLATFORM, environment) == proxy


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "https://localhost/x", "http://[::1]:8080/x"]
)
def test_this_machine_is_never_reached_through_a_proxy(url: str) -> None:
    everything = {"http_proxy": PROXY, "https_proxy": PROXY, "all_proxy": PROXY}
    assert proxy_for(url, everything) is None


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("HTTPS_PROXY", "socks5://user:p8e-planted@proxy:1080"),
        ("ALL_PROXY", "socks5h://proxy:1080"),
        ("HTTPS_PROXY", "http://"),
        ("HTTPS_PROXY", "http://[::1"),
        ("HTTPS_PROXY", "http://proxy:port"),
    ],
)
def test_a_proxy_that_cannot_be_spoken_to_is_a_mistake_that_names_the_variable(
    name: str, address: str
) -> None:
    with pytest.raises(UsageError) as mistake:
        proxy_for(PLATFORM, {name: address})
    assert str(mistake.value) == (
        f"{name} in the environment does not name an http or https proxy."
    )
    assert "p8e-planted" not in mistake.value.remedy


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://me:p8e-planted@proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("https://me@proxy.example.com/path?q", "https://proxy.example.com"),
        ("http://[fe80::1]:3128", "http://[fe80::1]:3128"),
        (PROXY, PROXY),
    ],
)
def test_a_proxy_is_shown_without_name_and_password(proxy: str, shown: str) -> None:
    assert without_credentials(proxy) == shown
