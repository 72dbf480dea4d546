"""What is left in the world when a story has been told."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """`page` is for people; the others are for programs."""

    page: str
    experiment: str
    model: str
    endpoint: str

    @classmethod
    def on(cls, server_url: str, experiment_id: str, model: str, version: int, endpoint_url: str) -> "Links":
        """The page of the experiment, addresses of the native API, and where predictions are asked for."""
        server = server_url.rstrip("/")
        base = f"{server}/api/v1"
        return cls(
            page=f"{server}/experiments/{experiment_id}",
            experiment=f"{base}/experiments/{experiment_id}",
            model=f"{base}/models/{model}/versions/{version}",
            endpoint=endpoint_url,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """`metrics` are those of the winner and its baseline; `prediction` is the answer to the one question asked over
    HTTP, none when the model was not deployed; `seed` is set when the input was generated; `gate` is what a gate said.
    """

    story: str
    experiment_id: str
    run_id: str
    model: str
    version: int
    winner: str
    metrics: Mapping[str, float]
    prediction: float | None
    links: Links
    seed: int | None
    gate: str = ""
