import modelyard
from modelyard.cli import options, output


def version(json: options.Json = False) -> None:
    """Say which Modelyard this is."""
    if json:
        output.json({"name": "modelyard", "version": modelyard.__version__})
    else:
        output.line(f"modelyard {modelyard.__version__}")
