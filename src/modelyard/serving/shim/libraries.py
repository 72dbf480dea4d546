"""What many models share is imported quickly, and compiled once for all."""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from collections.abc import Iterable, Iterator


def load(modules: Iterable[str]) -> None:
    """Best effort: who needs one that is missing says so."""
    with _quickly():
        for name in modules:
            try:
                importlib.import_module(name)
            except BaseException as error:  # noqa: BLE001 - libraries may raise anything
                print(f"{name} was not imported: {error!r}", flush=True)
    sys.stdout.flush()


@contextlib.contextmanager
def _quickly() -> Iterator[None]:
    """Compiling is most of a first import, and installers leave it to that; who imports next finds it done.

    Otherwise no byte code is kept, as a model's code would leave it in the model's directory. Hardly anything that an
    import makes is garbage, so looking for some meanwhile is a waste.
    """
    kept, collects = sys.dont_write_bytecode, gc.isenabled()
    sys.dont_write_bytecode = False
    gc.disable()
    try:
        yield
    finally:
        sys.dont_write_bytecode = kept
        if collects:
            gc.enable()
