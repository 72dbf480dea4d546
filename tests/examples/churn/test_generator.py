import pandas as pd
import pytest

from modelyard.examples.churn import customers, generator


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return generator.generate(seed=7)


def test_the_same_seed_makes_the_same_customers_and_another_seed_others() -> None:
    assert generator.generate(3, 500).equals(generator.generate(3, 500))
    assert not generator.generate(3, 500).equals(generator.generate(4, 500))


def test_customers_look_like_loaded_ones(people: pd.DataFrame) -> None:
    assert list(people.columns) == [*customers.REQUEST, customers.TARGET]
    assert len(people) == 10_000
    assert not people.isna().any(axis=None)


@pytest.mark.parametrize(
    ("column", "mean", "deviation", "lowest", "highest"),
    [
        ("CreditScore", 650, 97, 350, 850),
        ("Age", 38.9, 10.5, 18, 92),
        ("Tenure", 5, 3.16, 0, 10),
        ("EstimatedSalary", 100_000, 57_700, 11, 200_000),
    ],
)
def test_numbers_have_the_published_marginals(
    people: pd.DataFrame, column: str, mean: float, deviation: float, lowest: float, highest: float
) -> None:
    values = people[column]
    assert values.mean() == pytest.approx(mean, rel=0.02)
    assert values.std() == pytest.approx(deviation, rel=0.05)
    assert values.between(lowest, highest).all()


def test_the_median_age_is_the_published_one(people: pd.DataFrame) -> None:
    assert people["Age"].median() == pytest.approx(37, abs=1)


def test_accounts_are_empty_as_published_and_never_in_germany(people: pd.DataFrame) -> None:
    empty = people["Balance"] == 0
    german = people["Geography"] == "Germany"
    assert not (empty & german).any()
    assert empty[~german].mean() == pytest.approx(0.48, abs=0.02)
    assert people["Balance"][~empty].mean() == pytest.approx(119_800, rel=0.02)


def test_shares_are_the_published_ones(people: pd.DataFrame) -> None:
    assert people["Geography"].value_counts(normalize=True).to_dict() == pytest.approx(generator.COUNTRIES, abs=0.02)
    assert people["NumOfProducts"].value_counts(normalize=True).to_dict() == pytest.approx(generator.PRODUCTS, abs=0.02)
    assert (people["Gender"] == "Female").mean() == pytest.approx(0.45, abs=0.02)
    assert people["HasCrCard"].mean() == pytest.approx(0.705, abs=0.02)
    assert people["IsActiveMember"].mean() == pytest.approx(0.515, abs=0.02)


def test_a_fifth_leaves(people: pd.DataFrame) -> None:
    assert people["Exited"].mean() == pytest.approx(0.204, abs=0.012)


def test_every_published_group_is_expected_to_leave_at_its_published_rate(people: pd.DataFrame) -> None:
    probability = pd.Series(generator.churn_probability(people))
    for group, rates in generator.groupings(people):
        assert probability.groupby(group).mean().to_dict() == pytest.approx(rates, abs=0.02)


def test_every_published_group_leaves_at_its_published_rate(people: pd.DataFrame) -> None:
    for group, rates in generator.groupings(people):
        assert people["Exited"].groupby(group).mean().to_dict() == pytest.approx(rates, abs=0.06)
