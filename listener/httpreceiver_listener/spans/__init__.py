"""
Spans: each timed part of a request, told to an OpenTelemetry collector.

`opening` is the door. `environment` says whether anybody wants them, `export` takes them there, `watched` are the parts
of a responder that make them, `conventions` what is written on each. The last three are imported only where spans are
wanted, and nothing else imports OpenTelemetry.
"""
