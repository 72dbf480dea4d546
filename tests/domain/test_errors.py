from modelyard.domain.errors import LONGEST, InvalidInput


def test_a_message_can_always_be_sent() -> None:
    assert str(InvalidInput("half a \ud83d")) == "half a ?"
    assert InvalidInput("größe 模型 \U0001f600").message == "größe 模型 \U0001f600"


def test_a_message_that_quotes_a_whole_body_is_cut() -> None:
    for sign in "xé\ud800":
        error = InvalidInput(f"'{sign * 1_000_000}' is no name")
        assert len(str(error)) == len(error.message) == LONGEST + 3
