"""How long an execution was worked, and in how many sessions."""

from runner.model.session import Session, worked_in_words, worked_seconds


def test_the_time_between_two_sessions_is_nobodys_work() -> None:
    sessions = [Session(from_ms=0, to_ms=12_000), Session(from_ms=32_400_000, to_ms=32_460_000)]

    assert worked_seconds(sessions) == 72
    assert worked_in_words(sessions) == "1m12s in 2 sessions, over 9h01m"


def test_one_session_is_told_shortly_and_none_took_nothing() -> None:
    assert worked_in_words([Session(from_ms=5, to_ms=72_005)]) == "1m12s"
    assert worked_in_words([]) == "0s"


def test_a_clock_that_went_back_takes_nothing_from_the_others() -> None:
    sessions = [Session(from_ms=9_000, to_ms=1_000), Session(from_ms=9_000, to_ms=10_000)]

    assert worked_seconds(sessions) == 1
