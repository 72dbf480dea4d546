from dataclasses import dataclass
from pathlib import Path

import msgspec

from modelyard.domain.errors import Corrupt

VERDICT = "verdict.json"
GRAPH = "model.onnx"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the conversion of a model came to, as its program wrote it.

    `columns` are the names of the inputs, in order; empty when the model takes one array of `width` numbers a row.
    `whole` are the places of those that must be whole numbers. The graph's output number `place` is the answer;
    it is told as `datatype` under `output`. Where there are `classes`, the output holds a score for each, and the
    answer is the class of the highest one, the first of equals. `checked` rows were compared, and differed by at most
    `difference` of their own size. Requests of over `most_rows` rows would hold up others; `micros` is the time for
    one row.
    """

    accepted: bool
    reason: str
    columns: tuple[str, ...] = ()
    whole: tuple[int, ...] = ()
    width: int = 0
    precision: str = "float64"
    place: int = 0
    classes: tuple[int | str, ...] = ()
    output: str = ""
    datatype: str = ""
    flat: bool = True
    checked: int = 0
    difference: float = 0.0
    most_rows: int = 0
    micros: float = 0.0

    def __str__(self) -> str:
        if not self.accepted:
            return f"not accelerated: {self.reason}"
        close = "exactly" if self.difference == 0 else f"to {self.difference:.0e}"
        return f"accelerated by onnxruntime: agrees {close} on {self.checked} rows, {self.micros:.0f} µs a row"


def read(directory: Path) -> Verdict:
    """Raises Corrupt when the conversion left none."""
    try:
        return msgspec.json.decode((directory / VERDICT).read_bytes(), type=Verdict)
    except (OSError, msgspec.MsgspecError) as error:
        raise Corrupt(f"The conversion of the model left no verdict: {error}") from error
