"""Starts MLServer with a folder's model on a port, without workers of its own: its best setting for small models."""

import argparse
import json
import os
import socket
import sys
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--port", required=True, type=int)
    arguments = parser.parse_args()
    settings = {
        "host": "127.0.0.1",
        "http_port": arguments.port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
        "debug": False,
    }
    (arguments.folder / "settings.json").write_text(json.dumps(settings))
    program = Path(sys.executable).with_name("mlserver")
    os.execv(program, [str(program), "start", str(arguments.folder)])  # noqa: S606 - this process becomes the server
