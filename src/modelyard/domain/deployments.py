from collections.abc import Mapping
from dataclasses import dataclass, field

from modelyard.domain.outside_models import Credentials
from modelyard.domain.rollouts import Strategy
from modelyard.domain.serving_options import ServingOptions


@dataclass(frozen=True, slots=True)
class Deployment:
    """How a model is deployed, apart from which one it is and where to.

    `model` names it on an endpoint with several. `attributes` is what protocols keep with the endpoint, None for what
    it has. `credentials` are for a model in a bucket. With `generation`, an endpoint that has changed since is left as
    it is.
    """

    options: ServingOptions = field(default_factory=ServingOptions)
    strategy: Strategy = field(default_factory=Strategy)
    model: str = ""
    attributes: Mapping[str, str] | None = None
    generation: int | None = None
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of several models under one name, and its percent of the requests."""

    model_uri: str
    options: ServingOptions
    percent: int
    credentials: Credentials | None = None


AS_USUAL = Deployment()
