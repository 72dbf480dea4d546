import os
import subprocess
import sys
from pathlib import Path

from modelyard.kit.removal import remove_tree

AS_A_USER = """
import ctypes, sys
from pathlib import Path
from modelyard.kit.removal import remove_tree

libc, header, sets = ctypes.CDLL(None), (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
assert libc.capget(header, sets) == 0
for place in range(3):
    sets[place] &= ~0b110  # root's right to go past permissions
assert libc.capset(header, sets) == 0
remove_tree(Path(sys.argv[1]))
"""


def test_what_was_made_read_only_goes_and_what_links_lead_to_stays(tmp_path: Path) -> None:
    kept, gone = tmp_path / "kept", tmp_path / "gone"
    (kept / "inner").mkdir(parents=True)
    (kept / "inner" / "file").write_text("x")
    (gone / "a" / "b").mkdir(parents=True)
    (gone / "a" / "b" / "file").write_text("x")
    (gone / "a" / "link").symlink_to(kept)
    for folder, mode in ((gone / "a" / "b", 0o000), (gone / "a", 0o500), (gone, 0o555), (kept, 0o500)):
        folder.chmod(mode)
    subprocess.run([sys.executable, "-c", AS_A_USER, str(gone)], check=True)
    assert sorted(os.listdir(tmp_path)) == ["kept"]  # noqa: PTH208
    assert kept.stat().st_mode & 0o777 == 0o500
    assert (kept / "inner" / "file").exists()


def test_a_link_or_nothing_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to("kept")
    for name in ("link", "nothing"):
        remove_tree(tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} == {"kept", "link"}
