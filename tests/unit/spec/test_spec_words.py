"""Scalars, durations, percents, times, placeholders, spelling and printing: the small pure parts."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.spec.durations import (
    duration_seconds,
    is_duration,
    percent,
    time_ms,
    time_word,
)
from runner.spec.placeholders import fill
from runner.spec.printable import printable, quoted, width, words
from runner.spec.scalars import TimeWord, Trap, plain_value
from runner.spec.schema import load_schema
from runner.spec.spelling import nearest
from runner.spec.validation import fits_pattern
from runner.spec.withheld import masked_lines


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-12", -12),
        ("0.5", 0.5),
        ("1e5", 100_000.0),
        ("10%", "10%"),
        ("4fb0418e-1804-45d6-8d56-dd51f05c0baf", "4fb0418e-1804-45d6-8d56-dd51f05c0baf"),
        ("nothing", "nothing"),
        ("1.2.3", "1.2.3"),
        ("30s", "30s"),
    ],
)
def test_a_plain_word_means_what_json_makes_of_it(word: str, value: object) -> None:
    assert plain_value(word) == value
    assert type(plain_value(word)) is type(value)


@pytest.mark.parametrize(
    ("word", "read_as"),
    [
        ("no", "false by YAML 1.1"),
        ("Off", "false by YAML 1.1"),
        ("YES", "true by YAML 1.1"),
        ("y", "true by YAML 1.1"),
        ("0123", "an octal number by YAML 1.1"),
        ("0999", "a number by some YAML readers"),
        ("0o17", "an octal number by YAML 1.2"),
        ("0x1F", "a hexadecimal number by YAML"),
        ("0b101", "a binary number by YAML 1.1"),
        ("1_000", "a number by YAML 1.1"),
        ("12:30:00", "a number in base 60 by YAML 1.1"),
        ("190:20:30", "a number in base 60 by YAML 1.1"),
        (".inf", "a number without value by YAML"),
        ("12345678901234567890", "a number too long to keep"),
        ("1e999", "a number by YAML"),
        ("=", "a default value by YAML 1.1"),
    ],
)
def test_a_word_that_yaml_readers_disagree_about_is_a_trap(word: str, read_as: str) -> None:
    assert plain_value(word) == Trap(word, read_as)


@pytest.mark.parametrize(
    "word",
    ["2026-11-20", "2026-11-20T02:00:00Z", "2026-11-20 02:00:00", "2026-11-20T02:00:00+01:00"],
)
def test_dates_and_times_stay_text_of_a_kind_of_their_own(word: str) -> None:
    assert plain_value(word) == word
    assert isinstance(plain_value(word), TimeWord)


@settings(deadline=None)
@given(st.text())
def test_any_word_means_something_finite(word: str) -> None:
    value = plain_value(word)
    assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("word", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86400),
        ("1h30m", 5400),
        ("1m1ms", 60.001),
    ],
)
def test_durations_are_read_as_seconds(word: str, seconds: float) -> None:
    assert duration_seconds(word) == seconds


@pytest.mark.parametrize(
    "word", ["", "30", "1.5h", "-1s", "s", "1h 30m", "30m1h", "1s1s", "1w", "5m\n", "٣s"]
)
def test_other_forms_of_durations_are_refused(word: str) -> None:
    schema = load_schema("spec").resolved({"$ref": "#/$defs/durationOrZero"})
    assert not fits_pattern(word, schema=schema)


def test_a_word_from_elsewhere_is_a_duration_or_not() -> None:
    words_ = ["50m", "1h30m", "0s", "", "5", "five minutes", "5m "]
    assert [is_duration(word) for word in words_] == [True, True, False, False, False, False, False]


def test_a_duration_of_zero_is_only_allowed_where_it_makes_sense() -> None:
    duration = load_schema("spec").resolved({"$ref": "#/$defs/duration"})
    assert [fits_pattern(word, schema=duration) for word in ("0s", "0m00ms", "10ms")] == [
        False,
        False,
        True,
    ]


def test_percents_lose_their_sign() -> None:
    assert (percent("10%"), percent("2.5%")) == (10.0, 2.5)


def test_times_are_milliseconds_whatever_their_offset() -> None:
    assert time_ms("2026-11-21T00:00:00Z") == 1_795_219_200_000
    assert time_ms("2026-11-21T01:00:00.250+01:00") == 1_795_219_200_250
    assert time_word(1_795_219_200_250) == "2026-11-21T00:00:00Z"


def test_a_time_without_an_offset_is_no_time() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        time_ms("2026-02-20T00:00:00")


def test_a_day_that_does_not_exist_is_no_time() -> None:
    with pytest.raises(ValueError, match="day is out of range"):
        time_ms("2026-02-30T00:00:00Z")


def test_placeholders_take_the_variable_then_the_default() -> None:
    filled = fill("${A}-${B:-b}-${C:-c}-${E:-}", environment={"A": "a", "C": ""})
    assert (filled.text, filled.names, filled.faults) == ("a-b-c-", ("A", "B", "C", "E"), ())


def test_two_dollars_stand_for_a_plain_one() -> None:
    filled = fill("$${A} costs $5 and $$", environment={})
    assert (filled.text, filled.names) == ("${A} costs $5 and $$", ())


def test_a_set_but_empty_variable_is_not_missing() -> None:
    assert fill("[${A}]", environment={"A": ""}).text == "[]"
    assert fill("[${A}]", environment={"A": ""}).faults == ()


def test_a_value_from_the_environment_is_not_filled_again() -> None:
    assert fill("${A}", environment={"A": "${B}", "B": "b"}).text == "${B}"


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("a ${NONE}", "missing-variable", 2),
        ("ab${", "malformed-placeholder", 2),
        ("${A", "malformed-placeholder", 0),
        ("${}", "malformed-placeholder", 0),
        ("${1}", "malformed-placeholder", 0),
        ("${A:-${B}}", "malformed-placeholder", 0),
        ("${A-b}", "malformed-placeholder", 0),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_a_fault(text: str, code: str, offset: int) -> None:
    (fault,) = fill(text, environment={"A": "a"}).faults
    assert (fault.code, fault.offset) == (code, offset)


def test_without_an_environment_only_the_form_counts() -> None:
    assert fill("${NONE}", environment=None).faults == ()
    assert [one.code for one in fill("${NONE", environment=None).faults] == [
        "malformed-placeholder"
    ]


@settings(deadline=None)
@given(st.text(), st.dictionaries(st.sampled_from(["A", "B", "SECRET"]), st.text()))
def test_filling_never_fails_and_leaves_other_text_alone(
    text: str, environment: dict[str, str]
) -> None:
    filled = fill(text, environment=environment)
    assert filled.faults or "${" in text or filled.text == text


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="$"), max_size=50))
def test_any_value_arrives_whole(value: str) -> None:
    assert fill("<${A}>", environment={"A": value}).text == f"<{value}>"


@settings(deadline=None)
@given(st.text())
def test_printable_text_is_one_line_without_controls(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(one) < 32 or 0x7F <= ord(one) < 0xA0 for one in shown)
    assert printable(shown) == shown


def test_escapes_and_marks_that_turn_text_round_are_made_visible() -> None:
    assert printable("a\x1b[31m\t\n\u202e\ud800") == "a\\x1b[31m\\t\\n\\u202e\\ud800"


def test_wide_characters_count_twice_and_combining_ones_not() -> None:
    assert (width("ab"), width("日本"), width("e\u0301")) == (2, 4, 1)


def test_long_values_are_shortened() -> None:
    assert quoted("x" * 100) == f'"{"x" * 59}…"'


def test_lists_of_words_read_aloud() -> None:
    assert (words([]), words(["a"]), words(["a", "b", "c"], last="or")) == ("", "a", "a, b or c")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("client_secret: abc", "client_secret: ***"),
        ("  auth: {method: x, client_secret: abc, a: b}", "  auth: {method: ***"),
        ("  'access_token' : abc", "  'access_token' : ***"),
        (
            "client_secret: ${AEP_CLIENT_SECRET}  # from the vault",
            "client_secret: ${AEP_CLIENT_SECRET} ***",
        ),
        ("client_secret: {file: secrets/x}", "client_secret: {file: secrets/x}"),
        ("reason: nothing", "reason: nothing"),
    ],
)
def test_what_follows_a_key_that_sounds_secret_is_masked(text: str, masked: str) -> None:
    assert masked_lines([text]) == [masked]


def test_the_lines_below_a_secret_key_are_masked_until_the_next_key() -> None:
    lines = ["  client_secret: |", "    abc", "", "    def", "  reason: x"]
    assert masked_lines(lines) == [
        "  client_secret: |",
        "***",
        "",
        "***",
        "  reason: x",
    ]


def test_a_misspelt_word_finds_the_one_that_was_meant() -> None:
    known = ["max_runs", "max_running", "name"]
    assert nearest("maxRuns", among=known) == "max_runs"
    assert nearest("max-run", among=known) == "max_runs"
    assert nearest("zebra", among=known) is None
