"""
The jobs as a person would write them with aiohttp, uvloop and msgspec: what our listener is compared with.

    python -m bench.handwritten PORT [CERTIFICATE.pem]

One process, no access log, no metrics, no limits of its own but the largest body.
"""

import ssl
import sys
from datetime import datetime

import msgspec
import uvloop
from aiohttp import web

LARGEST_BODY = 16 * 2**20

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


async def _admit(request: web.Request) -> web.Response:
    fields = (await request.text()).split("\r", 1)[0].split("|")
    if fields[0] != "MSH" or len(fields) < 12:
        return web.Response(status=400)
    application, facility, sender, site, number = fields[4], fields[5], fields[2], fields[3], fields[9]
    now = f"{datetime.now():%Y%m%d%H%M%S}"
    head = f"MSH|^~\\&|{application}|{facility}|{sender}|{site}|{now}||ACK|A{number}|P|2.5"
    return web.Response(text=f"{head}\rMSA|AA|{number}\r", content_type="application/hl7-v2")


async def _read(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="ok")


def main(port: int, certificate: str | None = None) -> None:
    """Serve until SIGTERM."""
    application = web.Application(client_max_size=LARGEST_BODY)
    application.router.add_post("/api/patient/{id}/{kind}", _visit)
    application.router.add_post("/hl7/adt", _admit)
    application.router.add_post("/p", _read)
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    loop = uvloop.new_event_loop()
    web.run_app(application, host="127.0.0.1", port=port, ssl_context=context, access_log=None, print=None, loop=loop)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
