"""What a pipeline is uploaded as: YAML or JSON, alone or within a zip or tar.gz."""

import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput, TooLarge
from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec import yaml_text

SIZE_LIMIT = 32 << 20
"""Bytes of an upload, and of what is unpacked of it."""

_ZIP, _GZIP, _PNG = b"PK", b"\x1f\x8b", b"\x89PNG"
_NAMES = (".yaml", ".yml", ".json")
_PREFERRED = "pipeline.yaml"
_MEMBERS = 1000


def documents(body: bytes) -> Sequence[Json]:
    """The documents within an upload. Raises InvalidInput or TooLarge saying what is wrong with it."""
    text = _text_of(body)
    if text.lstrip().startswith("{"):
        try:
            return [_bounded(json.loads(text, parse_constant=_refuse_constant))]
        except (ValueError, RecursionError):
            pass  # YAML in braces, or wrong in a way that the YAML reader tells better
    found = yaml_text.documents(text)
    if not found:
        raise InvalidInput(
            "The pipeline is empty: it must be YAML or JSON that the kfp SDK compiled, or a zip or tar.gz of it"
        )
    return found


def _text_of(body: bytes) -> str:
    """What an upload says, unpacked."""
    if len(body) > SIZE_LIMIT:
        raise TooLarge(f"The pipeline is larger than {SIZE_LIMIT >> 20} MiB")
    if body.startswith(_ZIP):
        return _decoded(_unzip(body))
    return _decoded(_untar(body) if body.startswith(_GZIP) else body)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "a picture" if body.startswith(_PNG) else f"not UTF-8 text at byte {error.start}"
        raise InvalidInput(
            f"The pipeline is {kind}; it must be YAML, JSON, or a zip or tar.gz of one of them"
        ) from None


def _unzip(body: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            name = _chosen([entry.filename for entry in archive.infolist()[:_MEMBERS] if not entry.is_dir()])
            with archive.open(name) as member:
                return _limited(member.read(SIZE_LIMIT + 1), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InvalidInput(f"The pipeline is a zip archive that cannot be read: {error}") from None


def _untar(body: bytes) -> bytes:
    unpacked = _gunzip(body)
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            members = {entry.name: entry for entry in archive if entry.isfile()}
            name = _chosen(list(members)[:_MEMBERS])
            member = archive.extractfile(members[name])
            return _limited(member.read(SIZE_LIMIT + 1) if member else b"", name)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InvalidInput(f"The pipeline is a tar.gz archive that cannot be read: {error}") from None


def _gunzip(body: bytes) -> bytes:
    try:
        inflate = zlib.decompressobj(wbits=31)
        return _limited(inflate.decompress(body, SIZE_LIMIT + 1), "tar.gz")
    except zlib.error as error:
        raise InvalidInput(f"The pipeline is a gzip file that cannot be read: {error}") from None


def _chosen(names: Sequence[str]) -> str:
    """`pipeline.yaml`, else the first that may be one."""
    wanted = [name for name in names if name.endswith(_NAMES)]
    for name in wanted:
        if name.rpartition("/")[2] == _PREFERRED:
            return name
    if not wanted:
        raise InvalidInput("The archive has no .yaml, .yml or .json file: it must have pipeline.yaml")
    return wanted[0]


def _limited(content: bytes, name: str) -> bytes:
    if len(content) > SIZE_LIMIT:
        raise TooLarge(f"{name} is larger than {SIZE_LIMIT >> 20} MiB when unpacked")
    return content


def _bounded(document: Json) -> Json:
    """Depth and number of values, as for YAML."""
    left: list[tuple[Json, int]] = [(document, 0)]
    count = 0
    while left:
        value, depth = left.pop()
        count += 1
        if depth > yaml_text.DEPTH_LIMIT:
            raise InvalidInput(f"The pipeline is nested deeper than {yaml_text.DEPTH_LIMIT} levels")
        if count > yaml_text.VALUES_LIMIT:
            raise InvalidInput(f"The pipeline has more than {yaml_text.VALUES_LIMIT:,} values")
        if isinstance(value, dict):
            left.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list):
            left.extend((inner, depth + 1) for inner in value)
    return document


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")
