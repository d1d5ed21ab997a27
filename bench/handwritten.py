"""
The job as a person would write it with aiohttp, uvloop and msgspec: what our listener is compared with.

    python -m bench.handwritten PORT

One process, no access log, no metrics, no limits of its own.
"""

import sys

import msgspec
import uvloop
from aiohttp import web

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


async def _visit(request: web.Request) -> web.Response:
    try:
        patient = _decode(await request.read())
    except msgspec.DecodeError:
        patient = None
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        return web.Response(status=400, body=b'{"ok":false}', content_type="application/json")
    answer = {
        "ok": True,
        "id": request.match_info["id"],
        "kind": request.match_info["kind"],
        "site": request.query.get("siteId", "main"),
        "name": patient["name"][0]["family"],
    }
    return web.Response(body=_encode(answer), content_type="application/json")


def main(port: int) -> None:
    """Serve until SIGTERM."""
    application = web.Application()
    application.router.add_post("/api/patient/{id}/{kind}", _visit)
    web.run_app(application, host="127.0.0.1", port=port, access_log=None, print=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main(int(sys.argv[1]))
