import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.examples.stocks import trading_days

FIRST = dt.date(2020, 2, 24)
CLOSES = st.floats(1, 1000)
# For each symbol, the price of each of some days after the first.
SERIES = st.dictionaries(st.integers(0, 40), CLOSES, min_size=2, max_size=15)
PRICES = st.dictionaries(st.sampled_from(["ONE", "TWO", "THREE"]), SERIES, min_size=1)


def frame_of(prices: dict[str, dict[int, float]]) -> pd.DataFrame:
    rows = [
        (symbol, pd.Timestamp(FIRST) + pd.Timedelta(days=day), close)
        for symbol, series in prices.items()
        for day, close in series.items()
    ]
    return pd.DataFrame(rows, columns=["symbol", "date", "close"])


def until(days: pd.DataFrame, date: pd.Timestamp) -> pd.DataFrame:
    return days[days["date"] <= date].reset_index(drop=True)


def test_a_weekend_has_the_price_of_friday() -> None:
    friday, monday = pd.Timestamp("2020-02-28"), pd.Timestamp("2020-03-02")
    days = trading_days.impute(pd.DataFrame({"symbol": "ONE", "date": [friday, monday], "close": [10.0, 30.0]}))
    assert days["close"].tolist() == [10.0, 10.0, 10.0, 30.0]
    assert days["imputed"].tolist() == [False, True, True, False]
    assert days["date"].tolist() == list(pd.date_range(friday, monday))


@settings(max_examples=60)
@given(PRICES, st.integers(0, 40), CLOSES)
def test_no_later_price_changes_an_earlier_row(prices: dict[str, dict[int, float]], today: int, other: float) -> None:
    changed = {
        symbol: {day: close if day <= today else other for day, close in series.items()}
        for symbol, series in prices.items()
    }
    date = pd.Timestamp(FIRST) + pd.Timedelta(days=today)
    now, then = (until(trading_days.impute(frame_of(each)), date) for each in (prices, changed))
    pd.testing.assert_frame_equal(now, then)


@settings(max_examples=30)
@given(PRICES)
def test_every_price_stays_and_only_days_without_one_are_flagged(prices: dict[str, dict[int, float]]) -> None:
    days = trading_days.impute(frame_of(prices))
    real = days[~days["imputed"]].drop(columns="imputed").reset_index(drop=True)
    given_ = frame_of(prices).sort_values(["symbol", "date"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(real, given_, check_dtype=False)
    assert not days.duplicated(["symbol", "date"]).any()
    assert not days["close"].isna().any()


@settings(max_examples=30)
@given(st.integers(20, 400), st.integers(0, 30))
def test_parts_follow_each_other_in_time_for_all_symbols_alike(length: int, later: int) -> None:
    series = [
        pd.DataFrame({"symbol": name, "date": pd.date_range("2020-01-01", periods=length) + shift, "close": 1.0})
        for name, shift in (("ONE", pd.Timedelta(days=0)), ("TWO", pd.Timedelta(days=later)))
    ]
    parts = trading_days.split(trading_days.impute(pd.concat(series)))
    assert set(parts["part"]) == set(trading_days.PARTS)
    dates = parts.groupby("part")["date"]
    first, last = dates.min(), dates.max()
    for before, after in zip(trading_days.PARTS, trading_days.PARTS[1:], strict=False):
        assert last[before] < first[after]
    counted = parts.drop_duplicates("date")["part"].value_counts(normalize=True)
    assert np.allclose(counted[list(trading_days.PARTS)], [0.7, 0.15, 0.15], atol=2 / (length + later))
