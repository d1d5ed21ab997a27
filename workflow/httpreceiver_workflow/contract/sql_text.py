"""
SQL text seen from outside: its statements, and the parameters they name. Nothing is understood beyond words and quotes.

Parameters are found as SQLite's own tokenizer finds them: ``@name``, ``:name`` or ``$name``, outside of quotes and
comments. Source: sqlite.org, "SQL As Understood By SQLite", variables; comments; literal values.
"""

import re
import sqlite3
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<quoted>'(?:[^']|'')*+' | "(?:[^"]|"")*+" | `(?:[^`]|``)*+` | \[[^\]]*+\])
    | (?P<comment>--[^\n]*+ | /\*.*?(?:\*/|\Z))
    | (?P<parameter>[@:$][\w$]++(?:::[\w$]++)*+(?:\([^)\s]*+\))? | \?[0-9]*+)
    | (?P<word>(?!\ufeff)[^\W\d][\w$]*+ | [0-9][\w.]*+)
    | (?P<end>;)
    | (?P<other>[^\s\ufeff])
    """,
    re.VERBOSE | re.DOTALL,
)
_TRANSACTION_WORDS: Final = frozenset({"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"})
_WRITING_WORDS: Final = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of *sql*, each with its comments; what holds only space and comments is none."""
    start, is_empty = 0, True
    for token in _TOKEN.finditer(sql):
        if token.lastgroup == "end":
            # The end of CREATE TRIGGER is where SQLite says, not at the first semicolon of its body.
            if is_empty or sqlite3.complete_statement(sql[start : token.end()].replace("\0", " ")):
                if not is_empty:
                    yield sql[start : token.end()]
                start, is_empty = token.end(), True
        elif token.lastgroup != "comment":
            is_empty = False
    if not is_empty:
        yield sql[start:]


def parameters(sql: str) -> tuple[str, ...]:
    """Return the parameters that *sql* names, as they are written; one without a name is ``?``."""
    return tuple(dict.fromkeys(token[0] for token in _TOKEN.finditer(sql) if token.lastgroup == "parameter"))


def ends_transaction(statement: str) -> bool:
    """Whether *statement* begins or ends a transaction or a part of one."""
    words = (token[0].upper() for token in _TOKEN.finditer(statement) if token.lastgroup != "comment")
    return next(words, "") in _TRANSACTION_WORDS


def key_of(parameter: str) -> str:
    """Return what two spellings of one parameter have in common: the name without its sign, in lower case."""
    return parameter.lstrip("@:$").lower()


def writes(statement: str) -> bool:
    """Whether *statement* may change rows; never False for one that does."""
    words = (token[0].upper() for token in _TOKEN.finditer(statement) if token.lastgroup == "word")
    return not _WRITING_WORDS.isdisjoint(words)
