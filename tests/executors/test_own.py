"""Whether the server's own environment is what a model asks for."""

from importlib import metadata
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.executors import own


def model(home: Path, requirements: str) -> Path:
    (home / "requirements.txt").write_text(requirements)
    return home


def test_what_is_installed_will_do(tmp_path: Path) -> None:
    assert own.check(model(tmp_path, f"packaging=={metadata.version('packaging')}")) == ""


def test_a_package_of_the_same_modules_under_another_name_will_do(tmp_path: Path) -> None:
    """A model that mlflow saved asks for `xgboost`, whichever of its packages the modules are of."""
    installed = metadata.version("xgboost-cpu")
    assert own.check(model(tmp_path, f"xgboost=={installed}")) == ""
    with pytest.raises(InvalidInput, match=rf"xgboost==0\.1 is asked for, and {installed} is installed"):
        own.check(model(tmp_path, "xgboost==0.1"))


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nobody-has-this==1\.0 is not installed"):
        own.check(model(tmp_path, "nobody-has-this==1.0"))
