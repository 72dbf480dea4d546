"""How many threads training and serving take."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from modelyard.examples.learners import Learner

L = TypeVar("L", bound=Learner)


@contextmanager
def one_native_thread() -> Iterator[None]:
    """On a busy machine the native threads of one small step wait minutes for each other; alone it takes a second."""
    with threadpool_limits(limits=1):
        yield


def serving_on_one_core(learner: L) -> L:
    """A model that took all cores to be trained would otherwise take them for every request, too."""
    return learner.set_params(**{name: None for name in learner.get_params() if name.endswith("n_jobs")})
