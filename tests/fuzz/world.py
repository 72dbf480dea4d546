"""What is on a server that is being fuzzed, under the names that messages use."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

API: Final = "/api/2.0/mlflow"
_PLACE: Final = re.compile(r"\{(\w+)(?::path)?\}")
_HOOK: Final = {
    "name": "h",
    "url": "https://1.1.1.1/",
    "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}],
    "status": "DISABLED",
}
_PATH: Final = {"model_id": "{logged}", "webhook_id": "{webhook}", "tag_key": "k", "artifact_path": "a/b"}


@dataclass(slots=True)
class World:
    """What may be broken on the way has a twin, the `victim`."""

    http: httpx.Client
    names: dict[str, str] = field(default_factory=dict)

    def fill(self) -> None:
        """Puts it there through the API."""
        names, post = self.names, self._post
        for who in ("", "victim_"):
            names[f"{who}experiment_name"] = f"{who}world"
            names[f"{who}experiment"] = post("experiments/create", name=f"{who}world")["experiment_id"]
            made = post("runs/create", experiment_id=names[f"{who}experiment"])
            names[f"{who}run"] = made["run"]["info"]["run_id"]
            names[f"{who}model"] = post("registered-models/create", name=f"{who}model")["registered_model"]["name"]
        for number in range(3):
            post("runs/log-metric", run_id=names["run"], key="m", value=number, timestamp=number, step=number)
        names["logged"] = post("logged-models", experiment_id=names["experiment"])["model"]["info"]["model_id"]
        names["webhook"] = post("webhooks", **_HOOK)["webhook"]["webhook_id"]
        for who in ("", "victim_"):
            self._add_version(who)

    def add_a_second_of_each(self) -> None:
        """So that every listing has a second page."""
        for path in ("runs/create", "logged-models"):
            self._post(path, experiment_id=self.names["experiment"])
        self._post("webhooks", **_HOOK)
        self._add_version("")

    def known(self, value: Any) -> Any:
        """The same with the names of what is there put in."""
        if isinstance(value, str):
            return _PLACE.sub(lambda found: self.names.get(found[1], found[0]), value)
        if isinstance(value, Mapping):
            return {key: self.known(one) for key, one in value.items()}
        return [self.known(one) for one in value] if isinstance(value, list | tuple) else value

    def path(self, template: str) -> str:
        """A route's path with something in the place of its parameters."""
        return str(self.known(_PLACE.sub(lambda found: _PATH[found[1]], template)))

    def _add_version(self, who: str) -> None:
        run_id = self.names[f"{who}run"]
        self._post("model-versions/create", name=f"{who}model", source=f"runs:/{run_id}/m", run_id=run_id)

    def _post(self, path: str, **fields: object) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        answer = self.http.post(f"{API}/{path}", content=json.dumps(fields), headers=headers)
        assert answer.is_success, answer.text
        read: dict[str, Any] = answer.json()
        return read
