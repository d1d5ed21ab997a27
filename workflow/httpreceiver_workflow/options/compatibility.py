"""
The doubtful points of the contract as named switches: what the vendor's pages leave open, a user can correct here.
"""

from httpreceiver_workflow.options.option import Option


class Compatibility(Option, frozen=True, kw_only=True):
    """`compatibility`: one field per switch, with what we take for right as its default; settled while compiling."""
