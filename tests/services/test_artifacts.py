import os
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import update

from modelyard.domain.artifacts import FileInfo
from modelyard.domain.errors import AlreadyExists, Corrupt, InvalidInput, NotFound, PermissionDenied, TooLarge
from modelyard.domain.pages import PageRequest
from modelyard.domain.principals import LOCAL_OWNER, Principal
from modelyard.services import artifacts as services_artifacts
from modelyard.services.artifacts import Artifacts, location_path, path_in
from modelyard.storage import events
from modelyard.storage.blobs import open_blobs
from modelyard.storage.database import Database
from modelyard.storage.tables.files import files as files_table
from tests.support.statements import counted
from tests.support.streams import Cut, cut_off, pieces, whole

RUN = "1/run/artifacts"


@pytest.fixture
def artifacts(database: Database, tmp_path: Path) -> Artifacts:
    return Artifacts(database, open_blobs(tmp_path / "artifacts"))


async def put(artifacts: Artifacts, *paths: str) -> None:
    for path in paths:
        await artifacts.put(LOCAL_OWNER, path, pieces(path.encode()))


async def listed(artifacts: Artifacts, path: str = "") -> list[str]:
    return shown(await artifacts.list(LOCAL_OWNER, path))


def shown(entries: Iterable[FileInfo]) -> list[str]:
    return [f"{entry.path}/" if entry.is_dir else entry.path for entry in entries]


async def test_a_file_comes_back_as_it_was_put(artifacts: Artifacts) -> None:
    put_file = await artifacts.put(LOCAL_OWNER, f"{RUN}//./model.pkl", pieces(b"weights"))
    file, stream = await artifacts.open(LOCAL_OWNER, f"{RUN}/model.pkl")
    assert file == put_file
    assert file.path == f"{RUN}/model.pkl"
    assert await whole(stream) == b"weights"
    assert await whole(await artifacts.read(file, 2, 4)) == b"ig"


async def test_putting_again_replaces(artifacts: Artifacts) -> None:
    await artifacts.put(LOCAL_OWNER, "a", pieces(b"old"))
    await artifacts.put(LOCAL_OWNER, "a", pieces(b"newer"))
    file, stream = await artifacts.open(LOCAL_OWNER, "a")
    assert (file.blob.size, await whole(stream)) == (5, b"newer")
    assert await listed(artifacts) == ["a"]


async def test_an_upload_that_is_cut_keeps_what_was_there(artifacts: Artifacts) -> None:
    await artifacts.put(LOCAL_OWNER, "a", pieces(b"old"))
    with pytest.raises(Cut):
        await artifacts.put(LOCAL_OWNER, "a", cut_off(bytes(3_000_000), 2_000_000))
    assert await whole((await artifacts.open(LOCAL_OWNER, "a"))[1]) == b"old"


async def test_a_directory_lists_one_level(artifacts: Artifacts) -> None:
    await put(artifacts, "1/a/x", "1/a-b/x", "1/a.txt", "1/a0/y/z", "1/Z", "1/ä/é", "1/a/deep/er", "2/x", "top")
    assert await listed(artifacts) == ["1/", "2/", "top"]
    assert await listed(artifacts, "1") == ["1/Z", "1/a-b/", "1/a.txt", "1/a/", "1/a0/", "1/ä/"]
    assert await listed(artifacts, "1/a") == ["1/a/deep/", "1/a/x"]
    assert (await artifacts.list(LOCAL_OWNER, "1/a"))[1] == FileInfo("1/a/x", is_dir=False, size=5)
    assert await listed(artifacts, "top") == []
    assert await listed(artifacts, "no/such") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_of_a_listing_add_up_to_it(artifacts: Artifacts, limit: int) -> None:
    await put(artifacts, "1/a/x", "1/a-b/x", "1/a-b/y", "1/a.txt", "1/a0/y/z", "1/Z", "1/b")
    found: list[str] = []
    token: str | None = None
    while True:
        page = await artifacts.page(LOCAL_OWNER, "1", PageRequest(limit, token))
        assert len(page.items) <= limit
        found += shown(page.items)
        if (token := page.next_token) is None:
            break
    assert found == await listed(artifacts, "1")


async def test_a_token_of_another_directory_is_refused(artifacts: Artifacts) -> None:
    await put(artifacts, "1/a", "1/b", "2/a")
    token = (await artifacts.page(LOCAL_OWNER, "1", PageRequest(1))).next_token
    with pytest.raises(InvalidInput, match="page token"):
        await artifacts.page(LOCAL_OWNER, "2", PageRequest(1, token))


@pytest.mark.parametrize("first", ["a", "a/b"])
async def test_a_file_and_a_directory_do_not_share_a_path(artifacts: Artifacts, first: str) -> None:
    second = "a/b/c" if first == "a/b" else "a/b"
    await put(artifacts, first)
    with pytest.raises(InvalidInput, match=f"'{first}' is a file"):
        await put(artifacts, second)
    await artifacts.delete(LOCAL_OWNER, first)
    await put(artifacts, second)
    with pytest.raises(InvalidInput, match=f"it is a directory, '{second}' is in it"):
        await put(artifacts, first)
    await put(artifacts, "a-sibling", "a0")


async def test_deleting_takes_a_file_or_a_tree_and_no_sibling(artifacts: Artifacts) -> None:
    await put(artifacts, "1/a/x", "1/a/y/z", "1/a-b/x", "1/a.txt", "1/a0")
    assert await artifacts.delete(LOCAL_OWNER, "1/a") == 2
    assert await artifacts.delete(LOCAL_OWNER, "1/a.txt") == 1
    assert await artifacts.delete(LOCAL_OWNER, "1/a") == 0
    assert await listed(artifacts, "1") == ["1/a-b/", "1/a0"]


async def test_a_walk_is_all_below(artifacts: Artifacts) -> None:
    await put(artifacts, "m/MLmodel", "m/data/w", "m2/x")
    assert [file.path for file in await artifacts.walk(LOCAL_OWNER, "m")] == ["m/MLmodel", "m/data/w"]
    assert [file.path for file in await artifacts.walk(LOCAL_OWNER, "m2/x")] == ["m2/x"]
    assert await artifacts.walk(LOCAL_OWNER, "none") == []


async def test_what_is_not_there_is_not_found_and_a_directory_is_no_file(artifacts: Artifacts) -> None:
    await put(artifacts, "m/x")
    with pytest.raises(NotFound, match="No such artifact: 'n'"):
        await artifacts.open(LOCAL_OWNER, "n")
    with pytest.raises(InvalidInput, match="refers to a directory"):
        await artifacts.open(LOCAL_OWNER, "m")


async def test_another_workspace_has_its_own_files(artifacts: Artifacts) -> None:
    other = Principal(LOCAL_OWNER.name, workspace_id=2)
    await put(artifacts, "a/b")
    with pytest.raises(NotFound):
        await artifacts.get(other, "a/b")
    assert await artifacts.list(other, "a") == []
    assert await artifacts.delete(other, "a") == 0
    await artifacts.put(other, "a", pieces(b"a file here"))


async def test_who_is_not_known_may_do_nothing(artifacts: Artifacts) -> None:
    stranger = Principal("stranger")
    for call in (artifacts.get, artifacts.list, artifacts.delete, artifacts.walk):
        with pytest.raises(PermissionDenied):
            await call(stranger, "a")
    with pytest.raises(PermissionDenied):
        await artifacts.put(stranger, "a", pieces(b""))


@pytest.mark.parametrize("path", ["../x", "a/../../x", "%2e%2e/x", "/etc/passwd", "a\0b", "file:///x", "a#b", "C:\\x"])
async def test_a_path_that_leads_out_is_refused_by_every_call(artifacts: Artifacts, tmp_path: Path, path: str) -> None:
    for call in (artifacts.get, artifacts.list, artifacts.delete, artifacts.walk, artifacts.open):
        with pytest.raises(InvalidInput, match="Invalid path"):
            await call(LOCAL_OWNER, path)
    with pytest.raises(InvalidInput, match="Invalid path"):
        await artifacts.put(LOCAL_OWNER, path, pieces(b"x"))
    with pytest.raises(InvalidInput, match="Invalid path"):
        await artifacts.materialise(LOCAL_OWNER, path, tmp_path / "out")


async def test_the_root_is_no_file_and_is_not_deleted(artifacts: Artifacts) -> None:
    await put(artifacts, "a")
    with pytest.raises(InvalidInput, match="empty"):
        await artifacts.delete(LOCAL_OWNER, "./")
    with pytest.raises(InvalidInput, match="empty"):
        await artifacts.put(LOCAL_OWNER, "", pieces(b"x"))
    assert await listed(artifacts) == ["a"]


async def test_a_file_over_the_limit_is_refused_and_not_kept(database: Database, tmp_path: Path) -> None:
    artifacts = Artifacts(database, open_blobs(tmp_path / "small"), largest_file=100)
    await artifacts.put(LOCAL_OWNER, "a", pieces(bytes(100)))
    with pytest.raises(TooLarge, match="100 bytes"):
        await artifacts.put(LOCAL_OWNER, "b", pieces(bytes(101)))
    assert await listed(artifacts) == ["a"]
    assert len([path for path in (tmp_path / "small").rglob("*") if path.is_file()]) == 1


async def test_every_change_is_an_event(artifacts: Artifacts, database: Database) -> None:
    await put(artifacts, "1/a", "1/b")
    await artifacts.delete(LOCAL_OWNER, "1")
    await artifacts.delete(LOCAL_OWNER, "1")
    found = await database.read(lambda transaction: events.newest(transaction, 1, "artifact", None, None, 10))
    assert [(event.action, event.subject) for event in found] == [
        ("artifact.deleted", "1"),
        ("artifact.written", "1/b"),
        ("artifact.written", "1/a"),
    ]
    assert found[0].detail == {"files": 2}
    assert found[2].detail["size"] == 3


async def test_the_number_of_statements_does_not_depend_on_how_much_there_is(
    artifacts: Artifacts, database: Database
) -> None:
    numbers = []
    for count in (1, 20):
        await put(artifacts, *(f"{count}/d{number}/x" for number in range(count)))
        with counted(database) as seen:
            await artifacts.list(LOCAL_OWNER, str(count))
            await artifacts.walk(LOCAL_OWNER, str(count))
            await artifacts.get(LOCAL_OWNER, f"{count}/d0/x")
            await put(artifacts, f"{count}/y")
            await artifacts.delete(LOCAL_OWNER, str(count))
        numbers.append(seen)
    assert [len(seen) for seen in numbers] == [2 + 1 + 1 + 3 + 2] * 2, numbers


async def test_a_tree_is_materialised_read_only_and_whole(artifacts: Artifacts, tmp_path: Path) -> None:
    await put(artifacts, "1/m/MLmodel", "1/m/data/w.bin", "1/m2/x")
    target = tmp_path / "models" / "m"
    await artifacts.materialise(LOCAL_OWNER, "1/m", target)
    found = {path.relative_to(target).as_posix(): path for path in files_in(target)}
    assert {name: path.read_bytes() for name, path in found.items()} == {
        "MLmodel": b"1/m/MLmodel",
        "data/w.bin": b"1/m/data/w.bin",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in found.values()} == {0o400}
    assert [path.name for path in target.parent.iterdir()] == ["m"]
    links = 1 if os.geteuid() == 0 else 2  # root could write to the blob through a link
    assert {path.stat().st_nlink for path in found.values()} == {links}


async def test_a_place_that_is_taken_is_left_alone(artifacts: Artifacts, tmp_path: Path) -> None:
    await put(artifacts, "m/MLmodel")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").touch()
    with pytest.raises(AlreadyExists, match="taken is there already"):
        await artifacts.materialise(LOCAL_OWNER, "m", taken)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(("taken", ".taken"))) == ["taken"]  # noqa: ASYNC240
    assert [path.name for path in files_in(taken)] == ["mine"]


async def test_nothing_is_materialised_of_what_is_not_a_directory(artifacts: Artifacts, tmp_path: Path) -> None:
    await put(artifacts, "m/MLmodel")
    with pytest.raises(NotFound, match="no artifacts below 'none'"):
        await artifacts.materialise(LOCAL_OWNER, "none", tmp_path / "out")
    with pytest.raises(InvalidInput, match="is a file"):
        await artifacts.materialise(LOCAL_OWNER, "m/MLmodel", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", ["m/../../evil", "m//etc/evil", "m/%2e%2e/evil", "m/a\\..\\..\\evil", "m/" + "x" * 300])
async def test_a_path_in_the_database_cannot_lead_out_either(
    artifacts: Artifacts, database: Database, tmp_path: Path, bad: str
) -> None:
    await put(artifacts, "m/MLmodel", "m/x")
    await database.write(
        lambda transaction: (
            transaction.execute(update(files_table).where(files_table.c.path == "m/x").values(path=bad)).rowcount
        )
    )
    before = outside(tmp_path)
    with pytest.raises(Corrupt, match="cannot be written to a disk"):
        await artifacts.materialise(LOCAL_OWNER, "m", tmp_path / "out" / "m")
    assert outside(tmp_path) == before


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def outside(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "modelyard.db" not in path.name}


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("mlflow-artifacts:/1/run/artifacts", "1/run/artifacts"),
        ("mlflow-artifacts:/", ""),
        ("mlflow-artifacts:///1/models/m-1", "1/models/m-1"),
        ("mlflow-artifacts:1/x", "1/x"),
        ("mlflow-artifacts://yard:5000/1/x", "1/x"),
    ],
)
def test_an_artifact_uri_of_ours_is_a_path(uri: str, path: str) -> None:
    assert location_path(uri, own_hosts=["yard:5000"]) == path


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s3://bucket/x", "not kept by this server"),
        ("/srv/me", "not kept by this server"),
        ("file:///etc", "not kept by this server"),
        ("mlflow-artifacts://evil/x", "kept by another server, evil"),
        ("mlflow-artifacts:/../x", "Invalid path"),
        ("mlflow-artifacts:/a/%252e%252e/x", "Invalid path"),
        ("mlflow-artifacts://[/x", "Invalid artifact URI"),
        ("mlflow-artifacts:/a?/../x", "Invalid path"),
    ],
)
def test_an_artifact_uri_that_is_not_ours_is_refused(uri: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        location_path(uri)


def test_a_path_below_a_root_stays_there() -> None:
    assert path_in("mlflow-artifacts:/1/r", "model/MLmodel") == "1/r/model/MLmodel"
    assert path_in("mlflow-artifacts:/1/r", "") == "1/r"
    for path in ("../x", "/x", "a/%2e%2e/%2e%2e/x"):
        with pytest.raises(InvalidInput):
            path_in("mlflow-artifacts:/1/r", path)


async def test_all_in_a_folder_is_told_by_paths_in_it(artifacts: Artifacts) -> None:
    await put(artifacts, "m/MLmodel", "m/data/w", "m2/x")
    assert [path for path, _ in await artifacts.all_in(LOCAL_OWNER, "m")] == ["MLmodel", "data/w"]
    assert [path for path, _ in await artifacts.all_in(LOCAL_OWNER, "m/data/w")] == ["w"]
    with pytest.raises(NotFound):
        await artifacts.all_in(LOCAL_OWNER, "m3")


async def test_a_folder_of_very_many_files_is_not_fetched_as_one(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_artifacts, "MOST_AT_ONCE", 2)
    await put(artifacts, "m/a", "m/b")
    assert len(await artifacts.all_in(LOCAL_OWNER, "m")) == 2
    await put(artifacts, "m/c")
    with pytest.raises(TooLarge, match="more than 2 files"):
        await artifacts.all_in(LOCAL_OWNER, "m")
