import pytest

from modelyard.domain import model_sources
from modelyard.domain.errors import InvalidInput

ROOT = "mlflow-artifacts:/0/run/artifacts"


@pytest.mark.parametrize(
    ("source", "scheme"),
    [
        ("s3://b/m", "s3"),
        ("S3://b/m", "s3"),
        ("/a/b", ""),
        ("file:///a", "file"),
        ("C:\\a", ""),
        (f"{ROOT}/m", ROOT[:16]),
    ],
)
def test_the_scheme_of_a_source_is_told(source: str, scheme: str) -> None:
    assert model_sources.scheme(source) == scheme


@pytest.mark.parametrize(
    "source",
    [
        *("s3://b/../m", "s3://b/%2e%2e/m", "s3://b/%25252e./m", "s3://b\\..\\m", "s3://b/;../..", "s3://b"),
        *("s3://b/#/..", "a\nb", "a\0b", " s3://b", "s3://[b", "x" * 2049),
        *("http://h/m", "https://h", "ftp://h", "sftp://h", "hdfs://h", "viewfs://h", "r2://h", "b2://h", "abfss://h"),
        *("mlflow-artifacts://h/m", "models://h/m/1", "runs://h/r", "http:/m"),
    ],
)
def test_what_leads_elsewhere_is_refused(source: str) -> None:
    with pytest.raises(InvalidInput):
        model_sources.scheme(source)


def test_too_many_layers_of_encoding_are_refused() -> None:
    source = "s3://b/" + "%" + "25" * 20 + "2e"
    with pytest.raises(InvalidInput, match="percent-encoded too many times"):
        model_sources.scheme(source)


@pytest.mark.parametrize("inside", ["", "/", "/m", "/m/./n", "//m", "/%6d"])
def test_what_is_below_the_root_is_accepted(inside: str) -> None:
    model_sources.check_within(ROOT + inside, ROOT, "run_id")


@pytest.mark.parametrize(
    "source", ["mlflow-artifacts:/0/run", "mlflow-artifacts:/", f"{ROOT}-x/m", "/0/run/artifacts/m"]
)
@pytest.mark.parametrize("root", [ROOT, None, "s3://b", "mlflow-artifacts:/"])
def test_what_is_beside_the_root_is_refused(source: str, root: str | None) -> None:
    with pytest.raises(InvalidInput, match="run_id"):
        model_sources.check_within(source, root, "run_id")


@pytest.mark.parametrize("source", ["file://elsewhere/data/m", "data/m", "/data-sibling/m", "/dat"])
def test_local_places_must_be_absolute_and_on_this_machine(source: str) -> None:
    with pytest.raises(InvalidInput, match="model_id"):
        model_sources.check_within(source, "/data", "model_id")
    model_sources.check_within("file://localhost/data/m", "file:///data", "model_id")
