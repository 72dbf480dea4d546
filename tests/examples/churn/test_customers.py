from pathlib import Path

import pandas as pd
import pytest

from modelyard.domain import errors
from modelyard.examples.churn import customers, generator

PEOPLE = generator.generate(seed=1, count=1_000)


def public_file(folder: Path, people: pd.DataFrame = PEOPLE, *, name: str = "Churn_Modelling.csv") -> Path:
    file = folder / name
    people.assign(RowNumber=1, CustomerId=15634602, Surname="Hargrave").to_csv(file, index=False)
    return file


def test_the_public_schema_is_read_without_who_the_customers_are(tmp_path: Path) -> None:
    people = customers.load(public_file(tmp_path))
    assert list(people.columns) == [*customers.REQUEST, customers.TARGET]
    pd.testing.assert_frame_equal(people, PEOPLE)


def test_a_folder_with_one_csv_will_do(tmp_path: Path) -> None:
    public_file(tmp_path)
    assert len(customers.load(tmp_path)) == 1_000
    public_file(tmp_path, name="other.csv")
    with pytest.raises(errors.InvalidInput, match="holds 2 CSV files, not one"):
        customers.load(tmp_path)


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInput, match=r"nowhere\.csv does not exist"):
        customers.load(tmp_path / "nowhere.csv")


def test_missing_columns_are_named(tmp_path: Path) -> None:
    file = public_file(tmp_path, PEOPLE.drop(columns=["Age", "Exited"]))
    with pytest.raises(
        errors.InvalidInput, match=r"Churn_Modelling\.csv lacks the column Age, Exited\. It has: Geography"
    ):
        customers.load(file)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("Age", "old", "line 5, column Age: 'old' is not a number"),
        ("Gender", "", "line 5, column Gender: the value is missing"),
        ("Balance", "", "line 5, column Balance: the value is missing"),
        ("Tenure", "2.5", "line 5, column Tenure: 2.5 is not a whole number"),
        ("Exited", "2", "line 5, column Exited: 2 is neither 0 nor 1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_line_and_column(
    tmp_path: Path, column: str, value: str, told: str
) -> None:
    people = PEOPLE.astype({column: "object"})
    people.loc[3, column] = value
    with pytest.raises(errors.InvalidInput, match=told):
        customers.load(public_file(tmp_path, people))


def test_a_file_where_nobody_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInput, match="has 0 customers who left and 1000 who stayed; at least 50"):
        customers.load(public_file(tmp_path, PEOPLE.assign(Exited=0)))


def test_a_corrupt_line_is_named(tmp_path: Path) -> None:
    file = public_file(tmp_path)
    lines = file.read_text().splitlines()
    lines[9] += ",surplus"
    file.write_text("\n".join(lines))
    with pytest.raises(errors.InvalidInput, match=r"Churn_Modelling\.csv, line 10 is not valid CSV"):
        customers.load(file)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.touch()
    with pytest.raises(errors.InvalidInput, match=r"customers\.csv is empty"):
        customers.load(file)
