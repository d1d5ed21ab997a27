"""The base of everything in `spec` that changes how requests are answered."""

import msgspec


class Option(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """
    An object of `spec`: camelCase fields, no others; one that is not understood must not be passed over.

    Sequences are tuples, so that options can be compared and remembered by content.
    """
