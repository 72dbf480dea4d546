"""From trading days to all days, and from days to the parts that learning, choosing and judging may see."""

import pandas as pd

PARTS = ("train", "validation", "test")
SHARES = (0.7, 0.15)


def impute(prices: pd.DataFrame) -> pd.DataFrame:
    """A row for every day of the calendar, with a column `imputed`.

    A day without trade has the price of the last working day before it. Later prices are never looked at: a gap is not
    closed by what comes after it, as interpolation would do, for nobody knew that then.
    """
    filled = []
    for symbol, series in prices.groupby("symbol", sort=True):
        traded = series.set_index("date")["close"]
        days = pd.date_range(traded.index.min(), traded.index.max(), name="date")
        close = traded.reindex(days)
        filled.append(
            pd.DataFrame({"symbol": symbol, "close": close.ffill(), "imputed": close.isna()}, index=days).reset_index()
        )
    return pd.concat(filled, ignore_index=True)[["symbol", "date", "close", "imputed"]]


def split(days: pd.DataFrame) -> pd.DataFrame:
    """The same rows with a column `part`, one of PARTS, each later than the one before; the borders are the same dates
    for all symbols, so that none tells another's future.
    """
    dates = days["date"].drop_duplicates().sort_values().reset_index(drop=True)
    validation, test = (dates.iloc[int(len(dates) * share)] for share in (SHARES[0], sum(SHARES)))
    part = pd.Series(PARTS[0], index=days.index)
    part[days["date"] >= validation] = PARTS[1]
    part[days["date"] >= test] = PARTS[2]
    return days.assign(part=part)
