"""`metaflow_flow.py chain|fan STEPS` writes a flow of no-op steps and runs it with Metaflow's local runtime."""

import subprocess
import sys
from pathlib import Path

HEAD = "from metaflow import FlowSpec, step\n\n\nclass Noop(FlowSpec):\n"
STEP = "    @step\n    def {name}(self{extra}):\n        {body}\n\n"
TAIL = 'if __name__ == "__main__":\n    Noop()\n'


def chain(steps: int) -> str:
    names = ["start", *(f"step{number}" for number in range(steps - 2)), "end"]
    bodies = [f"self.next(self.{name})" for name in names[1:]] + ["pass"]
    return "".join(STEP.format(name=name, extra="", body=body) for name, body in zip(names, bodies, strict=True))


def fan(steps: int) -> str:
    """A start, a join and an end are among the steps."""
    wide = f"self.items = list(range({steps - 3}))\n        self.next(self.work, foreach='items')"
    parts = [("start", "", wide), ("work", "", "self.next(self.join)")]
    parts += [("join", ", inputs", "self.next(self.end)"), ("end", "", "pass")]
    return "".join(STEP.format(name=name, extra=extra, body=body) for name, extra, body in parts)


def main(shape: str, steps: int) -> None:
    flow = Path(f"{shape}{steps}.py").absolute()
    flow.write_text(HEAD + (chain if shape == "chain" else fan)(steps) + TAIL, "utf-8")
    options = ["--max-num-splits", "1000", "--max-workers", "4"]
    subprocess.run([sys.executable, str(flow), "--no-pylint", "run", *options], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
