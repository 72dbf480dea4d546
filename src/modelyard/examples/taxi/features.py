"""From a raw ride to numbers a model learns from, in a form that travels inside the model.

A client should send what it knows, when and where a ride starts, where it ends and how far that is, and not compute
an hour or a weekday: two implementations of one feature are how training and serving drift apart. So the first step
of every pipeline derives them. It is built from scikit-learn and the standard library only, and the derivation itself
is an expression kept as text: the logged model needs none of our code to be loaded, and no pickle.

Zones are the taxi zone ids: centroids are not in the ride files, and a boosted tree on ids does better than on places.
"""

from operator import methodcaller

import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

ZONES = ["pickup_location_id", "dropoff_location_id"]
REQUEST = ["pickup_datetime", "trip_distance", *ZONES]
DERIVED = ["hour", "weekday", "month", "work"]
TARGET = "duration_seconds"
DERIVATION = """
hour = pickup_datetime.dt.hour + pickup_datetime.dt.minute / 60
weekday = pickup_datetime.dt.day_of_week
month = pickup_datetime.dt.month
work = (weekday < 5) & (hour >= 8) & (hour < 18)
"""


def requests(rides: pd.DataFrame) -> pd.DataFrame:
    """Rides as a client would ask about them: times as ISO 8601 text, zones as whole numbers."""
    asked = rides[REQUEST].copy()
    asked["pickup_datetime"] = asked["pickup_datetime"].dt.strftime("%Y-%m-%dT%H:%M:%S")
    asked[ZONES] = asked[ZONES].astype("int64")
    return asked


def deriving() -> Pipeline:
    """A transformer of requests that adds DERIVED; `work` is Monday to Friday, 8 to 18 o'clock."""
    return make_pipeline(
        FunctionTransformer(methodcaller("astype", {"pickup_datetime": "datetime64[s]"})),
        FunctionTransformer(methodcaller("eval", DERIVATION)),
    )
