from enum import StrEnum
from typing import Annotated, Self

import msgspec

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Given = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that must be sent: to MLflow an empty one counts as missing."""


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What a client sends. Other spellings and unknown fields make decoding fail; the lenient reader then decides."""


class Response(msgspec.Struct, omit_defaults=True):
    """What we send: fields without a value are left out."""


class Numbered(StrEnum):
    """An enum that clients may send by name or by number, the number being a name's place, counted from one."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        members = list(cls)
        if isinstance(value, str) and value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= len(members):
            return members[int(value[:9]) - 1]
        return None


class ViewType(Numbered):
    """What is none of them means the first, as MLflow takes it."""

    ACTIVE_ONLY = "ACTIVE_ONLY"
    DELETED_ONLY = "DELETED_ONLY"
    ALL = "ALL"

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return super()._missing_(value) or cls.ACTIVE_ONLY


class Tag(msgspec.Struct, frozen=True, gc=False):
    key: str = ""
    value: str = ""
