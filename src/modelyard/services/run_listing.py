from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from modelyard.domain.runs import DatasetInput, ModelLink, RunDetail, RunDocument
from modelyard.storage import runs as storage
from modelyard.storage.run_inputs import Direction
from modelyard.storage.runs import RunRow


@dataclass(frozen=True, slots=True)
class RunListing(Sequence[RunDetail]):
    """Runs with everything logged to them, made when asked for: a page of 1,000 is rows and documents till then.

    All by row key; runs without datasets or models are not in `datasets` or `models`.
    """

    rows: Sequence[RunRow]
    documents: Mapping[int, RunDocument]
    datasets: Mapping[int, Sequence[DatasetInput]] = field(default_factory=dict)
    models: Mapping[tuple[int, Direction], Sequence[ModelLink]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> RunDetail: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RunDetail]: ...
    def __getitem__(self, at: int | slice) -> RunDetail | Sequence[RunDetail]:
        if isinstance(at, slice):
            return RunListing(self.rows[at], self.documents, self.datasets, self.models)
        row = self.rows[at]
        return RunDetail(
            storage.from_row(row),
            self.documents[row.pk],
            self.datasets.get(row.pk, ()),
            self.models.get((row.pk, "input"), ()),
            self.models.get((row.pk, "output"), ()),
        )
