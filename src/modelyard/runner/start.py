"""The one file here that is run: `<python of the environment> start.py zygote SOCKET`, or `… start.py step ORDER`."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = "modelyard_runner"


def become_package() -> None:
    """Make this folder importable, but not its files: a step may need a module called like one of them."""
    sys.path[:] = [path for path in sys.path if not path or Path(path).resolve() != HERE]
    spec = importlib.util.spec_from_file_location(PACKAGE, HERE / "__init__.py", submodule_search_locations=[str(HERE)])
    if spec is None or spec.loader is None:
        raise ImportError(PACKAGE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    become_package()
    importlib.import_module(f"{PACKAGE}.{sys.argv[1]}").main(sys.argv[2])
