"""Every kind of answer, and the step that follows it."""

from hypothesis import given
from hypothesis import strategies as st

from runner.execute.decide import AskAgain, Asked, Block, Settle, step_after
from runner.journal import Settled
from runner.model.answer import Accepted, Passing, Refused, Scope, TryAgain, Uncertain
from runner.model.words import ETag, Evidence, OutcomeKind, RunId
from runner.retry import RetryPolicy

POLICY = RetryPolicy(attempts=3, first_wait_seconds=1.0, longest_wait_seconds=60.0)


def step(answer: Accepted | Refused | TryAgain | Uncertain, *, attempt: int = 1) -> object:
    asked = Asked(
        position=7, run_id=RunId("old-7"), attempt=attempt, asked_at_ms=1_000, request_id="ours"
    )
    return step_after(answer, asked, policy=POLICY, chance=0.5, now_ms=2_000)


def try_again(why: Passing, *, wait_seconds: float | None = None) -> TryAgain:
    return TryAgain(
        why=why, message="busy", http_status=429, request_id="theirs", wait_seconds=wait_seconds
    )


def test_an_accepted_run_is_retriggered_with_its_new_run() -> None:
    answer = Accepted(
        new_run_id=RunId("new-7"), new_etag=ETag('"e"'), http_status=200, request_id="theirs"
    )
    assert step(answer) == Settle(
        entry=Settled(
            at_ms=2_000,
            position=7,
            run_id=RunId("old-7"),
            outcome=OutcomeKind.RETRIGGERED,
            evidence=Evidence.RESPONSE,
            new_run_id=RunId("new-7"),
            new_etag=ETag('"e"'),
            attempts=1,
            http_status=200,
            request_id="theirs",
            asked_at_ms=1_000,
        )
    )


def test_an_answer_with_the_old_id_is_accepted_and_says_so() -> None:
    answer = Accepted(new_run_id=RunId("old-7"), new_etag=None, http_status=200, request_id="")
    found = step(answer)
    assert isinstance(found, Settle)
    assert found.entry.outcome is OutcomeKind.RETRIGGERED
    assert found.entry.new_run_id == "old-7"
    assert found.entry.reason == "the platform took up the same run again"
    assert found.entry.request_id == "ours"


def test_a_refusal_settles_with_its_code_and_scope() -> None:
    for scope in Scope:
        answer = Refused(
            code="1387-400", message="no", http_status=400, request_id="theirs", scope=scope
        )
        assert step(answer) == Settle(
            entry=Settled(
                at_ms=2_000,
                position=7,
                run_id=RunId("old-7"),
                outcome=OutcomeKind.REFUSED,
                reason="1387-400: no",
                attempts=1,
                http_status=400,
                request_id="theirs",
                asked_at_ms=1_000,
            ),
            scope=scope,
        )


def test_a_refusal_without_a_code_is_only_its_words() -> None:
    answer = Refused(code="", message="no", http_status=400, request_id="", scope=Scope.RUN)
    found = step(answer)
    assert isinstance(found, Settle)
    assert found.entry.reason == "no"


def test_an_uncertain_answer_blocks_and_is_never_asked_again() -> None:
    answer = Uncertain(
        message="timed out", http_status=None, request_id="", unreadable_success=False
    )
    for attempt in range(1, 6):
        assert step(answer, attempt=attempt) == Block(
            entry=Settled(
                at_ms=2_000,
                position=7,
                run_id=RunId("old-7"),
                outcome=OutcomeKind.UNRESOLVED,
                reason="timed out",
                attempts=attempt,
                http_status=None,
                request_id="ours",
                asked_at_ms=1_000,
            )
        )


def test_a_passing_fault_is_asked_again_after_a_spread_wait() -> None:
    for why in set(Passing) - {Passing.THROTTLED}:
        assert step(try_again(why), attempt=2) == AskAgain(
            wait_seconds=1.0,  # half of the second wait of two seconds
            why=why,
            message="busy",
            http_status=429,
            request_id="theirs",
        )


def test_a_wait_that_the_platform_names_is_kept_and_marked() -> None:
    found = step(try_again(Passing.THROTTLED, wait_seconds=7.0))
    assert found == AskAgain(
        wait_seconds=7.0,
        why=Passing.THROTTLED,
        message="busy",
        http_status=429,
        request_id="theirs",
    )


def test_a_throttled_run_is_not_given_up_and_its_waits_do_not_grow() -> None:
    for attempt in (1, 3, 100):
        found = step(try_again(Passing.THROTTLED), attempt=attempt)
        assert isinstance(found, AskAgain)
        assert found.wait_seconds == 0.5  # half of the first wait


def test_the_last_attempt_gives_up_unless_it_was_throttled() -> None:
    for why in set(Passing) - {Passing.THROTTLED}:
        assert step(try_again(why), attempt=3) == Settle(
            entry=Settled(
                at_ms=2_000,
                position=7,
                run_id=RunId("old-7"),
                outcome=OutcomeKind.GAVE_UP,
                reason="busy (on the last of 3 attempts)",
                attempts=3,
                http_status=429,
                request_id="theirs",
                asked_at_ms=1_000,
            ),
        )


ANSWERS = st.one_of(
    st.builds(
        Accepted,
        new_run_id=st.text(min_size=1).map(RunId),
        new_etag=st.none() | st.text().map(ETag),
        http_status=st.integers(200, 299),
        request_id=st.text(),
    ),
    st.builds(
        Refused,
        code=st.text(),
        message=st.text(),
        http_status=st.integers(400, 499),
        request_id=st.text(),
        scope=st.sampled_from(Scope),
    ),
    st.builds(
        TryAgain,
        why=st.sampled_from(Passing),
        message=st.text(),
        http_status=st.none() | st.integers(400, 599),
        request_id=st.text(),
        wait_seconds=st.none() | st.floats(0.001, 1e6),
    ),
    st.builds(
        Uncertain,
        message=st.text(),
        http_status=st.none() | st.integers(200, 599),
        request_id=st.text(),
        unreadable_success=st.booleans(),
    ),
)


@given(answer=ANSWERS, attempt=st.integers(1, 10), chance=st.floats(0, 1))
def test_only_what_was_surely_not_accepted_is_asked_again(
    answer: Accepted | Refused | TryAgain | Uncertain, attempt: int, chance: float
) -> None:
    asked = Asked(
        position=1, run_id=RunId("old"), attempt=attempt, asked_at_ms=0, request_id="ours"
    )
    found = step_after(answer, asked, policy=POLICY, chance=chance, now_ms=1)
    expected: type[object]
    if isinstance(answer, Uncertain):
        expected = Block
    elif isinstance(answer, TryAgain) and (
        answer.why is Passing.THROTTLED or attempt < POLICY.attempts
    ):
        expected = AskAgain
    else:
        expected = Settle
    assert type(found) is expected
    if isinstance(found, AskAgain):
        assert 0.0 <= found.wait_seconds <= POLICY.longest_wait_seconds
    else:
        assert isinstance(found, Settle | Block)
        assert (found.entry.position, found.entry.run_id) == (1, "old")
        assert found.entry.attempts == attempt
        assert found.entry.request_id in (answer.request_id, "ours")
        assert found.entry.request_id
