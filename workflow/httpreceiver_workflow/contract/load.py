"""Load a workflow file: read, decode, link. The one entrance to this package; reports every mistake in one go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from httpreceiver_workflow.contract.decode import decode_setting
from httpreceiver_workflow.contract.findings import Findings
from httpreceiver_workflow.contract.json_source import NotReadable, read_source
from httpreceiver_workflow.contract.links import (
    Linker,
    check_links,
    follow_everything,
    follow_links,
    index_by_id,
    report_unused,
)
from httpreceiver_workflow.contract.list_settings import FilterHost, TransformerList
from httpreceiver_workflow.contract.roots import RawSetting, find_settings
from httpreceiver_workflow.contract.sender_settings import Sender
from httpreceiver_workflow.contract.settings import HttpReceiver, Workflow
from httpreceiver_workflow.contract.support import CLASSES, Kind
from httpreceiver_workflow.options.compatibility import DOCUMENTED, Compatibility
from httpreceiver_workflow.problem_codes import ProblemCode
from httpreceiver_workflow.problems import Problem, has_errors


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    What loading a workflow gives.

    Attributes:
        workflow: None exactly when a problem is an error.
        problems: every mistake found, sorted by place.
    """

    workflow: Workflow | None
    problems: tuple[Problem, ...]


def load_workflow(source: object, compatibility: Compatibility = DOCUMENTED) -> Loaded:
    """
    Load *source*: JSON text, its UTF-8 bytes, or the value it parses to. Never raises for what a user can hand in.

    Settings that no link leads to are reported as unused and otherwise ignored, whatever their class. A disabled
    activity is not looked into, so that a class we cannot run may stand there.
    """
    findings = Findings(compatibility)
    try:
        root = read_source(source)
    except NotReadable as error:
        return Loaded(None, (error.problem,))
    settings = find_settings(root, findings)
    workflow = _link(settings, findings)
    problems = tuple(sorted(set(findings.problems), key=_reading_order))
    return Loaded(None if has_errors(problems) else workflow, problems)


def _link(settings: Sequence[RawSetting], findings: Findings) -> Workflow | None:
    linker = Linker(index_by_id(settings, findings), findings)
    root = _choose_receiver(settings, findings)
    if root is None:
        follow_everything(settings, linker)
        return None
    decoded = decode_setting(root, Kind.RECEIVER, findings.compatibility)
    findings.extend(decoded.findings)
    receiver = decoded.record
    if not isinstance(receiver, HttpReceiver):
        return None
    follow_links(receiver, linker)
    check_links(receiver, linker)
    report_unused(settings, root, findings)
    return _assemble(receiver, linker)


def _choose_receiver(settings: Sequence[RawSetting], findings: Findings) -> RawSetting | None:
    """Return the first receiver, if it is one we serve; reports any other (contract 1.1, rule 8)."""
    receivers = [setting for setting in settings if setting.class_name.kind is Kind.RECEIVER]
    _report_misplaced(settings, findings)
    if not receivers:
        for setting in settings:
            if not setting.class_name.name:
                findings.report(setting.where, ProblemCode.TYPE_MISSING, "This setting has no $type.")
        if settings or not has_errors(findings.problems):
            findings.report("$", ProblemCode.NO_RECEIVER, "The file holds no receiver.")
        return None
    first, *others = receivers
    for other in others:
        message = f"{other.class_name.label} is a second receiver beside {first.where}."
        findings.report(other.where, ProblemCode.SEVERAL_RECEIVERS, message)
    if first.class_name.runs:
        return first
    message = f"The workflow starts with {first.class_name.label}; only HttpReceiverSetting can be served."
    findings.report(first.class_name.where, ProblemCode.RECEIVER_NOT_SUPPORTED, message)
    return None


def _report_misplaced(settings: Sequence[RawSetting], findings: Findings) -> None:
    """Report objects of a class that belongs inside a setting, where no link can ever lead to them."""
    for setting in settings:
        name = setting.class_name
        if name.kind in (Kind.FILTER, Kind.ACTION, Kind.OPTIONS):
            message = f"{name.name} is a {CLASSES[name.name].kind}; it belongs inside a setting."
            findings.report(name.where, ProblemCode.TYPE_NOT_FITTING, message)


def _assemble(receiver: HttpReceiver, linker: Linker) -> Workflow:
    """Join the records; only meaningful when no error was found."""
    records = {guid: item.record for guid, item in linker.decoded.items()}
    activities = (records.get(guid) for guid in receiver.activities)
    return Workflow(
        receiver=receiver,
        activities=tuple(item for item in activities if isinstance(item, Sender)),
        filter_hosts={guid: item for guid, item in records.items() if isinstance(item, FilterHost)},
        transformer_lists={guid: item for guid, item in records.items() if isinstance(item, TransformerList)},
    )


def _reading_order(problem: Problem) -> tuple[list[tuple[int, str]], str, str]:
    """Sort by place with numbers as numbers, so that item 10 follows item 9."""
    parts = [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", problem.where)]
    return parts, problem.code, problem.message
