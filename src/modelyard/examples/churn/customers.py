"""Reading bank customers in the schema of the public Churn_Modelling.csv."""

from pathlib import Path

import pandas as pd

from modelyard.domain import errors
from modelyard.examples import tables

CATEGORIES = ["Geography", "Gender"]
WHOLE_NUMBERS = ["CreditScore", "Age", "Tenure", "NumOfProducts", "HasCrCard", "IsActiveMember"]
AMOUNTS = ["Balance", "EstimatedSalary"]
NUMBERS = [*WHOLE_NUMBERS, *AMOUNTS]
REQUEST = [*CATEGORIES, *NUMBERS]
TARGET = "Exited"
FEWEST_CUSTOMERS_A_CLASS = 50


def load(path: Path) -> pd.DataFrame:
    """Customers with the columns REQUEST and TARGET; who they are (RowNumber, CustomerId, Surname) is not read.

    Raises InvalidInput naming the file, line or column that cannot be used.
    """
    file = _file_of(path)
    present = tables.column_names(file)
    missing = [column for column in [*REQUEST, TARGET] if column not in present]
    if missing:
        raise errors.InvalidInput(f"{file} lacks the column {', '.join(missing)}. It has: {', '.join(present)}")
    frame = tables.read(file, [*REQUEST, TARGET])
    for column in [*NUMBERS, TARGET]:
        frame[column] = tables.as_numbers(frame[column], file, column)
    _refuse_missing(frame, file)
    for column in [*WHOLE_NUMBERS, TARGET]:
        _refuse_where(frame[column] % 1 != 0, frame[column], file, "is not a whole number")
    _refuse_where(~frame[TARGET].isin((0, 1)), frame[TARGET], file, "is neither 0 nor 1")
    _refuse_one_sided(frame[TARGET], file)
    return typed(frame)


def typed(people: pd.DataFrame) -> pd.DataFrame:
    """Columns in our order, whole numbers as such: clients send them so, and a served schema does not convert them."""
    return people[[*REQUEST, TARGET]].astype(dict.fromkeys([*WHOLE_NUMBERS, TARGET], "int64"))


def _file_of(path: Path) -> Path:
    if path.is_file():
        return path
    if not path.is_dir():
        raise errors.InvalidInput(f"{path} does not exist: expected a CSV of customers or a folder that holds one")
    files = sorted(path.glob("*.csv"))
    if len(files) != 1:
        raise errors.InvalidInput(f"{path} holds {len(files)} CSV files, not one; name the file of customers itself")
    return files[0]


def _refuse_missing(frame: pd.DataFrame, file: Path) -> None:
    for column in frame.columns:
        missing = frame[column].isna().to_numpy()
        if missing.any():
            raise errors.InvalidInput(
                f"{file}, {tables.place_of(file, int(missing.argmax()))}, column {column}: the value is missing"
            )


def _refuse_where(wrong: "pd.Series[bool]", values: "pd.Series[float]", file: Path, complaint: str) -> None:
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        place = tables.place_of(file, row)
        raise errors.InvalidInput(f"{file}, {place}, column {values.name}: {values.iloc[row]:g} {complaint}")


def _refuse_one_sided(target: "pd.Series[float]", file: Path) -> None:
    left = int(target.sum())
    if min(left, len(target) - left) < FEWEST_CUSTOMERS_A_CLASS:
        raise errors.InvalidInput(
            f"{file} has {left} customers who left and {len(target) - left} who stayed;"
            f" at least {FEWEST_CUSTOMERS_A_CLASS} of each are needed"
        )
