"""The Common Expression Language, as far as conditions and selectors of pipelines use it.

All operators with their precedence, indexing and fields, calls, lists and maps. Without macros (all, exists, map).
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec import cel_values
from modelyard.formats.pipeline_spec.cel_values import CelError

LONGEST = 100_000
_DEPTH_LIMIT = 60
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>0x[0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)(?P<unsigned>[uU]?)
      | (?P<text>(?P<raw>[rR]?)(?:\"\"\"(?:\\.|[^\\])*?\"\"\"
          |'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{}])
    )""",
    re.VERBOSE | re.DOTALL,
)
_RELATIONS = ("==", "!=", "<=", ">=", "<", ">", "in")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_WORDS: Mapping[str, Json] = {"true": True, "false": False, "null": None}

Scope = Mapping[str, Json]
Node = Callable[[Scope], Json]


def holds(condition: str, scope: Scope) -> bool:
    """Whether a condition is true. Raises InvalidInput when it cannot be told."""
    value = evaluate(condition, scope)
    if not isinstance(value, bool):
        raise InvalidInput(f"The condition {condition[:500]} is {value!r:.100}, neither true nor false")
    return value


def evaluate(expression: str, scope: Scope) -> Json:
    """The value of an expression over the variables of `scope`. Raises InvalidInput saying what is wrong with it."""
    try:
        return _parsed(expression)(scope)
    except CelError as error:
        raise InvalidInput(f"The expression {expression[:500]} has no value: {error}") from None
    except RecursionError:
        raise InvalidInput(f"The expression {expression[:500]} has no value: it has too many parts") from None


@lru_cache(maxsize=1024)
def _parsed(expression: str) -> Node:
    if len(expression) > LONGEST:
        raise CelError(f"it is longer than {LONGEST:,} characters")
    return _Parser(expression).whole()


class _Parser:
    """Recursive descent; each method reads one level of precedence and answers what evaluates it."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, Json]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise CelError(f"at {text[at : at + 20]!r}")
            self._tokens.append(_token(match))
            at = match.end()
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._ternary()
        if self._at < len(self._tokens):
            raise CelError(f"unexpected {self._tokens[self._at][1]!r}")
        return node

    def _sign(self, *signs: str) -> str:
        """The next token if it is one of these, else ''."""
        if self._at < len(self._tokens):
            kind, value = self._tokens[self._at]
            if value in signs and (kind == "sign" or (kind == "name" and value == "in")):
                self._at += 1
                return str(value)
        return ""

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            found = self._tokens[self._at][1] if self._at < len(self._tokens) else "the end"
            raise CelError(f"{sign} is missing before {found!r}")

    def _ternary(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise CelError(f"it is nested deeper than {_DEPTH_LIMIT} levels")
        test = self._any()
        if self._sign("?"):
            yes = self._any()
            self._expect(":")
            no = self._ternary()
            self._depth -= 1
            return lambda scope: yes(scope) if cel_values.truth(test(scope)) else no(scope)
        self._depth -= 1
        return test

    def _any(self) -> Node:
        nodes = [self._all()]
        while self._sign("||"):
            nodes.append(self._all())
        return nodes[0] if len(nodes) == 1 else lambda scope: _decided(nodes, scope, by=True)

    def _all(self) -> Node:
        nodes = [self._relation()]
        while self._sign("&&"):
            nodes.append(self._relation())
        return nodes[0] if len(nodes) == 1 else lambda scope: _decided(nodes, scope, by=False)

    def _relation(self) -> Node:
        return self._chain(self._sum, _RELATIONS)

    def _sum(self) -> Node:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> Node:
        return self._chain(self._unary, ("*", "/", "%"))

    def _chain(self, inner: Callable[[], Node], signs: tuple[str, ...]) -> Node:
        node = inner()
        while sign := self._sign(*signs):
            node = _binary(sign, node, inner())
        return node

    def _unary(self) -> Node:
        signs = []
        while sign := self._sign("!", "-"):
            signs.append(sign)
        node = self._member()
        for sign in reversed(signs):
            node = _applied(cel_values.negated if sign == "!" else cel_values.minus, node)
        return node

    def _member(self) -> Node:
        node = self._primary()
        while sign := self._sign(".", "["):
            if sign == "[":
                node = _binary("[]", node, self._ternary())
                self._expect("]")
                continue
            name = self._name()
            node = self._call(name, node) if self._sign("(") else _binary("[]", node, _constant(name))
        return node

    def _name(self) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "name":
            self._at += 1
            return str(self._tokens[self._at - 1][1])
        raise CelError("a name is missing after '.'")

    def _call(self, name: str, *first: Node) -> Node:
        function = cel_values.FUNCTIONS.get(name)
        if function is None:
            raise CelError(f"there is no function {name}(); there are {', '.join(cel_values.FUNCTIONS)}")
        arguments = [*first, *self._items(")")]
        return lambda scope: cel_values.called(name, function, [argument(scope) for argument in arguments])

    def _items(self, end: str) -> list[Node]:
        nodes: list[Node] = []
        while not self._sign(end):
            if nodes:
                self._expect(",")
            nodes.append(self._ternary())
        return nodes

    def _primary(self) -> Node:
        if self._sign("("):
            node = self._ternary()
            self._expect(")")
            return node
        if self._sign("["):
            nodes = self._items("]")
            return lambda scope: [node(scope) for node in nodes]
        if self._sign("{"):
            return self._map()
        if self._at >= len(self._tokens):
            raise CelError("it ends too early")
        kind, value = self._tokens[self._at]
        self._at += 1
        if kind == "value":
            return _constant(value)
        if kind != "name":
            raise CelError(f"unexpected {value!r}")
        name = str(value)
        if name in _WORDS:
            return _constant(_WORDS[name])
        return self._call(name) if self._sign("(") else _variable(name)

    def _map(self) -> Node:
        pairs: list[tuple[Node, Node]] = []
        while not self._sign("}"):
            if pairs:
                self._expect(",")
            key = self._ternary()
            self._expect(":")
            pairs.append((key, self._ternary()))
        return lambda scope: {str(key(scope)): value(scope) for key, value in pairs}


def _token(match: re.Match[str]) -> tuple[str, Json]:
    if (number := match["number"]) is not None:
        if number.startswith("0x"):
            return "value", int(number, 16)
        return "value", float(number) if re.search(r"[.eE]", number) else int(number)
    if (text := match["text"]) is not None:
        body = text[len(match["raw"]) :]
        quotes = 3 if body[:3] in ('"""', "'''") and len(body) >= 6 else 1
        body = body[quotes:-quotes]
        return "value", body if match["raw"] else _ESCAPE.sub(_unescaped, body)
    return ("name", match["name"]) if match["name"] is not None else ("sign", match["sign"])


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) == 1:
        return _ESCAPED.get(code, code)
    point = int(code[1:], 16) if code[0] in "uUx" else int(code, 8)
    if point > 0x10FFFF:
        raise CelError(f"\\{code} is no character")
    return chr(point)


def _constant(value: Json) -> Node:
    return lambda _: value


def _applied(function: Callable[[Json], Json], node: Node) -> Node:
    return lambda scope: function(node(scope))


def _variable(name: str) -> Node:
    def look_up(scope: Scope) -> Json:
        if name not in scope:
            raise CelError(f"there is no variable {name}; there are {', '.join(scope)}")
        return scope[name]

    return look_up


def _binary(sign: str, left: Node, right: Node) -> Node:
    operator = cel_values.OPERATORS[sign]
    return lambda scope: operator(left(scope), right(scope))


def _decided(nodes: list[Node], scope: Scope, *, by: bool) -> bool:
    """The first of that truth decides, also where another has no value."""
    failure: CelError | None = None
    for node in nodes:
        try:
            if cel_values.truth(node(scope)) is by:
                return by
        except CelError as error:
            failure = failure or error
    if failure is not None:
        raise failure
    return not by
