from collections.abc import Mapping

from modelyard.domain.errors import UnsupportedMediaType
from modelyard.formats import inference
from modelyard.formats.inference import InferenceRequest

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
_READERS = {JSON: inference.parse_scoring, CSV: inference.parse_csv, PARQUET: inference.parse_parquet}
_CHARSETS = ("utf-8", "utf8")


def media_type(headers: Mapping[str, str]) -> str:
    """Which of the three a body is. Raises UnsupportedMediaType for any other, and for any charset but UTF-8."""
    given = headers.get("content-type", "")
    if given == JSON:  # as most clients write it
        return JSON
    media, *parameters = (part.strip() for part in given.split(";"))
    media = media.lower()
    if media not in _READERS:
        got = f"'{media}'" if media else "no Content-Type"
        raise UnsupportedMediaType(
            f"This predictor only supports the content types {JSON}, {CSV} and {PARQUET}. Got {got}."
        )
    for parameter in filter(None, parameters):
        key, _, value = parameter.partition("=")
        if key.lower() != "charset":
            raise UnsupportedMediaType(f"Unrecognized content type parameter: {key}.")
        if value.strip('"').lower() not in _CHARSETS:
            raise UnsupportedMediaType("The scoring server only supports UTF-8")
    return media


def request(media: str, body: bytes) -> InferenceRequest:
    """Raises InvalidInput."""
    return _READERS[media](body)
