"""Secrets and configuration that a pipeline names as Kubernetes objects, from files: `secrets/NAME/KEY`."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json, Source
from modelyard.formats.pipeline_spec.fields import Fields
from modelyard.formats.pipeline_spec.volumes import name_of

SECRETS, CONFIG_MAPS = "secrets", "config-maps"
TAKEN = frozenset({"secretAsEnv", "configMapAsEnv"})
_KINDS = (
    ("secretAsEnv", SECRETS, "secretName", "secretKey"),
    ("configMapAsEnv", CONFIG_MAPS, "configMapName", "configMapKey"),
)
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,252}")
LookUp = Callable[[Source], Json]


class Secrets:
    """`root` holds a directory of each kind. They are read when a step starts, and recorded nowhere."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def environment(self, platform: Mapping[str, Json], look_up: LookUp) -> dict[str, str]:
        """Variables of a step; `look_up` answers what a source has. Raises InvalidInput for what is not there."""
        env: dict[str, str] = {}
        for field, folder, name_field, key_field in _KINDS:
            for entry in _objects(platform.get(field)):
                if not (name := str(look_up(name_of(Fields(dict(entry), field), name_field)) or "")):
                    continue  # an optional input of the pipeline that was not given
                for pair in _objects(entry.get("keyToEnv")):
                    value = self._read(folder, name, str(pair.get(key_field)))
                    if value is not None:
                        env[str(pair.get("envVar"))] = value
                    elif not entry.get("optional"):
                        place = f"{folder}/{name}/{pair.get(key_field)}"
                        raise InvalidInput(
                            f"The step needs a variable from {place}, which is not in the data directory"
                        )
        return env

    def _read(self, folder: str, name: str, key: str) -> str | None:
        if not is_name(name) or not is_name(key):
            raise InvalidInput(f"'{name[:100]}' and '{key[:100]}' cannot be names of a secret and a key of it")
        try:
            return (self._root / folder / name / key).read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"The key '{key}' of '{name}' cannot be read: {error}") from None


def is_name(text: str) -> bool:
    """Whether it can name an object, and so a directory of ours."""
    return _NAME.fullmatch(text) is not None


def _objects(value: Json) -> Iterator[Mapping[str, Json]]:
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict):
            yield entry
