from pathlib import Path

import pytest

from modelyard.domain.errors import InvalidInput, NotFound, TooLarge, Unavailable
from modelyard.domain.outside_models import Credentials
from modelyard.storage.outside_models import fetch_bucket, fetch_folder
from tests.support.buckets import bucket

LARGEST = 1000


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "source" / "models" / "taxi"
    (folder / "data").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    (folder / "data" / "model.bin").write_bytes(b"x" * 100)
    return folder


def copied(target: Path) -> dict[str, bytes]:
    return {one.relative_to(target).as_posix(): one.read_bytes() for one in target.rglob("*") if one.is_file()}


async def test_a_bucket_is_read_with_the_credentials_given_and_no_others(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-servers-own")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    with bucket(model.parents[1]) as server:
        given = Credentials("me", "hidden", endpoint=server.url)
        await fetch_bucket("s3://bucket/models/taxi", given, tmp_path / "copy", LARGEST)
        assert copied(tmp_path / "copy") == copied(model)
        assert set(server.keys) == {"me"}
        with pytest.raises(Unavailable, match="s3://bucket/models/taxi cannot be read"):
            await fetch_bucket("s3://bucket/models/taxi", Credentials(endpoint=server.url), tmp_path / "other", LARGEST)
        assert server.keys[-1] == ""
        with pytest.raises(NotFound, match="nothing at s3://bucket/models/none"):
            await fetch_bucket("s3://bucket/models/none", given, tmp_path / "other", LARGEST)
        with pytest.raises(TooLarge, match="over 99 bytes"):
            await fetch_bucket("s3://bucket/models/taxi", given, tmp_path / "other", 99)
    assert not (tmp_path / "other").exists()


async def test_a_bucket_is_read_with_the_servers_own_credentials_where_none_are_given(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket(model.parents[1], "the-servers-own") as server:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-servers-own")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_ENDPOINT", server.url)
        await fetch_bucket("s3://bucket/models/taxi", None, tmp_path / "copy", LARGEST)
        assert copied(tmp_path / "copy") == copied(model)


async def test_a_folder_is_copied_with_links_that_stay_within_it(model: Path, tmp_path: Path) -> None:
    (model / "latest").symlink_to("MLmodel")
    await fetch_folder(model, tmp_path / "copy", LARGEST)
    assert copied(tmp_path / "copy") == copied(model)
    assert not (tmp_path / "copy" / "latest").is_symlink()
    with pytest.raises(TooLarge):
        await fetch_folder(model, tmp_path / "other", 99)


async def test_a_folder_leads_nowhere_else(model: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("mine")
    (model / "more").symlink_to(tmp_path / "private")
    with pytest.raises(InvalidInput, match="is no file within"):
        await fetch_folder(model, tmp_path / "copy", LARGEST)
    assert not (tmp_path / "copy").exists()
