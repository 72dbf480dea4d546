"""A folder with a file of every kind that runs are looked at for, some of them hostile."""

import base64
import io
import json
import wave
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HOSTILE = "<img src=x onerror=alert(1)>"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DIFF = "diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-depth = 3\n+depth = 4\n"
PARQUET_ROWS = 250
CSV_ROWS = 9000


def write_files(folder: Path) -> None:
    """Makes the folder."""
    (folder / "data").mkdir(parents=True)
    (folder / "plots").mkdir()
    columns = {"count": range(PARQUET_ROWS), HOSTILE: [HOSTILE] * PARQUET_ROWS, "share": [0.5, None] * 125}
    pq.write_table(pa.table(columns), folder / "data" / "rows.parquet")
    texts = {
        "data/broken.parquet": "PAR1 this is none PAR1",
        "data/rides.csv": "id,note,fare\n"
        + "".join(f'{at},"a ""big""\nride, {HOSTILE}",{at}.5\n' for at in range(CSV_ROWS)),
        "notes.txt": "".join(f"line {at} {HOSTILE}\n" for at in range(1, 3001)),
        "notes.md": f"# Notes\n\n{HOSTILE} [link](javascript:alert(1)) **bold**\n",
        "change.diff": DIFF,
        "study.ipynb": notebook(),
        "empty.txt": "",
        f"{HOSTILE}.json": json.dumps({"name": HOSTILE}),
    }
    for path, text in texts.items():
        (folder / path).write_text(text)
    (folder / "plots" / "curve.png").write_bytes(PNG)
    (folder / "weights.bin").write_bytes(bytes(10_000))
    (folder / "tone.wav").write_bytes(tone())
    (folder / "clip.mp4").write_bytes(b"this is no film")


def notebook() -> str:
    table = f"<table><tr><td>pandas</td></tr></table><script>parent.document.title='taken'</script>{HOSTILE}"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["fitted\n"]},
        {"output_type": "execute_result", "data": {"text/html": [table], "text/plain": ["a table"]}},
        {"output_type": "display_data", "data": {"image/png": base64.b64encode(PNG).decode()}},
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "no",
            "traceback": ["\u001b[31mValueError\u001b[0m: no"],
        },
    ]
    cells = [
        {"cell_type": "markdown", "source": [f"## A study\n\n{HOSTILE}"]},
        {"cell_type": "code", "execution_count": 7, "source": ["model.fit(x)\n", "table"], "outputs": outputs},
    ]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})


def tone() -> bytes:
    """A tenth of a second of silence."""
    held = io.BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return held.getvalue()
