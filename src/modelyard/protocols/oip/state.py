from dataclasses import dataclass

from modelyard.serving.dataplane import DataPlane
from modelyard.serving.repository import Repository


@dataclass(frozen=True, slots=True)
class OipState:
    """What V2 asks: the data plane for predictions, the repository for what could be served."""

    plane: DataPlane
    repository: Repository
