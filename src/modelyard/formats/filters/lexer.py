"""Words of a filter, with where they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from modelyard.domain.errors import InvalidInput

MAX_LENGTH = 16_384
MAX_SHOWN = 60


class Kind(Enum):
    """Sorts of words. UNKNOWN is a character that starts none of them."""

    SPACE = auto()
    NUMBER = auto()
    NAME = auto()
    TEXT = auto()
    OPERATOR = auto()
    PUNCTUATION = auto()
    UNKNOWN = auto()
    END = auto()


_SEGMENT = r"""(?:\w+|`[^`]*`)"""
_QUOTED = r"""'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*\""""
_TOKEN = re.compile(
    rf"""(?P<SPACE>\s+)
    |(?P<NUMBER>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<NAME>{_SEGMENT}(?:\.(?:{_SEGMENT}|'[^']*'|"[^"]*"))*)
    |(?P<TEXT>{_QUOTED})
    |(?P<OPERATOR>[<>=!~]+)
    |(?P<PUNCTUATION>[(),;])
    |(?P<UNKNOWN>.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is written, quotes included, and its offset."""

    kind: Kind
    text: str
    position: int

    @property
    def is_name(self) -> bool:
        """Double quotes make a text that may also be an attribute's name."""
        return self.kind is Kind.NAME or (self.kind is Kind.TEXT and self.text.startswith('"'))

    @property
    def shown(self) -> str:
        """The word, cut to fit into a message."""
        return self.text if len(self.text) <= MAX_SHOWN else f"{self.text[:MAX_SHOWN]}..."

    def says(self, *words: str) -> bool:
        """Whether it is one of these upper-case words, in any case and without quotes."""
        return self.kind is Kind.NAME and self.text.upper() in words


class Cursor:
    """A place in a text that is being read."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise InvalidInput(
                f"The text is {len(text)} characters long; at most {MAX_LENGTH} are read. Ask with fewer conditions."
            )
        self._text = text
        self._tokens = [*_tokens(text), Token(Kind.END, "", len(text))]
        self._at = 0

    @property
    def token(self) -> Token:
        """The next word."""
        return self._tokens[self._at]

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.token.kind is Kind.END

    def take(self) -> Token:
        """The next word, which is then passed; the end can be taken again and again."""
        token = self.token
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def take_word(self, word: str) -> bool:
        """Passes this word in any case if it is the next one."""
        if self.token.says(word):
            self._at += 1
            return True
        return False

    def take_punctuation(self, mark: str) -> bool:
        """Passes this mark if it is the next word."""
        if self.token.kind is Kind.PUNCTUATION and self.token.text == mark:
            self._at += 1
            return True
        return False

    def error(self, message: str, token: Token) -> InvalidInput:
        """What is wrong, and where: positions count from 1."""
        near = self._text[token.position : token.position + 24] or self._text[-24:]
        return InvalidInput(f"{message} at position {token.position + 1} near {near!r}")

    def misplaced(self, token: Token) -> InvalidInput:
        """What to say of a token that cannot stand where it does."""
        hint = ""
        if token.kind is Kind.UNKNOWN:
            hint = "; put keys with other characters than letters, digits, '_' and '.' in backticks"
        if token.text == ";":
            hint = ". Search filter contained multiple expression. Provide AND-ed expression list"
        what = f"'{token.shown}'" if token.text else "it ends too early"
        return self.error(f"Invalid clause(s) in filter string: {what}{hint}", token)


def unquoted(text: str) -> str:
    """Without one pair of quotes around it; what is between them is taken as it is written."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"`":
        return text[1:-1]
    return text


def segments(name: str) -> list[str]:
    """The parts of a dotted name, still quoted."""
    return re.findall(r"""`[^`]*`|'[^']*'|"[^"]*"|\w+""", name)


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind = Kind[match.lastgroup or "UNKNOWN"]
        if kind is not Kind.SPACE:
            yield Token(kind, match.group(), match.start())
