from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.kit.paths import contains, path_of_uri, safe_relative

DOTS = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e.", "%2525252525252e%2e"]
SLASHES = ["/", "%2f", "%2F", "%252f", "%25252F", "\\", "%5c", "%255C", "//", "/./"]
STARTS = ["", "a/", "./", "a/b/../", "%61/", "a%2f"]
TARGETS = ["etc/passwd", "", "art-secret/x"]
CLIMBS = [
    start + (dots + slash) * depth + target
    for start, dots, slash, depth, target in product(STARTS, DOTS, SLASHES, (1, 3), TARGETS)
]
ROOTED = [
    prefix + path
    for prefix, path in product(
        ["/", "//", "%2f", "%252F", "\\", "%5c", "C:\\", "C:/", "c%3a%5c", "C%253A/", "\\\\host\\share\\"],
        ["etc/passwd", "x", "a/b"],
    )
] + [
    scheme + rest
    for scheme, rest in product(
        ["file:", "FILE:", "File%3A", "file%253a", "%66ile:"], ["///etc/passwd", "/etc/passwd", "x", "//host/x"]
    )
]
UNREADABLE = [
    *(f"a{code}b" for code in ("\0", "%00", "%2500", "\n", "%0d%0a", "%7f", "%1b[0m", "#", "%23", "%2523")),
    *("%ff", "%c0%ae%c0%ae/x", "%e0%80%af", "\ud800", "a" * 256, "a/" * 513, "%25" * 5000, "%" + "25" * 30 + "41"),
]


def test_there_are_enough_attacks() -> None:
    assert len({*CLIMBS, *ROOTED, *UNREADABLE}) >= 300


@pytest.mark.parametrize("attacks", [CLIMBS, ROOTED, UNREADABLE], ids=["climbs", "rooted", "unreadable"])
def test_no_encoding_leads_out(attacks: list[str]) -> None:
    let_through = []
    for path in attacks:
        try:
            let_through.append((path, safe_relative(path)))
        except ValueError:
            continue
    assert let_through == []


def test_a_refusal_names_the_path_and_the_reason() -> None:
    with pytest.raises(ValueError, match=r"the path 'a/%2e\./b' contains a '\.\.' segment"):
        safe_relative("a/%2e./b")


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("", ""),
        (".", ""),
        ("model/MLmodel", "model/MLmodel"),
        ("a//b/./c/", "a/b/c"),
        ("..a/b../...", "..a/b../..."),
        ("C:x", "C:x"),
        ("a%20b", "a%20b"),
        ("a b", "a b"),
        ("./a%2520b/%41", "a%2520b/%41"),
        ("100%.txt", "100%.txt"),
        ("back\\slash", "back\\slash"),
        ("größe/模型.pkl", "größe/模型.pkl"),
        ("gr%C3%B6%C3%9Fe", "gr%C3%B6%C3%9Fe"),
        ("a;b=1?c&d~$(x)", "a;b=1?c&d~$(x)"),
    ],
)
def test_honest_paths_are_kept(path: str, safe: str) -> None:
    assert safe_relative(path) == safe


@pytest.mark.parametrize(("path", "meant"), [("a%20b/c", "a b/c"), ("a%2520b", "a%20b"), ("a b", "a b"), ("", "")])
def test_the_path_of_a_uri_is_decoded_once(path: str, meant: str) -> None:
    assert path_of_uri(path) == meant


@pytest.mark.parametrize("path", ["%2e%2e/x", "%252e%252e/x", "a/%2e./x", "%2fetc", "%ff"])
def test_the_path_of_a_uri_does_not_lead_out_either(path: str) -> None:
    with pytest.raises(ValueError, match="the path"):
        path_of_uri(path)


@given(st.text(alphabet="./\\%25efcEF#:aC~\0 é", max_size=30))
def test_what_is_safe_stays_the_same_and_stays_inside(path: str) -> None:
    try:
        safe = safe_relative(path)
    except ValueError:
        return
    assert safe_relative(safe) == safe
    assert contains(Path("/data/art"), Path("/data/art") / safe)


def test_containment_goes_by_components(tmp_path: Path) -> None:
    root = tmp_path / "art"
    assert contains(root, root)
    assert contains(root, root / "x" / "y")
    assert not contains(root, tmp_path / "art-secret")
    assert not contains(root, root / ".." / "x")
    assert not contains(root, tmp_path)
    assert not contains(root, root / "a\0b")


def test_links_that_lead_out_or_nowhere_are_not_contained(tmp_path: Path) -> None:
    root = tmp_path / "art"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to(root / "x")
    (root / "loop").symlink_to(root / "loop")
    assert not contains(root, root / "out" / "secret")
    assert contains(root, root / "in")
    assert not contains(root, root / "loop" / "x")
