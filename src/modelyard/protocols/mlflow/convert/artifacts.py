from collections.abc import Sequence

from modelyard.domain.artifacts import FileInfo
from modelyard.domain.pages import Page
from modelyard.protocols.mlflow.wire import artifacts as wire


def basenames(entries: Sequence[FileInfo]) -> wire.ProxiedFiles:
    return wire.ProxiedFiles(files=tuple(wire.FileInfo(one.name, one.is_dir, one.size or None) for one in entries))


def begun(upload_id: str, urls: Sequence[str]) -> wire.UploadBegun:
    return wire.UploadBegun(upload_id, tuple(wire.PartUrl(url, number) for number, url in enumerate(urls, start=1)))


def below(page: Page[FileInfo], root_uri: str, root: str) -> wire.Files:
    """Paths from the root, which is a path of the workspace, as `root_uri` is its address."""
    start = len(root) + 1 if root else 0
    return wire.Files(
        root_uri=root_uri,
        files=tuple(wire.FileInfo(one.path[start:], one.is_dir, one.size or None) for one in page.items),
        next_page_token=page.next_token or "",
    )
