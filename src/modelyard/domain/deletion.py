"""Emptying the trash: what to delete for good, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

MOST_KEPT_NAMED = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Things in the trash since `before` (ms since the epoch) or longer: all, or these experiments and runs."""

    before: int
    experiment_ids: Sequence[str] = ()
    run_ids: Sequence[str] = ()

    @property
    def everything(self) -> bool:
        return not self.experiment_ids and not self.run_ids


@dataclass(frozen=True, slots=True)
class Kept:
    """Something in the trash that may not be deleted, and why."""

    kind: str
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What was deleted, or would be. `files` are paths; `blobs` are contents that no path stands for any more."""

    experiments: int = 0
    runs: int = 0
    logged_models: int = 0
    files: int = 0
    blobs: int = 0
    bytes: int = 0
    kept: Sequence[Kept] = field(default=())
    kept_count: int = 0

    def plus(self, **more: int) -> Self:
        return type(self)(
            **{name: getattr(self, name) + more.get(name, 0) for name in _COUNTS},
            kept=self.kept,
            kept_count=self.kept_count,
        )

    def keeping(self, kept: Sequence[Kept]) -> Self:
        """With more that was kept; only so many are named."""
        named = (*self.kept, *kept)[:MOST_KEPT_NAMED]
        counts = {name: getattr(self, name) for name in _COUNTS}
        return type(self)(**counts, kept=named, kept_count=self.kept_count + len(kept))

    def document(self) -> dict[str, Any]:
        """As `of` reads it."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        return cls(**{**document, "kept": tuple(Kept(**one) for one in document.get("kept", ()))})


_COUNTS = ("experiments", "runs", "logged_models", "files", "blobs", "bytes")
