"""Two versions beside one another: what the signature of one has that the other's has not."""

import json
import re

from mlflow import MlflowClient
from playwright.sync_api import expect

from tests.e2e.ui.conftest import NASTY, Shown
from tests.support.browser import Visit

NAME = "two signatures"


def written(*inputs: tuple[str, str]) -> str:
    """The file of a model that says what it takes, and can do nothing."""
    fields = json.dumps([{"name": name, "type": kind, "required": True} for name, kind in inputs])
    signature = {"inputs": fields, "outputs": json.dumps([{"type": "double", "required": True}])}
    return json.dumps({"flavors": {"python_function": {"loader_module": "none"}}, "signature": signature})


def test_what_differs_between_the_signatures_of_versions_is_told(visit: Visit, shown: Shown) -> None:
    client = MlflowClient(shown.url, shown.url)
    run = client.create_run(shown.nested, run_name="of two signatures").info.run_id
    client.create_registered_model(NAME)
    files = {"one": written(("day", "long"), ("miles", "double"), (NASTY, "string"))}
    files["two"] = written(("day", "long"), ("miles", "float"), ("hour", "long"))
    for folder, text in files.items():
        client.log_text(run, text, f"{folder}/MLmodel")
        client.create_model_version(NAME, f"runs:/{run}/{folder}", run)
    page = visit.go(f"/models/{NAME}/versions/2?against=1")
    signature = page.get_by_role("region", name=re.compile("^Signature"))
    rows = signature.get_by_role("row")
    expect(rows.filter(has_text="miles")).to_contain_text("float in version 1: double")
    expect(rows.filter(has_text="hour")).to_contain_text("long in version 1: nothing")
    expect(rows.filter(has_text=NASTY)).to_contain_text("nothing in version 1: string")
    expect(rows.filter(has_text="day")).not_to_contain_text("version 1")
    assert visit.violations() == []
    page.get_by_role("combobox", name="Compare with").select_option("none")
    expect(rows.filter(has_text="miles")).not_to_contain_text("version 1")
    client.delete_registered_model(NAME)
    client.delete_run(run)
