"""Customers made from the published marginals of the public bank-churn data, for when no real ones are at hand.

Who leaves is drawn from a logistic model with one effect for every published group (country, gender, number of
products, activity, age, an empty account). The effects are not published, but the churn rate of every group is: the
effects are found by correcting each in turn until the groups leave at their rates (raking). Not in the data: any
interaction of the groups, and any influence of credit score, tenure, card or salary.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from modelyard.examples.churn import customers

CUSTOMERS = 10_000
COUNTRIES = {"France": 0.5014, "Germany": 0.2509, "Spain": 0.2477}
PRODUCTS = {1: 0.5084, 2: 0.4590, 3: 0.0266, 4: 0.0060}
FEMALE, HAS_CARD, ACTIVE, EMPTY_ACCOUNT = 0.45, 0.705, 0.515, 0.48
# Median 37, mean 39, standard deviation 10.5: skewed as the published ages are.
YOUNGEST, OLDEST = 18, 92
LOG_YEARS_SINCE_18 = (np.log(19), 0.46)

CHURN = 0.204
CHURN_BY_COUNTRY = {"France": 0.162, "Germany": 0.324, "Spain": 0.167}
CHURN_BY_GENDER = {"Female": 0.251, "Male": 0.165}
CHURN_BY_PRODUCTS = {1: 0.277, 2: 0.076, 3: 0.827, 4: 1.0}
CHURN_BY_ACTIVITY = {0: 0.269, 1: 0.143}
CHURN_BY_AGE = {"to 30": 0.075, "to 40": 0.121, "to 50": 0.340, "to 60": 0.562, "over 60": 0.248}
AGE_BORDERS = (30, 40, 50, 60)
CHURN_BY_EMPTY_ACCOUNT = {True: 0.138, False: 0.241}
ROUNDS = 30

Rates = Mapping[str, float] | Mapping[int, float] | Mapping[bool, float]


def generate(seed: int, count: int = CUSTOMERS) -> pd.DataFrame:
    """Customers in the columns of `customers.REQUEST` and `customers.TARGET`; the same seed makes the same ones."""
    random = np.random.default_rng(seed)
    country = random.choice(list(COUNTRIES), count, p=list(COUNTRIES.values()))
    empty = (country != "Germany") & (random.random(count) < EMPTY_ACCOUNT)
    balance = np.where(empty, 0.0, random.normal(119_800, 30_100, count).clip(1_000).round(2))
    people = pd.DataFrame(
        {
            "CreditScore": random.normal(650, 97, count).clip(350, 850).round(),
            "Geography": country,
            "Gender": np.where(random.random(count) < FEMALE, "Female", "Male"),
            "Age": (YOUNGEST + random.lognormal(*LOG_YEARS_SINCE_18, count)).clip(YOUNGEST, OLDEST).round(),
            "Tenure": random.integers(0, 11, count),
            "Balance": balance,
            "NumOfProducts": random.choice(list(PRODUCTS), count, p=list(PRODUCTS.values())),
            "HasCrCard": random.random(count) < HAS_CARD,
            "IsActiveMember": random.random(count) < ACTIVE,
            "EstimatedSalary": random.uniform(11, 200_000, count).round(2),
        }
    )
    left = random.random(count) < churn_probability(people)
    return customers.typed(people.assign(Exited=left))


def age_band(age: "pd.Series[float]") -> "pd.Series[str]":
    bands = np.array(list(CHURN_BY_AGE))
    return pd.Series(bands[np.searchsorted(AGE_BORDERS, age.to_numpy(), side="left")], index=age.index)


def groupings(people: pd.DataFrame) -> Sequence[tuple["pd.Series[Any]", Rates]]:
    """Every published way to group customers: each one's group, and the churn rates of the groups."""
    return (
        (people["Geography"], CHURN_BY_COUNTRY),
        (people["Gender"], CHURN_BY_GENDER),
        (people["NumOfProducts"], CHURN_BY_PRODUCTS),
        (people["IsActiveMember"], CHURN_BY_ACTIVITY),
        (age_band(people["Age"]), CHURN_BY_AGE),
        (people["Balance"] == 0, CHURN_BY_EMPTY_ACCOUNT),
    )


def churn_probability(people: pd.DataFrame) -> NDArray[np.float64]:
    score = np.full(len(people), _log_odds(CHURN))
    masks = [
        ((group == name).to_numpy(), rate)
        for group, rates in groupings(people)
        for name, rate in rates.items()
        if (group == name).any()
    ]
    for _ in range(ROUNDS):
        for mask, rate in masks:
            score[mask] += _log_odds(rate) - _log_odds(float(_probability(score[mask]).mean()))
    return _probability(score)


def _probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-log_odds))


def _log_odds(probability: float) -> float:
    """Bounded, since one published rate is 1."""
    bounded = min(max(probability, 1e-4), 1 - 1e-4)
    return float(np.log(bounded / (1 - bounded)))
