import sys
from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.executors.requirements import read

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"


def model(home: Path, requirements: str, python: str | None = None, **files: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "requirements.txt").write_text(requirements)
    if python is not None:
        (home / "python_env.yaml").write_text(python)
    for name, text in files.items():
        (home / f"{name}.txt").write_text(text)
    return home


def test_comments_spaces_and_order_do_not_make_another_environment(tmp_path: Path) -> None:
    one = read(model(tmp_path / "one", "six==1.17.0  # why\n\nattrs>=23\n"))
    two = read(model(tmp_path / "two", "attrs>=23\r\nsix==1.17.0\nsix==1.17.0\n"))
    assert one.packages == ("attrs>=23", "six==1.17.0")
    assert one.key == two.key
    assert read(model(tmp_path / "three", "six==1.16.0\nattrs>=23")).key != one.key


def test_only_the_minor_version_of_python_matters(tmp_path: Path) -> None:
    keys = {read(model(tmp_path, "six", f"python: {version}\n")).key for version in ("3.11.7", "3.11.2", "3.11")}
    assert len(keys) == 1
    assert read(model(tmp_path, "six", "python: 3.12.1\n")).python == "3.12"


def test_without_a_word_about_python_it_is_ours(tmp_path: Path) -> None:
    assert read(model(tmp_path, "six")).python == OURS


def test_included_files_count_as_if_written_out(tmp_path: Path) -> None:
    home = model(tmp_path, "-r more.txt\n-c limits.txt\n", more="six \\\n  >=1\n", limits="six<2")
    assert (read(home).packages, read(home).constraints) == (("six >=1",), ("six<2",))


@pytest.mark.parametrize(
    ("requirements", "python", "words"),
    [
        ("-r ../outside.txt", None, "outside the model"),
        ("-r /etc/passwd", None, "outside the model"),
        ("-r requirements.txt", None, "more than 5 levels"),
        ("-r absent.txt", None, "has no absent.txt"),
        ("six", "python: [", "not valid YAML"),
        ("six", "python: '3.11; rm'", "is no version"),
    ],
)
def test_what_cannot_be_followed_is_refused(tmp_path: Path, requirements: str, python: str | None, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        read(model(tmp_path, requirements, python))


def test_a_model_without_requirements_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--env local"):
        read(tmp_path)
