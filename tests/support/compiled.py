"""Pipelines as the kfp SDK compiles them."""

import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what the SDK imports
    from kfp import compiler, dsl

__all__ = ["IMAGE", "compiled", "component", "dsl"]

IMAGE = "python:3.11"
component = partial(dsl.component, base_image=IMAGE, install_kfp_package=False)


def compiled(pipeline: Callable[..., Any]) -> bytes:
    """The YAML of a function decorated with `dsl.pipeline`."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, "pipeline.yaml")
        compiler.Compiler().compile(pipeline, str(path))
        return path.read_bytes()
