"""What stands to the right of an operator."""

import ast
import re

from modelyard.domain.query import Field, Operator, Value
from modelyard.formats.filters.dialect import LISTED, NULLED, Dialect, Rule, Takes
from modelyard.formats.filters.lexer import Cursor, Kind, Token, segments, unquoted

_INT64 = range(-(2**63), 2**63)
_NOUNS = {
    Field.ATTRIBUTE: "attributes",
    Field.DATASET: "dataset attributes",
    Field.METRIC: "metric",
    Field.PARAM: "parameter",
    Field.TAG: "tag",
}
_LIST_EXPECTED = "While parsing a list in the query, expected a non-empty list of string values, but got"


def value_of(cursor: Cursor, operator: Operator, rule: Rule, dialect: Dialect, about: tuple[Field, str]) -> Value:
    """The value as the rule wants it of what it is about. Raises InvalidInput with its position."""
    if operator in NULLED:
        return None
    if operator in LISTED:
        return tuple(rule.normal(text) for text in _list(cursor))
    token = cursor.take()
    if token.kind not in (Kind.NUMBER, Kind.NAME, Kind.TEXT):
        raise cursor.misplaced(token)
    if rule.takes is Takes.TEXT:
        return rule.normal(_text(cursor, token, about[0], bare=dialect.bare_text))
    try:
        return _number(unquoted(token.text) if rule.quoted else token.text, rule.takes)
    except ValueError as error:
        what = "metric" if rule.takes is Takes.FLOAT else f"numeric attribute: {about[1]}"
        raise cursor.error(f"Expected numeric value type for {what}. Found {token.shown} ({error})", token) from None


def _text(cursor: Cursor, token: Token, field: Field, *, bare: bool) -> str:
    if token.kind is Kind.TEXT:
        return unquoted(token.text)
    if bare and (token.kind is Kind.NUMBER or len(segments(token.text)) == 1) and not token.says("AND", "OR", "NOT"):
        return token.text
    if token.kind is Kind.NAME and not token.says("NULL", "TRUE", "FALSE"):
        raise cursor.error(
            "Parameter value is either not quoted or unidentified quote types used for string value "
            f"{token.shown}. Use either single or double quotes",
            token,
        )
    what = _NOUNS[field]
    raise cursor.error(f"Expected a quoted string value for {what} (e.g. 'my-value'). Got value {token.shown}", token)


def _number(text: str, takes: Takes) -> int | float:
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        raise ValueError("not a number")
    if takes is Takes.FLOAT:
        return float(text)
    if not re.fullmatch(r"-?\d+", text):
        if takes is Takes.INTEGER:
            raise ValueError("not an integer")
        return float(text)
    if len(text) > 20 or int(text) not in _INT64:
        raise ValueError("does not fit into 64 bits")
    return int(text)


def _list(cursor: Cursor) -> list[str]:
    start = cursor.token
    if not cursor.take_punctuation("("):
        raise cursor.misplaced(start)
    texts: list[str] = []
    while not cursor.take_punctuation(")"):
        token = cursor.take()
        if token.kind is not Kind.TEXT or not (cursor.take_punctuation(",") or cursor.token.text == ")"):
            raise cursor.error(f"{_LIST_EXPECTED} ill-formed list", token)
        texts.append(_list_text(cursor, token))
    if not texts:
        raise cursor.error(f"{_LIST_EXPECTED} empty list", start)
    return texts


def _list_text(cursor: Cursor, token: Token) -> str:
    """Unlike elsewhere, MLflow reads the strings of a list as Python's, backslashes and all."""
    try:
        text = str(ast.literal_eval(token.text))
        text.encode()  # an escape can make half of a surrogate pair, which cannot be stored
    except (SyntaxError, ValueError):
        raise cursor.error(f"{_LIST_EXPECTED} one that cannot be read", token) from None
    return text
