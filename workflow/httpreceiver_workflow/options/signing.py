"""
How services sign their requests, with presets for those whose form is known.

Sources for the presets: docs.github.com "Validating webhook deliveries", api.slack.com "Verifying requests from Slack",
docs.stripe.com "Verify webhook signatures manually", the Standard Webhooks specification 1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from httpreceiver_workflow.options.auth import HmacAuth, HmacEncoding, HmacPreset


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """
    How a service signs.

    Attributes:
        separator: between the signatures of the header; ``""`` where it holds one.
        prefix: of a signature; others in the header are passed over.
        timestamp_prefix: of the item of the same header that is the time; ``""`` where the time has a header or none.
        secret_in_base64: a secret that is marked so is base64.
    """

    header: str
    algorithm: str = "sha256"
    encoding: HmacEncoding = "Hex"
    prefix: str = ""
    separator: str = ""
    timestamp_header: str = ""
    timestamp_prefix: str = ""
    signed_text: str = "{body}"
    secret_in_base64: bool = False


PRESETS: Final[Mapping[HmacPreset, Scheme]] = MappingProxyType(
    {
        "GitHub": Scheme(header="X-Hub-Signature-256", prefix="sha256="),
        "Slack": Scheme(
            header="X-Slack-Signature",
            prefix="v0=",
            timestamp_header="X-Slack-Request-Timestamp",
            signed_text="v0:{timestamp}:{body}",
        ),
        "StandardWebhooks": Scheme(
            header="webhook-signature",
            encoding="Base64",
            prefix="v1,",
            separator=" ",
            timestamp_header="webhook-timestamp",
            signed_text="{header:webhook-id}.{timestamp}.{body}",
            secret_in_base64=True,
        ),
        "Stripe": Scheme(
            header="Stripe-Signature",
            prefix="v1=",
            separator=",",
            timestamp_prefix="t=",
            signed_text="{timestamp}.{body}",
        ),
    }
)


def scheme_of(rule: HmacAuth) -> Scheme:
    """Return how *rule* says that requests are signed."""
    if rule.preset is not None:
        return PRESETS[rule.preset]
    return Scheme(
        header=rule.header or "",
        algorithm=(rule.algorithm or "SHA256").lower(),
        encoding=rule.encoding or "Hex",
        prefix=rule.prefix or "",
        timestamp_header=rule.timestamp_header or "",
        signed_text=rule.signed_text or "{body}",
    )
