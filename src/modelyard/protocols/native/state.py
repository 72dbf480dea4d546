from dataclasses import dataclass

from modelyard.protocols.native import wire
from modelyard.services.experiments import Experiments


@dataclass(frozen=True, slots=True)
class NativeState:
    """What the handlers of the native API work with."""

    server: wire.Server
    experiments: Experiments
