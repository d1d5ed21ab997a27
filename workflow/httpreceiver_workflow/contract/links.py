"""
Follow the GUIDs of a workflow: which settings are part of it, whether links lead to fitting ones, who owns each list.

Settings that no link leads to are not looked into: an old sender of an unknown class that is linked from nowhere does
not stop a workflow, it is reported once as unused (contract 1.1, rule 7). An activity that is listed twice in
Activities runs twice, with a warning. A disabled activity is not looked into either, nor is what it links to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from httpreceiver_workflow.contract.decode import Decoded, decode_setting
from httpreceiver_workflow.contract.findings import Findings, Link, LinkKind
from httpreceiver_workflow.contract.roots import RawSetting
from httpreceiver_workflow.contract.sender_settings import Activity
from httpreceiver_workflow.contract.setting_parts import Guid
from httpreceiver_workflow.contract.settings import HttpReceiver
from httpreceiver_workflow.contract.support import Kind
from httpreceiver_workflow.contract.values import EMPTY_GUID, shown
from httpreceiver_workflow.problem_codes import ProblemCode

_FITTING = {
    LinkKind.ACTIVITY: Kind.SENDER,
    LinkKind.RESPONSE_ACTIVITY: Kind.SENDER,
    LinkKind.FILTERS: Kind.FILTER_HOST,
    LinkKind.TRANSFORMERS: Kind.TRANSFORMER_LIST,
}

_NAMED_BY_LINKS = (Kind.SENDER, Kind.FILTER_HOST, Kind.TRANSFORMER_LIST, None)
"""None is a class we do not know, which may be a sender."""


@dataclass(slots=True)
class Linker:
    """
    One walk over the links of a file, from the receiver outwards.

    Attributes:
        by_id: the settings that links can name; of two with one Id the first.
        findings: collects everything found on the way.
        decoded: what was reached, by Id.
    """

    by_id: Mapping[Guid, RawSetting]
    findings: Findings
    decoded: dict[Guid, Decoded] = field(default_factory=dict)

    def reach(self, guid: Guid, kind: Kind) -> Decoded | None:
        """Decode the setting *guid* names, once; None when there is none of that kind."""
        setting = self.by_id.get(guid)
        if setting is None or not _fits(setting, kind):
            return None
        if guid not in self.decoded:
            self.decoded[guid] = decode_setting(setting, kind, self.findings.compatibility)
            self.findings.extend(self.decoded[guid].findings)
        return self.decoded[guid]

    def reach_lists(
        self, owner: Guid | None, filters: Iterable[Guid | None], transformers: Iterable[Guid | None]
    ) -> None:
        """Decode the lists of one receiver or activity, and check that what they write to is its own message."""
        for guids, kind in ((filters, Kind.FILTER_HOST), (transformers, Kind.TRANSFORMER_LIST)):
            for guid in guids:
                reached = self.reach(guid, kind) if guid is not None else None
                for link in reached.findings.links if reached else ():
                    if link.kind is LinkKind.TARGET and link.guid != owner:
                        self._report_foreign_target(link)

    def _report_foreign_target(self, link: Link) -> None:
        if link.guid not in self.by_id:
            _report_dangling(link, self.findings)
            return
        message = f"{link.field} of {link.owner} is {link.guid}, another setting than the one this list belongs to."
        self.findings.report(link.where, ProblemCode.TARGET_NOT_OWN, message)


def index_by_id(settings: Sequence[RawSetting], findings: Findings) -> dict[Guid, RawSetting]:
    """Return the settings by Id; reports Ids that occur twice, and settings without the Id that links need."""
    by_id: dict[Guid, RawSetting] = {}
    for setting in settings:
        if setting.id is None:
            if setting.class_name.kind in _NAMED_BY_LINKS:
                _report_without_id(setting, findings)
        elif setting.id in by_id:
            message = f"Id {setting.id} is that of {by_id[setting.id].where} too."
            findings.report(setting.id_where, ProblemCode.ID_DUPLICATE, message)
        else:
            by_id[setting.id] = setting
    return by_id


def _report_without_id(setting: RawSetting, findings: Findings) -> None:
    if setting.id_written in (None, "", EMPTY_GUID):
        message = f"{_describe(setting)} has no Id, so that no link can name it."
        findings.report(setting.where, ProblemCode.ID_MISSING, message)
    else:
        message = f"Id is {shown(setting.id_written)}, which is not a GUID."
        findings.report(setting.id_where, ProblemCode.GUID_MALFORMED, message)


def follow_links(receiver: HttpReceiver, linker: Linker) -> None:
    """Decode everything *receiver* leads to; the linker holds what was reached."""
    own_transformers = (receiver.variable_transformers, receiver.response_transformers)
    linker.reach_lists(receiver.id, [receiver.filters], own_transformers)
    for guid in dict.fromkeys(receiver.activities):
        reached = linker.reach(guid, Kind.SENDER)
        if reached is not None and isinstance(reached.record, Activity):
            linker.reach_lists(guid, [reached.record.filters], [reached.record.transformers])


def follow_everything(settings: Sequence[RawSetting], linker: Linker) -> None:
    """Decode every setting: without a receiver of ours nothing says which belong to the workflow."""
    for setting in settings:
        kind = setting.class_name.kind
        if setting.id is not None and kind in (Kind.SENDER, Kind.FILTER_HOST, Kind.TRANSFORMER_LIST):
            linker.reach(setting.id, kind)


def check_links(receiver: HttpReceiver, linker: Linker) -> None:
    """Report every link that leads nowhere, to a setting of another class, or to one that does not take part."""
    findings, by_id = linker.findings, linker.by_id
    activities = frozenset(receiver.activities)
    seen: set[Guid] = set()
    for link in findings.links:
        target = by_id.get(link.guid)
        if link.kind is LinkKind.TARGET or (link.kind is LinkKind.SOURCE and link.guid == receiver.id):
            continue
        if target is None:
            _report_dangling(link, findings)
        elif link.kind is LinkKind.SOURCE:
            _check_source(link, target, activities, findings)
        elif not _fits(target, _FITTING[link.kind]):
            _report_wrong_class(link, target, findings)
        elif link.kind is LinkKind.RESPONSE_ACTIVITY and link.guid not in activities:
            message = f"{link.field} of {link.owner} is {link.guid}, which is not in Activities."
            findings.report(link.where, ProblemCode.RESPONSE_ACTIVITY_NOT_RUN, message)
        elif link.kind is LinkKind.ACTIVITY:
            if link.guid in seen:
                message = f"Activity {link.guid} is listed again and runs again."
                findings.report(link.where, ProblemCode.ACTIVITY_REPEATED, message)
            seen.add(link.guid)


def report_unused(settings: Sequence[RawSetting], receiver: RawSetting, findings: Findings) -> None:
    """Warn of every setting that no link leads to; nothing else about it is reported."""
    linked = {link.guid for link in findings.links}
    for setting in settings:
        if setting is receiver or setting.id is None or setting.id in linked:
            continue
        if setting.class_name.kind is not Kind.RECEIVER:
            message = f"{_describe(setting)} is ignored, as no link leads to its Id {setting.id}."
            findings.report(setting.where, ProblemCode.SETTING_UNUSED, message)


def _check_source(link: Link, target: RawSetting, activities: frozenset[Guid], findings: Findings) -> None:
    if not _fits(target, Kind.SENDER):
        _report_wrong_class(link, target, findings)
    elif link.guid not in activities:
        message = f"{link.field} of {link.owner} is {link.guid}, a sender that is not in Activities and never runs."
        findings.report(link.where, ProblemCode.LINK_DANGLING, message)


def _fits(setting: RawSetting, kind: Kind) -> bool:
    """Whether *setting* may be of *kind*; an unknown class may be a sender, and is reported as unknown when decoded."""
    known = setting.class_name.kind
    return known is kind or known is None


def _report_dangling(link: Link, findings: Findings) -> None:
    message = f"{link.field} of {link.owner} is {link.guid}, the Id of no setting in this file."
    findings.report(link.where, ProblemCode.LINK_DANGLING, message)


def _report_wrong_class(link: Link, target: RawSetting, findings: Findings) -> None:
    found = target.class_name.label
    message = f"{link.field} of {link.owner} is {link.guid}, which is of class {found}; it must be {link.kind}."
    findings.report(link.where, ProblemCode.LINK_WRONG_CLASS, message)


def _describe(setting: RawSetting) -> str:
    return f"The setting of class {shown(setting.class_name.written)}" if setting.class_name.written else "This setting"
