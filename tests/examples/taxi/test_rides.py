import gzip
from pathlib import Path

import pandas as pd
import pytest

from modelyard.domain import errors
from modelyard.examples.taxi import rides

SNAKE = "pickup_datetime,dropoff_datetime,passenger_count,trip_distance,pickup_location_id,dropoff_location_id"
CAMEL = "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,trip_distance,PULocationID,DOLocationID"
RIDE = "2019-01-15 03:36:12,2019-01-15 03:42:19,1,1.0,230,48"


def csv(folder: Path, *lines: str, name: str = "rides_2019-01.csv") -> Path:
    file = folder / name
    file.write_text("\n".join(lines) + "\n")
    return file


def test_snake_case_names_are_read(tmp_path: Path) -> None:
    frame = rides.load(csv(tmp_path, SNAKE, RIDE), seed=0).frame
    assert list(frame.columns) == list(rides.COLUMNS)
    assert frame.iloc[0].tolist() == [
        pd.Timestamp("2019-01-15 03:36:12"),
        pd.Timestamp("2019-01-15 03:42:19"),
        1.0,
        230.0,
        48.0,
    ]


def test_the_names_of_the_commission_are_read(tmp_path: Path) -> None:
    file = csv(tmp_path, CAMEL, "2,2019-01-15 03:36:12,2019-01-15 03:42:19,1.0,230,48")
    assert rides.load(file, seed=0).frame.equals(rides.load(csv(tmp_path, SNAKE, RIDE), seed=0).frame)


def test_names_with_spaces_and_times_of_the_city_portal_are_read(tmp_path: Path) -> None:
    header = "Trip_Pickup_DateTime, Trip_Dropoff_DateTime, Trip_Distance, PULocationID, DOLocationID"
    file = csv(tmp_path, header, "01/15/2019 03:36:12 PM,01/15/2019 03:42:19 PM,1.0,230,48")
    assert rides.load(file, seed=0).frame["pickup_datetime"].iloc[0] == pd.Timestamp("2019-01-15 15:36:12")


def test_parquet_and_compressed_files_hold_the_same_rides(tmp_path: Path) -> None:
    expected = rides.load(csv(tmp_path, SNAKE, RIDE), seed=0).frame
    parquet, compressed = tmp_path / "rides.parquet", tmp_path / "rides.csv.gz"
    expected.to_parquet(parquet)
    compressed.write_bytes(gzip.compress(f"{SNAKE}\n{RIDE}\n".encode()))
    assert rides.load(parquet, seed=0).frame.equals(expected)
    assert rides.load(compressed, seed=0).frame.equals(expected)


def test_of_a_folder_with_early_2019_the_later_months_are_left_out(tmp_path: Path) -> None:
    early = csv(tmp_path, SNAKE, RIDE, name="yellow_2019-06.csv")
    later = csv(tmp_path, SNAKE, RIDE, name="yellow_2020-04.csv")
    (tmp_path / "README.md").write_text("not rides")
    loaded = rides.load(tmp_path, seed=0)
    assert (loaded.files, loaded.left_out) == ((early,), (later,))


def test_of_a_folder_without_early_2019_all_months_are_read(tmp_path: Path) -> None:
    months = tuple(csv(tmp_path, SNAKE, RIDE, name=f"yellow_2020-0{month}.csv") for month in (4, 5))
    loaded = rides.load(tmp_path, seed=0)
    assert (loaded.files, len(loaded.frame)) == (months, 2)


def test_a_pattern_reads_exactly_what_it_matches(tmp_path: Path) -> None:
    for month in ("2019-05", "2019-06", "2019-07"):
        csv(tmp_path, SNAKE, RIDE, name=f"yellow_{month}.csv")
    files = rides.load(tmp_path / "*2019-0[67].csv", seed=0).files
    assert [file.name for file in files] == ["yellow_2019-06.csv", "yellow_2019-07.csv"]


def test_of_a_huge_file_a_seeded_sample_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rides, "RIDES_PER_FILE", 3)
    file = csv(tmp_path, SNAKE, *(f"2019-01-15 03:36:12,2019-01-15 03:42:19,1,{mile}.0,230,48" for mile in range(50)))
    loaded = rides.load(file, seed=5)
    assert (len(loaded.frame), loaded.rides_in_files) == (3, 50)
    assert loaded.frame.equals(rides.load(file, seed=5).frame)


def test_a_missing_value_is_kept_for_cleaning_to_count(tmp_path: Path) -> None:
    frame = rides.load(csv(tmp_path, SNAKE, RIDE, "2019-01-15 03:36:12,,1,,230,48"), seed=0).frame
    assert frame.iloc[1].isna().tolist() == [False, True, True, False, False]


def test_a_number_that_is_none_is_named_with_file_line_and_column(tmp_path: Path) -> None:
    file = csv(tmp_path, SNAKE, RIDE, "", "2019-01-15 03:36:12,2019-01-15 03:42:19,1,far,230,48")
    with pytest.raises(errors.InvalidInput, match=r"rides_2019-01\.csv, line 4, column trip_distance: 'far'"):
        rides.load(file, seed=0)


def test_a_time_that_is_none_is_named_under_the_name_the_file_gives_it(tmp_path: Path) -> None:
    file = csv(tmp_path, CAMEL, "2,2019-01-15 03:36:12,2019-01-15 0,1.0,230,48")
    with pytest.raises(
        errors.InvalidInput, match=r"line 2, column tpep_dropoff_datetime: '2019-01-15 0' is not a date"
    ):
        rides.load(file, seed=0)


def test_a_corrupt_line_is_named(tmp_path: Path) -> None:
    file = csv(tmp_path, SNAKE, RIDE, RIDE + ",surplus,surplus")
    with pytest.raises(errors.InvalidInput, match=r"rides_2019-01\.csv, line 3 is not valid CSV"):
        rides.load(file, seed=0)


def test_surplus_fields_in_the_first_ride_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInput, match="line 2 is not valid CSV: it has more fields than the header"):
        rides.load(csv(tmp_path, SNAKE, RIDE + ",surplus"), seed=0)


def test_a_quote_that_never_ends_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInput, match="is not valid CSV"):
        rides.load(csv(tmp_path, SNAKE, RIDE, '"2019-01-15'), seed=0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (SNAKE.encode() + b"\n", "holds no rides"),
        (b"\xff\xfe\x00\x01", "is not UTF-8 text"),
        (b"a,b\n1,2\n", "lacks the column pickup_datetime .* It has: a, b"),
        (f"{SNAKE.replace('trip_distance', 'fare')}\n{RIDE}\n".encode(), r"lacks the column trip_distance"),
        (b"Trip_Pickup_DateTime,Trip_Distance,Start_Lon\n1,2,3\n", "has coordinates where later files have taxi zones"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "month.csv"
    file.write_bytes(content)
    with pytest.raises(errors.InvalidInput, match=rf"month\.csv {told}"):
        rides.load(file, seed=0)


def test_a_compressed_file_that_was_cut_short_is_named(tmp_path: Path) -> None:
    file = tmp_path / "month.csv.gz"
    file.write_bytes(gzip.compress(f"{SNAKE}\n{RIDE}\n".encode())[:-20])
    with pytest.raises(errors.InvalidInput, match=r"month\.csv\.gz cannot be read"):
        rides.load(file, seed=0)


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "month.parquet"
    file.write_bytes(b"PAR1 but not really")
    with pytest.raises(errors.InvalidInput, match=r"month\.parquet is not a readable Parquet file"):
        rides.load(file, seed=0)


def test_one_empty_month_among_others_is_named(tmp_path: Path) -> None:
    csv(tmp_path, SNAKE, RIDE, name="yellow_2019-01.csv")
    csv(tmp_path, SNAKE, name="yellow_2019-02.csv")
    with pytest.raises(errors.InvalidInput, match=r"yellow_2019-02\.csv holds no rides"):
        rides.load(tmp_path, seed=0)


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInput, match="neither a file, nor a folder, nor a pattern"):
        rides.load(tmp_path / "nowhere.csv", seed=0)
    with pytest.raises(errors.InvalidInput, match="holds no ride file"):
        rides.load(tmp_path, seed=0)
