"""The one grammar of all filters: conditions joined by AND.

Refusals keep the phrases of MLflow's that its users and their tests look for, and say where the trouble is.
"""

from collections.abc import Sequence

from modelyard.domain.errors import InvalidInput
from modelyard.domain.query import Comparison, Field, Filter, Operator, Order
from modelyard.formats.filters.dialect import LISTED, NULLED, Dialect, Rule
from modelyard.formats.filters.lexer import MAX_SHOWN, Cursor, Kind, Token, segments, unquoted
from modelyard.formats.filters.values import value_of

MAX_CONDITIONS = 100
MAX_ORDER_TERMS = 50  # each may take a join, and SQLite joins 64 tables


def parse_filter(text: str, dialect: Dialect) -> Filter:
    """Raises InvalidInput with the position of what cannot be read."""
    cursor = Cursor(text)
    if text and cursor.ended:
        raise InvalidInput(f"Invalid filter {text[:MAX_SHOWN]!r}. Could not be parsed.")
    conditions: list[Comparison] = []
    while True:
        while cursor.take_word("AND"):
            pass
        if cursor.ended:
            return tuple(conditions)
        if len(conditions) == MAX_CONDITIONS:
            raise InvalidInput(f"A filter has at most {MAX_CONDITIONS} conditions.")
        conditions.append(_condition(cursor, dialect))
        if not cursor.ended and not cursor.token.says("AND"):
            raise cursor.misplaced(cursor.token)


def parse_order(terms: Sequence[str], dialect: Dialect, *, repeats: bool = False) -> tuple[Order, ...]:
    """Raises InvalidInput for a term that cannot be read, is no key to order by, or repeats another one.

    Where there may be `repeats`, those after the first are left out.
    """
    if len(terms) > MAX_ORDER_TERMS:
        raise InvalidInput(f"At most {MAX_ORDER_TERMS} order_by terms are read.")
    orders = [_order(term, dialect) for term in terms]
    first: dict[tuple[Field, str], Order] = {}
    for order in orders:
        first.setdefault((order.field, order.key), order)
    if len(first) < len(orders) and not repeats:
        raise InvalidInput(f"`order_by` contains duplicate fields: {[order.key for order in orders]}")
    return tuple(first.values())


def _condition(cursor: Cursor, dialect: Dialect) -> Comparison:
    name, sign = cursor.take(), cursor.token
    if name.kind not in (Kind.NAME, Kind.TEXT, Kind.NUMBER):
        raise cursor.misplaced(name)
    written = _operator_text(cursor)
    if not name.is_name:
        raise cursor.error(f"Invalid comparison clause. Expected 'Identifier' found '{name.shown}'", name)
    field, key = _identifier(cursor, name, dialect)
    rule = _rule(cursor, name, field, key, dialect)
    operator = written.upper()
    if operator not in rule.operators or (dialect.upper_case_only and written != operator and operator not in NULLED):
        raise cursor.error(_unfit(written, (field, key), rule, dialect), sign)
    return Comparison(field, key, Operator(operator), value_of(cursor, Operator(operator), rule, dialect, (field, key)))


def _identifier(cursor: Cursor, name: Token, dialect: Dialect) -> tuple[Field, str]:
    """The field and key a name stands for: `[prefix.]key`, where the key may be quoted as a whole."""
    prefix, *rest = [name.text] if name.kind is Kind.TEXT else segments(name.text)
    if not rest:
        return Field.ATTRIBUTE, _canonical(unquoted(prefix), dialect)
    field = dialect.prefixes.get(unquoted(prefix))
    if field is None:
        known = list(dialect.prefixes)
        raise cursor.error(f"Invalid entity type '{unquoted(prefix)[:MAX_SHOWN]}'. Valid values are {known}", name)
    if len(rest) > 1 and any(part != unquoted(part) for part in rest):
        raise cursor.error(f"Invalid clause(s) in filter string: '{name.shown}'; quote the key as a whole", name)
    key = unquoted(rest[0]) if len(rest) == 1 else ".".join(rest)
    return field, _canonical(key, dialect) if field is Field.ATTRIBUTE else key


def _canonical(attribute: str, dialect: Dialect) -> str:
    return dialect.aliases.get(attribute, attribute)


def _rule(cursor: Cursor, name: Token, field: Field, key: str, dialect: Dialect) -> Rule:
    if field in dialect.keyed:
        return dialect.keyed[field]
    rules = dialect.named[field]
    if key not in rules:
        raise cursor.error(f"Invalid {field} key '{key[:MAX_SHOWN]}' specified. Valid keys are {list(rules)}", name)
    return rules[key]


def _unfit(written: str, about: tuple[Field, str], rule: Rule, dialect: Dialect) -> str:
    field, key = about
    message = f"Invalid comparator '{written[:MAX_SHOWN]}' not one of {[str(known) for known in rule.operators]}"
    if written.upper() in LISTED and field is Field.ATTRIBUTE:
        message += f". Only {dialect.listing} attributes support comparison with a list of quoted string values"
    if written.upper() in NULLED:
        message += f". IS NULL / IS NOT NULL is only supported for {dialect.nullable}, not for '{field}' '{key}'"
    return message


def _operator_text(cursor: Cursor) -> str:
    """An operator of one or more words, as written but with single spaces."""
    words = [cursor.take()]
    if words[0].says("NOT") and cursor.token.says("IN", "LIKE", "ILIKE"):
        words.append(cursor.take())
    elif words[0].says("IS"):
        if cursor.token.says("NOT"):
            words.append(cursor.take())
        if not cursor.token.says("NULL"):
            raise cursor.misplaced(cursor.token)
        words.append(cursor.take())
    elif words[0].kind is not Kind.OPERATOR and not words[0].says("LIKE", "ILIKE", "RLIKE", "IN"):
        raise cursor.misplaced(words[0])
    return " ".join(word.text for word in words)


def _order(term: str, dialect: Dialect) -> Order:
    cursor = Cursor(term)
    name, direction = cursor.take(), cursor.take()
    if not name.is_name or name.says("ASC", "DESC") or not cursor.ended:
        raise InvalidInput(f"Invalid order_by clause '{term[:MAX_SHOWN]}'. Could not be parsed.")
    if direction.kind is not Kind.END and not direction.says("ASC", "DESC"):
        raise InvalidInput(
            f"Invalid ordering key in order_by clause '{term[:MAX_SHOWN]}'. Only ASC or DESC may follow the key."
        )
    field, key = _identifier(cursor, name, dialect)
    if field is not Field.ATTRIBUTE and field not in dialect.order_fields:
        raise InvalidInput(f"Invalid order_by entity: {field}. Valid keys are {list(dialect.order_keys)}")
    if field is Field.ATTRIBUTE and key not in dialect.order_keys:
        raise InvalidInput(
            f"Invalid {dialect.order_noun} '{key[:MAX_SHOWN]}' specified. Valid keys are {list(dialect.order_keys)}"
        )
    return Order(field, key, ascending=not direction.says("DESC"))
