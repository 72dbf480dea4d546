"""Filters and orders as strategies, made from the very tables that the grammar is driven by."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from modelyard.domain.query import Field, Operator
from modelyard.formats.filters.dialect import LISTED, NULLED, Dialect, Rule, Takes
from modelyard.formats.filters.experiments import _EXPERIMENT
from modelyard.formats.filters.logged_models import _LOGGED_MODEL
from modelyard.formats.filters.models import _MODEL
from modelyard.formats.filters.runs import _RUN
from modelyard.formats.filters.versions import _VERSION

DIALECTS: Final = {
    "runs": _RUN,
    "experiments": _EXPERIMENT,
    "registered-models": _MODEL,
    "model-versions": _VERSION,
    "logged-models": _LOGGED_MODEL,
}
KEYS: Final = ("m", "a.b.c", "`a b`", "`x%y`", "`mlflow.user`", "`*[?`", "ключ", "`'; --`", "_", "`" + "k" * 300 + "`")
WHOLE: Final = ("0", "1", "-1", "9223372036854775807", "-9223372036854775807", "1700000000000")
NUMBERS: Final = (*WHOLE, "1.5", "-.5", "5.", "1e3", "1e308", "1e400", "-1e400", "1e-400", "0." + "3" * 300)
TEXTS: Final = (
    *(
        "",
        "x",
        "%",
        "_",
        "%%",
        "*",
        "?",
        "[",
        "[a",
        "[^",
        "a]b",
        "\\",
        "\\\\",
        "'",
        '"',
        "`",
        "it's",
        "--",
        "/*",
        ";",
        "#",
    ),
    *(
        "' OR 1=1 --",
        "'; DROP TABLE runs; --",
        "%s",
        "%(a)s",
        ":a",
        ":1",
        "?1",
        "$1",
        "{0}",
        "\n",
        "\t",
        "\u202e",
        "e\u0301",
    ),
    *(
        "RUNNING",
        "1",
        "-7",
        "9" * 400,
        "(a+)+$",
        "^(a|a)*$",
        ".*" * 500,
        "%" * 3000,
        "%a" * 2000,
        "_%" * 1000,
        "[" * 2000,
    ),
    *("\U0001f600", "é" * 2000, "\uffff", "a" * 8000),
)
HARD: Final = (
    *(
        "(" * 16_384,
        ")" * 9_000,
        "((" * 4_000 + "a" + "))" * 4_000,
        "'" * 16_383,
        '"' * 16_384,
        "`" * 16_384,
        "\\" * 9_000,
    ),
    *(
        " AND " * 3_276,
        "AND" * 5_000,
        "a = 'b' AND " * 1_365,
        "metrics.a > 1 AND " * 900,
        "NOT " * 4_000,
        "a IS NOT " * 1_800,
    ),
    *(
        "a" + ".a" * 8_000,
        "a.`" * 5_400,
        "-" * 16_000,
        "1." * 8_000,
        "1e" + "9" * 16_000,
        "metrics.a > " + "1" * 16_000,
    ),
    *("metrics.a " + "<>=!" * 4_000, "params.a = '" + "\\'" * 8_000, "params.a = '" + "''" * 8_000 + "'"),
    *("run_id IN (" + "'a'," * 4_000 + "'a')", "run_id IN " + "(" * 16_000, "name IN ('" + "\\x41" * 4_000 + "')"),
    *("name IN ('\\ud800')", "name IN ('\\N{DIGIT ONE}')", "name IN ('\\x00')", "name IN (b'x')", "name IN (f'{1}')"),
    *(
        " " * 16_384,
        "\n" * 16_000 + "a",
        "\u0300" * 16_384,
        "\0" * 16_384,
        "params.a = '\ud800'",
        "name = '\0'",
        "x" * 10**6,
    ),
    *("params.a LIKE '" + "%" * 16_000 + "'", " AND ".join(["params.a LIKE '%'"] * 100), "params.a LIKE '(a+)+$'"),
)


def one_of(values: Sequence[str]) -> st.SearchStrategy[str]:
    """As sampled_from, which would write all of them out to describe itself."""
    return st.integers(0, len(values) - 1).map(values.__getitem__)


def quoted(text: str) -> str | None:
    """In quotes; None when it has both kinds of them, since nothing escapes any."""
    mark = next((mark for mark in "'\"" if mark not in text), None)
    return None if mark is None or text.endswith("\\") else f"{mark}{text}{mark}"


QUOTED: Final = tuple(one for one in map(quoted, TEXTS) if one is not None)
_WORDS: Final = (*QUOTED, *NUMBERS, *KEYS, *Operator)


def names(dialect: Dialect) -> list[tuple[str, Rule]]:
    """What may stand to the left of an operator, and the rule for it."""
    found = [(key, rule) for key, rule in dialect.named[Field.ATTRIBUTE].items()]
    for prefix, field in dialect.prefixes.items():
        rules = dialect.named.get(field, {})
        found += [(f"{prefix}.{key}", rule) for key, rule in rules.items()]
        found += [(f"{prefix}.{key}", dialect.keyed[field]) for key in KEYS if field in dialect.keyed]
    return found


def conditions(dialect: Dialect) -> st.SearchStrategy[str]:
    known = names(dialect)
    return st.integers(0, len(known) - 1).flatmap(lambda at: _condition(*known[at]))


def filters(dialect: Dialect) -> st.SearchStrategy[str]:
    """Filters that are fine."""
    some = st.lists(conditions(dialect), max_size=3) | st.lists(conditions(dialect), min_size=20, max_size=30)
    return some.map(" AND ".join).filter(lambda text: len(text) <= 16_384)


def orders(dialect: Dialect) -> st.SearchStrategy[str]:
    """Terms that are fine, each by itself."""
    keyed = [prefix for prefix, field in dialect.prefixes.items() if field in dialect.order_fields]
    known = one_of([*dialect.order_keys, *(f"{prefix}.{key}" for prefix in keyed for key in KEYS)])
    return st.builds("{} {}".format, known, st.sampled_from(("", "ASC", "desc")))


@st.composite
def broken(draw: st.DrawFn, dialect: Dialect) -> str:
    """A fine filter with a few of its words, or of its characters, replaced."""
    text = draw(filters(dialect) | one_of(HARD))[:20_000]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.sampled_from((0, 1, 2, 7, 300)))
        new = draw(one_of(_WORDS) | st.text(max_size=4) | st.characters(codec=None))
        text = text[:at] + new + text[at + cut :]
    return text


def _condition(name: str, rule: Rule) -> st.SearchStrategy[str]:
    return st.sampled_from(rule.operators).flatmap(lambda operator: _compared(name, operator, rule))


def _compared(name: str, operator: Operator, rule: Rule) -> st.SearchStrategy[str]:
    if operator in NULLED:
        return st.just(f"{name} {operator}")
    if operator in LISTED:
        readable = [one for one in _fitting(rule) if "\n" not in one]
        texts = st.lists(one_of(readable), min_size=1, max_size=5)
        return texts.map(lambda chosen: f"{name} {operator} ({','.join(chosen)})")
    return one_of(_fitting(rule)).map(lambda value: f"{name} {operator} {value}")


def _fitting(rule: Rule) -> tuple[str, ...]:
    """Values that the rule takes."""
    if rule.takes is Takes.TEXT:
        return QUOTED if rule.normal is str else tuple(f"'{number}'" for number in WHOLE)
    return WHOLE if rule.takes is Takes.INTEGER or rule.quoted else NUMBERS
