"""
Receivers as their callers see them: one OpenAPI 3.1 document for each endpoint. Pure; docs/openapi.md says how things
are expressed that OpenAPI has no words for.

    description = describe_receiver("orders", prepared.workflow, prepared.pipeline, options)
    document = endpoint_document(Scheme.HTTPS, 8443, [description, ...])

`receiver` describes one receiver: what it reads (`requests`, `reads`), what a run answers (`replies`), what the
listener answers before one (`refusals`), who may call (`security`). `paths` settles who answers at each path,
`document` puts all together. Nothing of a Secret, of the host or of the systems behind a receiver is looked at.
"""

from httpreceiver_workflow.openapi.document import endpoint_document
from httpreceiver_workflow.openapi.receiver import Description, describe_receiver

__all__ = ["Description", "describe_receiver", "endpoint_document"]
