"""
YAML as kubectl reads it: what we write means the same to it, and we read what it would read.

kubectl takes `y` and `1e5` for a boolean and a number, PyYAML for text; PyYAML takes `12:30` and `2024-01-05` for a
number and a date, kubectl for text. A receiver must mean the same to both, so this module follows kubectl
(sigs.k8s.io/yaml) when reading, and quotes whatever any reader might take for something else when writing.
"""

import math
import re
from collections.abc import Iterable
from typing import Any, Final

import yaml

from httpreceiver_cli.written_number import WrittenNumber

_PLAIN: Final = re.compile(r"[A-Za-z$][A-Za-z0-9_$./-]*(?:,? [A-Za-z0-9_$./()-]+)*")
_WORDS_WITH_MEANING: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

_BOOLEANS: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}


LARGEST_PLAIN: Final = 1e21
"""From here on JSON numbers are written with an exponent."""


class YamlError(ValueError):
    """The text is not YAML that stands for JSON; the message says where and why in one line."""


class _KubernetesDumper(yaml.CSafeDumper):
    """Writes text plain only where no reader can take it for anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a shared value out at each place: a reader should not need anchors."""
        return True


class _KubernetesLoader(yaml.CSafeLoader):
    """Reads scalars as sigs.k8s.io/yaml does."""


def _represent_text(dumper: _KubernetesDumper, text: str) -> yaml.ScalarNode:
    tag = "tag:yaml.org,2002:str"
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_WITH_MEANING:
        return dumper.represent_scalar(tag, text)
    if is_readable_block(text):
        return dumper.represent_scalar(tag, text, style="|")
    return dumper.represent_scalar(tag, text, style='"')


def is_readable_block(text: str) -> bool:
    """
    Whether *text* can stand as a literal block and come back unchanged from every reader.

    Only line feeds may break its lines, and no line may begin or end with a blank at the places where readers disagree.
    """
    if "\n" not in text.rstrip("\n") or text[:1].isspace():
        return False
    return all(
        not line[-1:].isspace() and all(character == "\t" or character.isprintable() for character in line)
        for line in text.split("\n")
    )


def _represent_number(dumper: _KubernetesDumper, number: WrittenNumber) -> yaml.ScalarNode:
    mantissa, exponent_mark, exponent = number.text.lower().partition("e")
    text = mantissa if "." in mantissa else f"{mantissa}.0"
    if exponent_mark:  # the form that every YAML reader takes for a number
        text += "e" + (exponent if exponent[0] in "+-" else f"+{exponent}")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_KubernetesDumper.add_representer(str, _represent_text)
_KubernetesDumper.add_representer(WrittenNumber, _represent_number)


def _implicit(tag: str, pattern: str, first: Iterable[str]) -> None:
    _KubernetesLoader.add_implicit_resolver(tag, re.compile(pattern), list(first))


_KubernetesLoader.yaml_implicit_resolvers = {}  # none of PyYAML's own: dates, base 60
_implicit("tag:yaml.org,2002:bool", "^(?:" + "|".join(_BOOLEANS) + ")$", "yYnNtTfFoO")
_implicit("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
_implicit(
    "tag:yaml.org,2002:int",
    r"^(?:[-+]?0b[01_]+|[-+]?0o[0-7_]+|[-+]?0x[0-9a-fA-F_]+|[-+]?[0-9][0-9_]*)$",
    "-+0123456789",
)
_implicit(
    "tag:yaml.org,2002:float",
    r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
    "-+.0123456789",
)
_implicit("tag:yaml.org,2002:merge", "^(?:<<)$", "<")


def _construct_bool(loader: _KubernetesLoader, node: yaml.ScalarNode) -> bool:
    return _BOOLEANS[loader.construct_scalar(node)]


def _construct_int(loader: _KubernetesLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).replace("_", "")
    digits = text.lstrip("+-")
    if re.fullmatch("0[0-7]+", digits):
        return int(digits, 8) * (-1 if text.startswith("-") else 1)
    return int(text, 10 if digits.isdigit() else 0)


def _construct_float(loader: _KubernetesLoader, node: yaml.ScalarNode) -> float | int:
    text = loader.construct_scalar(node)
    if "inf" in text.lower() or "nan" in text.lower():
        raise yaml.constructor.ConstructorError(None, None, f"{text} is no JSON number", node.start_mark)
    value = float(text)
    if math.isinf(value):
        raise yaml.constructor.ConstructorError(None, None, f"{text} is too large for a number", node.start_mark)
    # kubectl passes numbers on as JSON, where 1e5 and 1.0 are written 100000 and 1.
    return int(value) if value.is_integer() and abs(value) < LARGEST_PLAIN else value


_KubernetesLoader.add_constructor("tag:yaml.org,2002:bool", _construct_bool)
_KubernetesLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_KubernetesLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)


def dump_documents(documents: Iterable[Any]) -> str:
    """Return *documents* as YAML text, separated by ``---`` when there are several; members keep their order."""
    return yaml.dump_all(
        list(documents),
        Dumper=_KubernetesDumper,
        sort_keys=False,
        allow_unicode=True,
        width=2**30,  # a folded line is one more thing a reader could get wrong
        default_flow_style=False,
    )


class _UniqueKeysLoader(_KubernetesLoader):
    """Refuses an object that has a key twice, where kubectl takes the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct the object of *node*. Raises ConstructorError."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, f'"{key.value}" occurs twice', key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load_documents(text: str, *, unique_keys: bool = False) -> list[Any]:
    """
    Return the documents of *text* as JSON values; empty documents are None.

    Args:
        unique_keys: also refuse objects with a key twice.
    Raises:
        YamlError: *text* is not YAML that stands for JSON.
    """
    try:
        return list(yaml.load_all(text, Loader=_UniqueKeysLoader if unique_keys else _KubernetesLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise YamlError(f"{place}{error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(" ".join(str(error).split()) or type(error).__name__) from error
