from modelyard.domain.errors import InvalidInput
from modelyard.domain.runs import DatasetInput

_LIMITS = {"name": 500, "digest": 36, "source_type": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}
_TAG_KEY = 255
_TAG_VALUE = 500


def check(given: DatasetInput) -> None:
    """Raises InvalidInput for a part that is missing or too long; sizes are MLflow's."""
    for part, limit in _LIMITS.items():
        value = getattr(given.dataset, part)
        if value is not None and len(value) > limit:
            raise InvalidInput(f"The dataset's {part} exceeds the maximum length of {limit} characters")
        if not value and part in {"name", "digest", "source_type", "source"}:
            raise InvalidInput(f"Missing value for required parameter '{part}' of the dataset")
    for key, value in given.tags.items():
        if not key or len(key) > _TAG_KEY or len(value) > _TAG_VALUE:
            raise InvalidInput(
                f"The dataset input tag '{key[:50]}' needs a key of 1 to {_TAG_KEY} "
                f"and a value of up to {_TAG_VALUE} characters"
            )
