import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.formats.kserve.conditions import holds

DOCUMENT = {
    "target": "dog",
    "fav.movie": "Deer Hunter",
    "empty": None,
    "predictions": [{"class": "dog", "score": 0.9}, {"class": "cat", "score": 0.1}],
    "instances": [[1, 2], [3, 4]],
}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("target", True),
        ("empty", True),
        ("nothing", False),
        (r"fav\.movie", True),
        ("instances.1.0", True),
        ("instances.2", False),
        ("predictions.#", True),
        ("predictions.0.class", True),
        ('[@this].#(target=="dog")', True),
        ('[@this].#(target=="cat")', False),
        ('[@this].#(target!="cat")', True),
        ('predictions.#(class=="cat").score', True),
        ("predictions.#(score>0.8)", True),
        ("predictions.#(score > 0.95)", False),
        ("predictions.#(score<=0.1)", True),
        ('predictions.#(class%"d*")', True),
        ('predictions.#(class!%"*")', False),
        ("predictions.#(weight)", False),
        ('predictions.#(class=="bird")#', True),
        ("@this", True),
    ],
)
def test_a_condition_holds_when_its_path_finds_something(condition: str, *, found: bool) -> None:
    assert holds(condition, DOCUMENT) is found


@pytest.mark.parametrize("condition", ["", "#(a", 'a.#(b=="c)', "x" * 1001])
def test_a_path_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(InvalidInput):
        holds(condition, DOCUMENT)
