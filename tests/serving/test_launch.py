import signal

from modelyard.serving.launch import failure


def test_the_reason_is_the_last_line_of_a_failed_load() -> None:
    tail = ("Traceback", "{", '{"reason": "MissingModule", "message": "needs x"}', "bye")
    found = failure(3, tail)
    assert (found.reason, found.message, found.exit_code) == ("MissingModule", "needs x", 3)


def test_a_signal_is_named() -> None:
    found = failure(-signal.SIGKILL, ("loading",))
    assert (found.reason, found.message) == ("Killed", "The model's process was ended by signal 9 (Killed)")


def test_other_exit_codes_are_told_even_when_a_line_looks_like_a_reason() -> None:
    assert failure(9, ('{"reason": "a", "message": "b"}',)).reason == "Exited"
