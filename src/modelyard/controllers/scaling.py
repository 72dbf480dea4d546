import math
from collections import deque

from modelyard.domain.serving_options import Scaling

SMOOTHED_OVER = 3
"""Looks at the load whose mean counts, so that a moment's burst starts nothing."""


class Scaler:
    """How many replicas a revision needs by the requests it has: more at once, fewer only when it was calm for long."""

    def __init__(self, scaling: Scaling) -> None:
        self._scaling = scaling
        self._loads: deque[float] = deque(maxlen=SMOOTHED_OVER)
        self._needs: deque[tuple[float, int]] = deque()

    def replicas(self, now: float, load: int, last: float) -> int:
        """The number to run. `load` is the most requests at once since the last look, `last` when one came."""
        scaling = self._scaling
        calm_since = now - scaling.idle_seconds
        if scaling.least == 0 and load == 0 and last <= calm_since:
            self._needs.clear()
            return 0
        if scaling.most == max(scaling.least, 1):
            return scaling.most
        self._loads.append(load)
        need = math.ceil(sum(self._loads) / len(self._loads) / scaling.target)
        while self._needs and self._needs[0][0] < calm_since:
            self._needs.popleft()
        while self._needs and self._needs[-1][1] <= need:
            self._needs.pop()  # only the highest counts, and this one lasts longer
        self._needs.append((now, need))
        return min(max(self._needs[0][1], scaling.least, 1), scaling.most)
