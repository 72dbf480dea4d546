import secrets

_ADJECTIVES = """
able amber brave bright calm clever crisp eager fair fleet gentle glad golden grand honest jolly keen kind lively lucid
mellow merry nimble noble open patient proud quick quiet rapid serene sharp silver steady sunny swift vivid warm wise
"""
_NOUNS = """
ant badger bear bee bison carp crane crow deer dove eagle elk falcon finch fox frog gull hare hawk heron ibex jay koala
lark lion lynx mole moose newt otter owl panda perch pike quail raven robin seal stork swan toad trout whale wolf wren
"""


def hex_id() -> str:
    """32 random hexadecimal digits."""
    return secrets.token_hex(16)


def friendly_name() -> str:
    """A name such as `swift-otter-412`, for things nobody named."""
    return f"{secrets.choice(_ADJECTIVES.split())}-{secrets.choice(_NOUNS.split())}-{secrets.randbelow(900) + 100}"
