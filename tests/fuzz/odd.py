"""Values that break programs, as JSON has them and as Python has not."""

from dataclasses import dataclass
from typing import Any, Final

DEEP: Final = 100_000


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that stands in a document as it is: what no JSON library would write."""

    text: str


@dataclass(frozen=True, slots=True)
class Several:
    """What an object has under one name, given more than once."""

    values: tuple[Any, ...]


NUMBERS: Final = (
    *(0, -0.0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30, 1.5, 1e308, 5e-324),
    *(Raw("1e400"), Raw("-1e400"), Raw("NaN"), Raw("Infinity"), Raw("-Infinity"), Raw("1" * 5000), Raw("1e-99999")),
    *(Raw("0x10"), Raw("01"), Raw("1."), Raw("+1"), Raw("1_000"), Raw("\u0661")),
)
TEXTS: Final = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\n",
        "\x1b[31m",
        "\x7f",
        "\u202egnp.exe",
        "\ufeff",
        "\uffff",
        "e\u0301",
        "\U0001f600" * 99,
    ),
    *(
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "a/../b",
        "%2e%2e%2f",
        "file:///etc/passwd",
        "C:\\x",
        "\\\\host\\x",
        "~",
    ),
    *("'", '"', "`", "';--", "' OR '1'='1", "%", "_", "%" * 300, "{{7*7}}", "${HOME}", "$(id)", "`id`", "%s%n", "{0}"),
    *(
        "null",
        "true",
        "NaN",
        "1e400",
        "-1",
        "0",
        "1.5",
        "9" * 400,
        "\u0661",
        "latest",
        "None",
        "undefined",
        "v1",
        "a:b",
    ),
    *(
        "x" * 257,
        "x" * 10_000,
        "x" * 1_000_000,
        "\u00e9" * 300_000,
        "<script>alert(1)</script>",
        "a\r\nX: y",
        "!!python/none",
    ),
    *(Raw('"\\ud800"'), Raw('"\\udfff\\ud800"'), Raw('"a\\ud83d"'), Raw('"\\q"'), Raw('"open'), Raw('"\\u12"')),
)
SHAPES: Final[tuple[Any, ...]] = (
    *(None, True, False, [], {}, [[]], [None], {"a": 1}, [1, "a", None], {"": ""}, {"key": None}, ["x"] * 2000),
    *(Raw("[" * DEEP + "]" * DEEP), Raw('{"a":' * DEEP + "1" + "}" * DEEP), Raw("[" * DEEP), Raw("{}{}"), Raw("")),
    *(Raw('{"a":1,"a":2}'), Raw("{,}"), Raw("[1,]"), Raw("// x\n1"), Raw("\ufeff1"), [{}] * 1001),
)
VALUES: Final = (*NUMBERS, *TEXTS, *SHAPES)
