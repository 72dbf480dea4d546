"""Volumes that are made and deleted by tasks which are tried again, as after a crash."""

from pathlib import Path

import pytest

from modelyard.controllers.pipelines.claims import Claims
from modelyard.domain.errors import AlreadyExists, InvalidInput, NotFound
from modelyard.domain.pipeline_runs import Task, TaskKind, TaskState, Values


def asks(id_: str, **parameters: str) -> Task:
    return Task(id_, "r", "", id_, id_, TaskKind.STEP, TaskState.RUNNING, 0, inputs=Values(parameters))


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return Claims(tmp_path)


def test_a_task_that_is_tried_again_finds_what_it_has_made_and_nobody_else_does(claims: Claims) -> None:
    for wanted in ({"pvc_name": "mine"}, {"pvc_name_suffix": "-data"}):
        name = claims.create(asks("a", size="1Gi", **wanted), "p")
        (claims.find(name) / "file").write_text("x")
        assert claims.create(asks("a", size="1Gi", **wanted), "p") == name
        assert (claims.find(name) / "file").exists()
    with pytest.raises(AlreadyExists):
        claims.create(asks("b", pvc_name="mine"), "p")
    assert claims.create(asks("b", pvc_name_suffix="-data"), "p") == "p-b-data"


def test_a_note_without_its_volume_is_that_of_a_crash(claims: Claims) -> None:
    claims.create(asks("a", pvc_name="mine", size="1Gi"), "p")
    claims.find("mine").rmdir()
    assert claims.create(asks("b", pvc_name="mine", size="2Gi"), "p") == "mine"
    assert claims.size("mine") == "2Gi"


def test_a_volume_is_deleted_once_with_its_size(claims: Claims, tmp_path: Path) -> None:
    claims.create(asks("a", pvc_name="mine", size="1Gi"), "p")
    deletes = asks("d", pvc_name="mine")
    for _ in range(2):  # the second finds by the proof that it has been there
        claims.delete(deletes, tmp_path / "proof")
    with pytest.raises(NotFound):
        claims.delete(deletes, tmp_path / "other proof")
    (tmp_path / "volumes" / "mine").mkdir()  # by hand: it has no size
    assert claims.size("mine") == ""


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"pvc_name": "a", "pvc_name_suffix": "-b"}, "Only one of"),
        ({"pvc_name": "../a"}, "cannot be the name"),
        ({"pvc_name": ".a"}, "cannot be the name"),
        ({"pvc_name": "a\n"}, "cannot be the name"),
        ({"pvc_name": "n" * 250}, "cannot be the name"),
        ({"pvc_name_suffix": "/../x"}, "cannot be the name"),
        ({"pvc_name": "a", "size": "large"}, "large"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(
    claims: Claims, tmp_path: Path, wanted: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        claims.create(asks("a", **wanted), "p")
    assert list(tmp_path.rglob("*")) == []


def test_a_name_may_be_as_long_as_leaves_room_for_its_note(claims: Claims) -> None:
    name = "n" * 249
    assert claims.create(asks("a", pvc_name=name, size="1Gi"), "p") == name
    assert claims.size(name) == "1Gi"
