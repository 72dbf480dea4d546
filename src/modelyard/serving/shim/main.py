"""Load, listen, answer, end."""
# ruff: noqa: PLC0415 - what the environment may lack is imported where a failure can be told

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import os
import platform
import select
import signal
import socket
import struct
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

HERE = Path(__file__).resolve().parent


def beside(name: str) -> Any:
    """A neighbour of this file: the environment lacks the package it belongs to."""
    spec = importlib.util.spec_from_file_location(f"modelyard_shim_{name}", HERE / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from modelyard.serving.shim import inputs, outputs
else:
    inputs, outputs = beside("inputs"), beside("outputs")

LENGTHS = struct.Struct(">II")
HEADER_LIMIT = 1 << 20
BODY_LIMIT = 256 << 20
MESSAGE_LIMIT = 1000
LOAD_FAILED = 3
EXAMPLE_FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")
# Where sklearn judges its input: what is raised there is about the request, not about the model.
JUDGES_ANYWHERE = ("sklearn.utils.validation",)
JUDGES_INNERMOST = ("sklearn.compose._column_transformer", "sklearn.preprocessing._encoders")


class PredictionFailed(Exception):
    """The model itself raised."""


class Model:
    """The loaded model. One prediction at a time: not every model is made for threads."""

    def __init__(self, directory: Path) -> None:
        import mlflow

        self.directory = directory
        self.mlflow_version = mlflow.__version__
        self._pyfunc = mlflow.pyfunc.load_model(str(directory))
        self.metadata = self._pyfunc.metadata
        self.signature = inputs.Signature(self.metadata)
        self._lock = threading.Lock()
        self._entered = threading.local()
        self._watched = self._watch_entry()

    def predict(self, value: Any, params: Any) -> Any:
        """Raises BadInput for what mlflow or the model refuses, PredictionFailed for what the model raises."""
        self._entered.yet = not self._watched
        try:
            with self._lock:
                return self._pyfunc.predict(value, params=params) if params else self._pyfunc.predict(value)
        except Exception as error:  # noqa: BLE001 - model code may raise anything
            if not self._entered.yet or refuses_input(error):
                raise inputs.BadInput(concise(error)) from None
            traceback.print_exc()
            raise PredictionFailed(f"The model raised {type(error).__name__}: {concise(error)}") from None

    def _watch_entry(self) -> bool:
        """Know whether a failure came from mlflow's check of the signature or from the model behind it."""
        inner = getattr(self._pyfunc, "_predict_fn", None)
        if inner is None:
            return False

        @functools.wraps(inner)
        def entered(*args: Any, **kwargs: Any) -> Any:
            self._entered.yet = True
            return inner(*args, **kwargs)

        self._pyfunc._predict_fn = entered  # noqa: SLF001 - the one place between the check and the model
        return True

    def example(self) -> tuple[dict[str, Any], bytes, str] | None:
        """The logged input example as a request, with its file name."""
        info = self.metadata.to_dict().get("saved_input_example_info") or {}
        ready = self._inside(info.get("serving_input_path"))
        if ready is not None:
            forms = json.loads(ready.read_bytes())
            form = next((form for form in EXAMPLE_FORMS if form in forms), None)
            if form is not None:
                header = {"form": form, "params": forms.get("params")}
                return header, json.dumps(forms[form]).encode(), ready.name
        bare = self._inside(info.get("artifact_path"))
        if bare is not None and info.get("pandas_orient") == "split":
            return {"form": "dataframe_split"}, bare.read_bytes(), bare.name
        return None

    def _inside(self, name: str | None) -> Path | None:
        path = (self.directory / (name or "")).resolve()
        return path if name and path.is_file() and self.directory.resolve() in path.parents else None


def refuses_input(error: Exception) -> bool:
    if not isinstance(error, (ValueError, TypeError, KeyError)) or type(error).__name__ == "NotFittedError":
        return False
    modules = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(modules) and (modules[-1] in JUDGES_INNERMOST or any(name in JUDGES_ANYWHERE for name in modules))


def concise(error: Exception) -> str:
    """The error's own words; mlflow puts the whole request before them."""
    text = str(getattr(error, "message", None) or error)
    return text.rpartition("Error: ")[2].strip()[:MESSAGE_LIMIT] or type(error).__name__


def answer(model: Model, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    op = header.get("op")
    if op == "predict":
        return predict(model, header, body)
    if op == "probe":
        return {"ok": True}, [json.dumps(probe(model)).encode()]
    if op == "metadata":
        facts = {"pid": os.getpid(), "python": platform.python_version(), "mlflow": model.mlflow_version}
        return {"ok": True}, [json.dumps({**facts, "has_signature": model.signature.known}).encode()]
    if op == "health":
        return {"ok": True}, []
    raise inputs.BadInput(f"There is no operation '{op}'")


def predict(model: Model, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    prediction = model.predict(inputs.read_input(header, body, model.signature), header.get("params"))
    try:
        if header.get("form") != "tensors":
            return {"ok": True}, [json.dumps(outputs.plain(prediction), allow_nan=False).encode()]
        tensors = outputs.output_tensors(prediction, model.signature.outputs)
    except (TypeError, ValueError) as error:
        raise PredictionFailed(f"The model's answer cannot be written: {error}") from None
    return {"ok": True, "tensors": [head for head, _ in tensors]}, [data for _, data in tensors]


def probe(model: Model) -> dict[str, Any]:
    example = model.example()
    if example is None:
        return {"probed": None, "rows": 0}
    header, body, name = example
    _, parts = predict(model, header, body)
    rows = json.loads(parts[0])
    return {"probed": name, "rows": len(rows) if isinstance(rows, list) else 1}


class Server:
    """A thread per connection; on SIGTERM, what is being answered is answered first."""

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._idle = threading.Condition()
        self._answering = 0
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen(128)

    def run(self) -> None:
        """Until SIGTERM."""
        wake, woken = socket.socketpair()
        signal.signal(signal.SIGTERM, lambda *_: wake.send(b"."))
        while True:
            ready, _, _ = select.select([self._listener, woken], [], [])
            if woken in ready:
                break
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        self._listener.close()
        with self._idle:
            self._idle.wait_for(lambda: self._answering == 0)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while (frame := read_frame(stream)) is not None:
                with self._idle:
                    self._answering += 1
                try:
                    connection.sendall(self._reply(*frame))
                except OSError:
                    return  # nobody waits for the answer any more
                finally:
                    with self._idle:
                        self._answering -= 1
                        self._idle.notify_all()

    def _reply(self, header: bytes, body: bytes) -> bytes:
        try:
            head, parts = answer(self._model, json.loads(header), body)
        except inputs.BadInput as error:
            head, parts = {"ok": False, "error": "invalid_input", "message": str(error)[:MESSAGE_LIMIT]}, []
        except PredictionFailed as error:
            head, parts = {"ok": False, "error": "prediction_failed", "message": str(error)[:MESSAGE_LIMIT]}, []
        except Exception as error:  # noqa: BLE001 - a request must not take the replica with it
            traceback.print_exc()
            message = f"The request could not be read for the model: {type(error).__name__}"
            head, parts = {"ok": False, "error": "prediction_failed", "message": message}, []
        encoded = json.dumps(head).encode()
        return b"".join([LENGTHS.pack(len(encoded), sum(map(len, parts))), encoded, *parts])


def read_frame(stream: Any) -> tuple[bytes, bytes] | None:
    """The next frame; None when the client is gone or does not keep to the limits."""
    try:
        lengths = stream.read(LENGTHS.size)
        if len(lengths) < LENGTHS.size:
            return None
        header_size, body_size = LENGTHS.unpack(lengths)
        if header_size > HEADER_LIMIT or body_size > BODY_LIMIT:
            return None
        header, body = stream.read(header_size), stream.read(body_size)
    except OSError:
        return None
    return (header, body) if len(header) == header_size and len(body) == body_size else None


def end_with_stdin() -> None:
    """Our stdin is a pipe that the server holds: when it ends, the server is gone. The model gets an empty stdin."""
    lifeline = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)

    def watch() -> None:
        while os.read(lifeline, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def load_failure(error: BaseException) -> dict[str, str]:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError):
            message = f"The model needs the Python module '{cause.name}', which its environment does not have"
            return {"reason": "MissingModule", "message": message}
        cause = cause.__cause__ or cause.__context__
    return {"reason": "LoadFailed", "message": f"{type(error).__name__}: {str(error)[:MESSAGE_LIMIT]}"}


def fail(reason: dict[str, str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.write(json.dumps(reason) + "\n")
    sys.stderr.flush()
    os._exit(LOAD_FAILED)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--socket", required=True, type=Path)
    arguments = parser.parse_args()
    end_with_stdin()
    sys.path[:] = [path for path in sys.path if Path(path or os.curdir).resolve() != HERE]
    try:
        server = Server(Model(arguments.model), arguments.socket)
    except BaseException as error:  # noqa: BLE001 - model code may raise anything, even SystemExit
        traceback.print_exc()
        fail(load_failure(error))
    server.run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads of idle connections and of the model do not hold us


if __name__ == "__main__":
    main()
