"""
Every row of the contract's tables has a case.

Rows are what tables of the code hold, and what `tests/cases/workflow_rows.yaml` lists. A new field, comparer or
response mode is a new row, so it needs a case before the build passes.
"""

import ast
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from httpreceiver_cli.yaml_text import load_documents
from httpreceiver_workflow.contract import enums
from httpreceiver_workflow.contract.built_in import READ_ONLY_VARIABLES
from httpreceiver_workflow.contract.custom_transformers import CUSTOM_TRANSFORMERS
from httpreceiver_workflow.contract.decode_parts import PATH_KINDS
from httpreceiver_workflow.contract.response_mode import ResponseMode
from httpreceiver_workflow.contract.support import CLASSES, Kind, fields_of, part_names
from httpreceiver_workflow.messages import SUPPORTED_MESSAGE_TYPES
from httpreceiver_workflow.options.switches import SWITCHES
from httpreceiver_workflow.pipeline.effects import OutcomeKind
from httpreceiver_workflow.pipeline.formatting.placeholders import MODIFIER_NAMES
from httpreceiver_workflow.pipeline.variables import WORKFLOW_ERROR, WORKFLOW_ERROR_MESSAGE

ROOT: Final = Path(__file__).resolve().parents[2]
CASES: Final = ROOT / "tests" / "cases" / "workflow"
LISTED: Final = ROOT / "tests" / "cases" / "workflow_rows.yaml"

FIELDS_IN: Final[Mapping[str, str]] = {
    "workflow file": "1.1",
    "HttpReceiverSetting": "3",
    "VariableCreator": "3 VariableCreator",
    "FilterHostSetting": "4 FilterHostSetting",
    "TransformerSetting": "5 TransformerSetting",
    "HttpSenderSetting": "8.1",
    "header": "8.1 header",
    "OAuthSettings": "8.1 OAuthSettings",
    "FileWriterSenderSetting": "8.4",
    "DatabaseSenderSetting": "8.5",
    "CodeSenderSetting": "8.7",
    "DatabaseSettingParameter": "8.5 parameter",
}
"""Class → what the rows of its fields begin with, where the kind of the class does not say it."""

MEMBERS_IN: Final[Mapping[str, type[IntEnum]]] = {
    "4.1 Conjunction": enums.Conjunction,
    "4.2 String": enums.StringComparer,
    "4.2 Date": enums.DateComparer,
    "4.2": enums.ValidComparer,
    "5.1 TextFormat": enums.TextFormat,
    "5.1 Truncation": enums.Truncation,
    "8.1 Method": enums.HttpMethod,
    "8.1 UseProxy": enums.ProxyUse,
    "8.1 AuthenticationMode": enums.HttpAuthentication,
    "8.1 OAuthSettings ResourceParameterType": enums.OAuthResourceParameter,
    "8.1 OAuthSettings ClientAuthenticationStyle": enums.OAuthClientAuthentication,
    "8.5 DataProvider": enums.DataProvider,
    "9.3": enums.ResponsePriority,
}
"""What the rows of an enumeration's members begin with."""


def test_every_row_has_a_case() -> None:
    """Of the code's tables as of the list; a row is proved by the cases that name it, or name a part of it."""
    proved = proofs()
    missing = sorted(row for row in rows() if not any(is_part_of(proof, row) for proof in proved))
    assert not missing, "\n".join((f"{len(missing)} rows have no case (CONTRIBUTING.md, Tests):", *missing))


def test_every_case_proves_a_row() -> None:
    """No case names a row that does not exist, and none proves nothing."""
    known = rows()
    unknown = sorted(proof for proof in proofs() if not any(is_part_of(proof, row) for row in known))
    assert not unknown, "\n".join(("no such row:", *unknown))
    assert [] == [path.name for path in sorted(CASES.glob("*.yaml")) if not rows_proved_in(path)]


def test_a_row_is_in_one_table() -> None:
    """What a table of the code holds is not listed by hand."""
    assert set() == rows_listed() & set(rows_of_tables())


def test_the_tests_that_stand_in_for_cases_exist() -> None:
    """A row that no case over plain HTTP can show names the test that shows it."""
    nodes = set(listed()["proved_by"].values())
    assert set() == {node for node in nodes if not is_test(*node.split("::"))}


# --- rows ----------------------------------------------------------------------------------------------------------


def rows() -> set[str]:
    """Return every row there is."""
    return {*rows_of_tables(), *rows_listed()}


def rows_of_tables() -> Iterator[str]:
    """Yield the rows that tables of the code hold."""
    for name, support in CLASSES.items():
        if support.refusal is not None:
            yield refused_row(name, support.kind)
        elif support.kind is Kind.ACTION:
            yield prefix_of(name)
    for name in (*CLASSES, *part_names()):
        yield from (f"{prefix_of(name)} {field}" for field in fields_of(name))
    for prefix, members in MEMBERS_IN.items():
        yield from (f"{prefix} {pascal_case(member)}" for member in members)
    yield from (f"5.2 Custom {name}" for name in CUSTOM_TRANSFORMERS)
    yield from (f"6.1 {name}" for name in (*READ_ONLY_VARIABLES, WORKFLOW_ERROR, WORKFLOW_ERROR_MESSAGE))
    yield from (f"6.4 {name}" for name in MODIFIER_NAMES)
    for message_type in SUPPORTED_MESSAGE_TYPES - PATH_KINDS:
        yield from (f"6.6 {message_type.name} {access}" for access in ("get", "set value", "set structure"))
    yield from (f"6.6 {kind.name}" for kind in SUPPORTED_MESSAGE_TYPES & PATH_KINDS)
    yield from {f"11 {switch.point}" for switch in SWITCHES}
    for mode in ResponseMode:
        yield f"9.1 {mode}"
        for outcome in OutcomeKind:
            yield from (f"9.2 {mode} {outcome} {pascal_case(priority)}" for priority in enums.ResponsePriority)


def refused_row(name: str, kind: Kind) -> str:
    """Return the row of a class that is refused by name."""
    if kind is Kind.ACTION:
        return prefix_of(name)
    return f"{'1.3' if kind is Kind.RECEIVER else '8'} {name}"


def prefix_of(name: str) -> str:
    """Return what the rows of a class's fields begin with."""
    if name in FIELDS_IN:
        return FIELDS_IN[name]
    match CLASSES[name].kind:
        case Kind.FILTER:
            return f"4.1 {name.removesuffix('MessageFilter')}"
        case Kind.ACTION:
            return f"5.2 {name.removesuffix('TransformerAction')}"
        case Kind.OPTIONS:
            return f"7 {name}"
        case _:
            return name


def pascal_case(member: IntEnum) -> str:
    """Return the member's name as workflow files spell it."""
    return "".join(word.capitalize() for word in member.name.split("_"))


# --- what proves them ----------------------------------------------------------------------------------------------


def proofs() -> set[str]:
    """Return the rows that cases or tests say they prove."""
    return {*listed()["proved_by"], *(row for path in CASES.glob("*.yaml") for row in rows_proved_in(path))}


def rows_proved_in(path: Path) -> list[str]:
    """Return the rows that the case file at *path* names."""
    return list(document_in(path).get("rows", []))


def rows_listed() -> set[str]:
    """Return the rows listed by hand."""
    return {row for page in listed()["rows"] for row in page["facts"]}


def listed() -> dict[str, Any]:
    """Return the rows listed by hand, and the tests that stand in for cases."""
    return document_in(LISTED)


def document_in(path: Path) -> dict[str, Any]:
    """Return the one document of the file at *path*."""
    [document] = load_documents(path.read_text())
    return dict(document)


def is_part_of(proof: str, row: str) -> bool:
    """Whether *proof* is *row* itself or *row* with more words, which tell parts of it apart."""
    return f"{proof} ".startswith(f"{row} ")


def is_test(file: str, name: str) -> bool:
    """Whether *file*, as seen from the root of the repository, holds the test function *name*."""
    path = ROOT / file
    body = ast.parse(path.read_text()).body if path.is_file() else []
    return name in {item.name for item in body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)}
