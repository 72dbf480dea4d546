import pandas as pd

from modelyard.examples.taxi import features


def derived(*times: str) -> pd.DataFrame:
    asked = pd.DataFrame(
        {"pickup_datetime": times, "trip_distance": 1.0, "pickup_location_id": 1, "dropoff_location_id": 2}
    )
    frame = features.deriving().fit_transform(asked)
    assert isinstance(frame, pd.DataFrame)
    return frame[features.DERIVED]


def test_hour_weekday_and_month_come_from_the_pickup_time() -> None:
    assert derived("2019-06-14T18:30:00").iloc[0].tolist() == [18.5, 4, 6, False]


def test_work_is_monday_to_friday_from_eight_to_eighteen() -> None:
    times = ("2019-06-14T07:59:59", "2019-06-14T08:00:00", "2019-06-14T17:59:59", "2019-06-15T12:00:00")
    assert derived(*times)["work"].tolist() == [False, True, True, False]


def test_a_space_instead_of_the_t_means_the_same() -> None:
    assert derived("2019-06-14 18:30:00").equals(derived("2019-06-14T18:30:00"))


def test_a_request_has_what_a_client_knows_and_nothing_of_the_answer() -> None:
    rides = pd.DataFrame(
        {
            "pickup_datetime": [pd.Timestamp("2019-06-14 18:30:00")],
            "dropoff_datetime": [pd.Timestamp("2019-06-14 19:30:00")],
            "trip_distance": [17.5],
            "pickup_location_id": [132.0],
            "dropoff_location_id": [230.0],
            "duration_seconds": [3600.0],
        }
    )
    asked = features.requests(rides).to_dict(orient="records")
    assert asked == [
        {
            "pickup_datetime": "2019-06-14T18:30:00",
            "trip_distance": 17.5,
            "pickup_location_id": 132,
            "dropoff_location_id": 230,
        }
    ]
