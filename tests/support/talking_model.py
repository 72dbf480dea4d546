"""Code of a model that says words one by one; mlflow loads it by path.

Some words are deeds: `fail` raises, `die` ends the process, `wait` waits until a file `go` is there.
A file `closed` says how many words were wanted.
"""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mlflow
from mlflow.pyfunc.model import PythonModel


class Talker(PythonModel):  # type: ignore[misc]
    def predict(
        self,
        context: object,  # noqa: ARG002 - mlflow's signature
        model_input: Any,
        params: Mapping[str, Any] | None = None,
    ) -> object:
        return {"said": [" ".join(words(prompt, params)) for prompt in model_input["prompt"]]}

    def predict_stream(
        self,
        context: object,  # noqa: ARG002 - the same
        model_input: Any,
        params: Mapping[str, Any] | None = None,
    ) -> Iterator[str | dict[str, str]]:
        said = 0
        try:
            for word in words(model_input if isinstance(model_input, str) else model_input["prompt"], params):
                yield {"word": word} if word == "object" else done(word)
                said += 1
        finally:
            Path("closing").write_text(str(said))
            Path("closing").rename("closed")  # which is whole as soon as it is seen


def words(prompt: str, params: Mapping[str, Any] | None) -> list[str]:
    return prompt.split()[: (params or {}).get("limit", 100)]


def done(word: str) -> str:
    if word == "fail":
        raise RuntimeError("lost for words")
    if word == "die":
        os._exit(9)
    if word == "wait":
        Path("waiting").touch()
        while not Path("go").exists():
            time.sleep(0.01)
    return word


mlflow.models.set_model(Talker())
