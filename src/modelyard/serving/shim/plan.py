"""What a replica is told when it starts; `serving/launch.py` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Plan:
    """`document` is the MLmodel document, empty for a folder that holds a scoring script only.

    `most_rows` are predicted together, and a request may have `row_limit` (0: any number).
    `direct` allows a runtime other than mlflow's; `compared` says that it was found to give mlflow's answers before.
    Where mlflow is needed, who is `without_mlflow` ends and says so, to be started again where it is imported already.
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        self.model = Path(facts["model"])
        self.socket = str(facts["socket"])
        self.health = str(facts["health"])
        self.temporary = str(facts["temporary"])
        self.document: dict[str, Any] = facts["document"]
        self.variables: dict[str, str] = facts["variables"]
        self.memory = int(facts["memory"])
        self.batching = str(facts["batching"])
        self.most_rows = int(facts["most_rows"])
        self.row_limit = int(facts["row_limit"])
        self.script = str(facts["script"])
        self.direct = bool(facts["direct"])
        self.compared = bool(facts["compared"])
        self.without_mlflow = bool(facts["without_mlflow"])
        self.isolated = bool(facts["isolated"])

    @property
    def flavors(self) -> dict[str, Any]:
        return self.document.get("flavors") or {}

    @property
    def pyfunc(self) -> dict[str, Any]:
        return self.flavors.get("python_function") or {}

    def example(self) -> tuple[str, bytes, str, str] | None:
        """The logged input example: its form, its payload, its params as JSON text, and its file name."""
        info = self.document.get("saved_input_example_info") or {}
        ready = self._inside(info.get("serving_input_path"))
        if ready is not None:
            forms = json.loads(ready.read_bytes())
            form = next((form for form in EXAMPLE_FORMS if form in forms), None)
            if form is not None:
                params = forms.get("params")
                told = json.dumps(params, sort_keys=True) if params else ""
                return form, json.dumps(forms[form]).encode(), told, ready.name
        bare = self._inside(info.get("artifact_path"))
        if bare is not None and info.get("pandas_orient") == "split":
            return "dataframe_split", bare.read_bytes(), "", bare.name
        return None

    def _inside(self, name: str | None) -> Path | None:
        path = (self.model / (name or "")).resolve()
        return path if name and path.is_file() and self.model.resolve() in path.parents else None


EXAMPLE_FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")


def read(path: str) -> Plan:
    return Plan(json.loads(Path(path).read_bytes()))
