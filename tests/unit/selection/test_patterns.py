"""What fits a pattern: narrowly where runs are asked for, widely where they are left alone."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.selection.patterns import fits, fits_widely


@given(st.text())
def test_every_word_fits_itself_whatever_signs_are_in_it(word: str) -> None:
    assert fits(word, word)
    assert fits_widely(word, word)
    for form in ("NFC", "NFD"):
        assert fits(word, normalize(form, word))
        assert fits(normalize(form, word), word)


@given(st.text(), st.text())
def test_what_fits_narrowly_fits_widely_and_no_pattern_is_too_odd(word: str, pattern: str) -> None:
    assert fits_widely(word, pattern) >= fits(word, pattern)


@given(st.text(alphabet="ab S3[]*?!-ÉéÀß\u00a0"))
def test_a_wide_pattern_misses_nothing_for_its_case(word: str) -> None:
    for other in (word.upper(), word.lower(), word.swapcase(), f" {word}  "):
        assert fits_widely(word, other)


@pytest.mark.parametrize(
    ("word", "pattern", "narrowly", "widely"),
    [
        ("S3 orders", "S3 *", True, True),
        ("S3 orders", "s3 *", False, True),
        ("S3\u00a0orders", "S3 *", False, True),
        ("S3  orders ", "S3 orders", False, True),
        (" S3 orders", "S3 *", False, True),
        ("S3 orders ", "* orders", False, True),
        ("S3\u200b or\u00adders", "S3 orders", False, True),  # signs that nobody sees
        ("\ufeffS3 orders", "S3 *", False, True),
        ("S3 orders", "S3", False, False),
        ("Orders [EU] daily", "Orders [EU] daily", True, True),
        ("Orders [EU] daily", "orders [eu] Daily", False, True),
        ("Orders E daily", "Orders [EU] daily", True, True),  # it is a pattern all the same
        ("Orders [EU] daily", "Orders [[]EU] *", True, True),
        ("what?", "what?", True, True),
        ("Cafe\u0301 sales", "Caf\u00e9 *", True, True),
        ("CAFE\u0301 sales", "caf\u00e9 *", False, True),
        ("Caf\u00e9", "Caf?", True, True),
        ("Cafe\u0301", "Caf?", True, True),
        ("abc", "[!A-Z]*", True, True),  # folding the pattern must not make it narrower
        ("a\nb", "a*", True, True),
        ("", "*", True, True),
        ("", "?*", False, False),
    ],
)
def test_words_and_patterns(
    word: str,
    pattern: str,
    narrowly: bool,  # noqa: FBT001  # a case
    widely: bool,  # noqa: FBT001  # likewise
) -> None:
    assert (fits(word, pattern), fits_widely(word, pattern)) == (narrowly, widely)
