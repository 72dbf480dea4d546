"""Thousands of raw requests to MLflow's server and to ours: a client must see the same, unless we say why not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
import mlflow
import pytest

from tests.conformance.differential.deliberate import DELIBERATE
from tests.conformance.differential.steps import Case, Session, equal
from tests.conformance.differential.tables import (
    artifacts,
    experiments,
    logged_models,
    metrics,
    registry,
    runs,
    search,
)

COMPARED_WITH = "3.17"
DOCUMENTED = Path(__file__).parents[3] / "docs" / "reference" / "mlflow-differences.md"
TABLES: Final[Sequence[tuple[str, Sequence[Case]]]] = (
    ("experiments", experiments.CASES),
    ("runs", runs.CASES),
    ("metrics", metrics.CASES),
    ("search", search.CASES),
    ("logged_models", logged_models.CASES),
    ("registry", registry.CASES),
    ("artifacts", artifacts.CASES),
)
ALL: Final = [(f"{table}: {case.name}", case) for table, cases in TABLES for case in cases]
MEANT: Final = {name: why for why, names in DELIBERATE.items() for name in names}


def test_the_server_is_of_the_version_that_is_spoken() -> None:
    assert mlflow.__version__.startswith(COMPARED_WITH)


def test_names_of_cases_are_their_own() -> None:
    names = [name for name, _ in ALL]
    assert len(set(names)) == len(names)
    assert set(MEANT) <= set(names)


def test_every_deliberate_difference_is_documented() -> None:
    text = DOCUMENTED.read_text("utf-8")
    assert [why for why in DELIBERATE if f"## {why}\n" not in text] == []


@pytest.mark.parametrize(
    ("number", "name", "case"), [(at, *one) for at, one in enumerate(ALL)], ids=[name for name, _ in ALL]
)
def test_a_client_sees_the_same(theirs: httpx.Client, ours: httpx.Client, number: int, name: str, case: Case) -> None:
    there, here = Session(theirs, f"case{number}"), Session(ours, f"case{number}")
    differing = []
    for step in case.steps:
        expected, seen = there.answer(step), here.answer(step)
        if not equal(expected, seen):
            differing.append((step.method, step.path, expected, seen))
    if name in MEANT:
        assert differing, f"{name}: this is no longer different; take it from the list of '{MEANT[name]}'"
    else:
        assert differing == [], name
