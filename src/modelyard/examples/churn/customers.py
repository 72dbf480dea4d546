"""Reading bank customers in the schema of the public Churn_Modelling.csv."""

from pathlib import Path

import pandas as pd

from modelyard.domain import errors
from modelyard.examples import tables

NUMBERS = ["CreditScore", "Age", "Tenure", "Balance", "NumOfProducts", "HasCrCard", "IsActiveMember", "EstimatedSalary"]
CATEGORIES = ["Geography", "Gender"]
REQUEST = ["CreditScore", "Geography", "Gender", *NUMBERS[1:]]
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
    _refuse_unusable_target(frame, file)
    return frame[[*REQUEST, TARGET]]


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


def _refuse_unusable_target(frame: pd.DataFrame, file: Path) -> None:
    strange = ~frame[TARGET].isin((0, 1)).to_numpy()
    if strange.any():
        row = int(strange.argmax())
        raise errors.InvalidInput(
            f"{file}, {tables.place_of(file, row)}, column {TARGET}: {frame[TARGET].iloc[row]:g} is neither 0 nor 1"
        )
    left = int(frame[TARGET].sum())
    if min(left, len(frame) - left) < FEWEST_CUSTOMERS_A_CLASS:
        raise errors.InvalidInput(
            f"{file} has {left} customers who left and {len(frame) - left} who stayed;"
            f" at least {FEWEST_CUSTOMERS_A_CLASS} of each are needed"
        )
