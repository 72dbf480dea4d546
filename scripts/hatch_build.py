"""Puts the web interface into a package that is built from a checkout; an sdist has it already."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebInterface(BuildHookInterface):  # type: ignore[misc] # hatchling is there only while a package is built
    """Hatch calls this before it gathers files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's own signature
        """An editable install is served from the checkout, where `make` builds the interface."""
        root = Path(self.root)
        built = root / "src" / "modelyard" / "web" / "dist" / "index.html"
        if version == "editable" or built.exists() or not (root / "ui").is_dir():
            return
        subprocess.run([root / "scripts" / "ui", "build"], check=True)
