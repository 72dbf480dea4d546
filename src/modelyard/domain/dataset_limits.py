from modelyard.domain.errors import InvalidInput
from modelyard.domain.runs import DatasetInput

_LIMITS = {"name": 500, "digest": 36, "source_type": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
_TAG_KEY = 255
_TAG_VALUE = 500


def check(given: DatasetInput) -> None:
    """Raises InvalidInput for a dataset without a name, and for a part that is too long; sizes are MLflow's."""
    if not given.dataset.name:
        raise InvalidInput("Missing value for required parameter 'name' of the dataset")
    for part, limit in _LIMITS.items():
        _limited(part, getattr(given.dataset, part) or "", limit)
    for key, value in given.tags.items():
        if not key:
            raise InvalidInput("Missing value for required parameter 'key' of a tag of the dataset's input")
        _limited("key", key, _TAG_KEY)
        _limited("value", value, _TAG_VALUE)


def _limited(what: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise InvalidInput(f"'{what}' exceeds the maximum length of {limit} characters")
