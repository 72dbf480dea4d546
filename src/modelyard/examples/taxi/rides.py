"""Reading taxi rides as the New York Taxi and Limousine Commission (TLC) publishes them.

The commission renamed its columns several times; whatever a file calls them, a ride has five here:
`pickup_datetime`, `dropoff_datetime`, `trip_distance` in miles, and the zones `pickup_location_id`,
`dropoff_location_id`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import pandas as pd

from modelyard.domain import errors
from modelyard.examples import tables

NAMES = {
    "pickup_datetime": ("pickup_datetime", "tpep_pickup_datetime", "lpep_pickup_datetime", "trip_pickup_datetime"),
    "dropoff_datetime": ("dropoff_datetime", "tpep_dropoff_datetime", "lpep_dropoff_datetime", "trip_dropoff_datetime"),
    "trip_distance": ("trip_distance",),
    "pickup_location_id": ("pickup_location_id", "pulocationid"),
    "dropoff_location_id": ("dropoff_location_id", "dolocationid"),
}
COLUMNS = tuple(NAMES)
TIMES = ("pickup_datetime", "dropoff_datetime")
# A full TLC month has seven million rides; a sample of each keeps the story at about a minute.
RIDES_PER_FILE = 20_000
SUFFIXES = (".csv", ".csv.gz", ".parquet")
PREFERRED = re.compile(r"2019-0[1-6]")


@dataclass(frozen=True, slots=True)
class LoadedRides:
    """`frame` has COLUMNS with times as datetimes; `left_out` are files of the folder that were not read."""

    frame: pd.DataFrame
    files: tuple[Path, ...]
    left_out: tuple[Path, ...]
    rides_in_files: int


def load(path: Path, *, seed: int) -> LoadedRides:
    """Rides of one file, of a glob, or of a folder.

    Of a folder that holds months of January to June 2019, on which the published figures stand, only those are read;
    later months are for watching the model drift. A glob reads exactly what it matches. Of a file with more than
    RIDES_PER_FILE rides that many are drawn by the seed.
    Raises InvalidInput naming the file, line or column that cannot be used.
    """
    files, left_out = _files_of(path)
    frames = [_read(file) for file in files]
    sampled = [frame.sample(min(len(frame), RIDES_PER_FILE), random_state=seed).sort_index() for frame in frames]
    return LoadedRides(
        frame=pd.concat(sampled, ignore_index=True),
        files=files,
        left_out=left_out,
        rides_in_files=sum(len(frame) for frame in frames),
    )


def _files_of(path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    if path.is_file():
        return (path,), ()
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.name.lower().endswith(SUFFIXES))
        if not found:
            raise errors.InvalidInput(f"{path} holds no ride file: expected names ending in {', '.join(SUFFIXES)}")
        preferred = [file for file in found if PREFERRED.search(file.name)] or found
        return tuple(preferred), tuple(file for file in found if file not in preferred)
    matches = sorted(Path(match) for match in glob(str(path)) if Path(match).is_file())  # noqa: PTH207 - may be absolute
    if not matches:
        raise errors.InvalidInput(f"{path} is neither a file, nor a folder, nor a pattern that matches a file")
    return tuple(matches), ()


def _read(file: Path) -> pd.DataFrame:
    columns = _columns_of(file, tables.column_names(file))
    frame = tables.read(file, list(columns.values())).rename(columns={theirs: ours for ours, theirs in columns.items()})
    if frame.empty:
        raise errors.InvalidInput(f"{file} holds no rides: there is nothing after its header")
    for ours in COLUMNS:
        convert = tables.as_times if ours in TIMES else tables.as_numbers
        frame[ours] = convert(frame[ours], file, columns[ours])
    return frame[list(COLUMNS)]


def _columns_of(file: Path, present: Sequence[str]) -> dict[str, str]:
    by_plain_name = {column.strip().lower(): column for column in present}
    columns = {
        ours: next((by_plain_name[theirs] for theirs in known if theirs in by_plain_name), "")
        for ours, known in NAMES.items()
    }
    missing = [ours for ours, theirs in columns.items() if not theirs]
    if not missing:
        return columns
    if "start_lon" in by_plain_name or "pickup_longitude" in by_plain_name:
        raise errors.InvalidInput(
            f"{file} has coordinates where later files have taxi zones; take a month from July 2016 on"
        )
    wanted = "; ".join(f"{ours} (known as {', '.join(NAMES[ours])})" for ours in missing)
    raise errors.InvalidInput(f"{file} lacks the column {wanted}. It has: {', '.join(present) or 'no columns'}")
