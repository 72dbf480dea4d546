import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.models import Stage, stage, version_number


@pytest.mark.parametrize("known", list(Stage))
def test_stages_are_read_in_any_case(known: Stage) -> None:
    for text in (known.value, known.lower(), known.upper()):
        assert stage(text) is known


@pytest.mark.parametrize("text", ["", "prod", "Deleted_Internal", " Production"])
def test_other_stages_are_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidInput, match="None, Staging, Production, Archived"):
        stage(text)


def test_only_staging_and_production_are_in_use() -> None:
    assert [known for known in Stage if known.active] == [Stage.STAGING, Stage.PRODUCTION]


def test_version_numbers_are_read() -> None:
    assert version_number("12") == 12


@pytest.mark.parametrize("text", ["", "x", "1.0", "-", " 1", "٣", "2147483648", "1" * 5000])
def test_other_version_numbers_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="must be an integer"):
        version_number(text)
