"""
The HTTP sender (contract 8.1): one shared client; every status is a Reply, only the lack of an answer is a Fault.
"""

import asyncio
import base64
import io
import re
import ssl
import time
import urllib.request
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from httpreceiver_listener.http.decompression import DECODED, BrokenCoding, TooLong, decompressed
from httpreceiver_listener.tls.certificate_source import CertificateError, folder_state
from httpreceiver_workflow.pipeline.effects import (
    BasicCredentials,
    Fault,
    FaultKind,
    HttpCall,
    OAuthCredentials,
    Proxy,
    Reply,
    Stage,
)

CONNECTIONS: Final = 256
IDLE_CONNECTION_S: Final = 15
TOKEN_REPLY_BYTES: Final = 1024 * 1024
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"})


class _CallFault(Exception):
    """Ends a call; carries the Fault to return."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(kind, Stage.ACTIVITY, message)


class _Token(msgspec.Struct):
    """The part of a token endpoint's answer that matters."""

    access_token: str
    expires_in: float = 3600.0


class HttpSenderPerformer:
    """Performs `HttpCall`."""

    def __init__(
        self,
        *,
        certificates_folder: Path | None = None,
        ca_file: Path | None = None,
        reply_bytes: int = 64 * 1024 * 1024,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._certificates_folder = certificates_folder
        self._ca_file = ca_file
        self._reply_bytes = reply_bytes
        self._now = now
        self._tokens: dict[OAuthCredentials, tuple[str, float]] = {}
        self._contexts: dict[str, tuple[object, ssl.SSLContext]] = {}
        self._plain_context = _system_context() if ca_file is None else _new_context(ca_file)
        self._opened: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close idle connections."""
        if self._opened is not None:
            await self._opened.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        """The one session; opened by the first call, since it needs the running loop."""
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_CONNECTION_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, connect=None),
                skip_auto_headers=("User-Agent",),
                auto_decompress=False,  # aiohttp takes a stream that was cut off for a complete one
            )
        return self._opened

    async def perform(self, activity_id: str, call: HttpCall) -> Reply | Fault:
        """Make the call; with OAuth once more with a new token when the first is refused."""
        try:
            async with asyncio.timeout(call.timeout_s):
                if not isinstance(call.credentials, OAuthCredentials):
                    return await self._call(call, _basic(call.credentials))
                reply = await self._call(call, await self._bearer(call.credentials, call.proxy))
                if reply.status != 401:
                    return reply
                self._tokens.pop(call.credentials, None)
                return await self._call(call, await self._bearer(call.credentials, call.proxy))
        except _CallFault as failed:
            return failed.fault
        except TimeoutError:
            return Fault(
                FaultKind.ACTIVITY_TIMEOUT, Stage.ACTIVITY, f"No answer came within {call.timeout_s:g} seconds."
            )
        except (aiohttp.ClientError, OSError, ssl.SSLError, ssl.CertificateError) as error:
            return Fault(FaultKind.CONNECTIVITY, Stage.ACTIVITY, _connectivity(error))
        except ValueError:  # what yarl and aiohttp say of a target or redirect they cannot use; may quote it
            return Fault(FaultKind.ACTIVITY_FAILED, Stage.ACTIVITY, "The URL cannot be called.")

    async def _call(self, call: HttpCall, authorization: str | None) -> Reply:
        headers = _checked_headers(call, authorization)
        async with self._session.request(
            call.method,
            _checked_url(call.url),
            data=call.body if call.body is None else io.BytesIO(call.body),
            headers=headers,
            proxy=_proxy(call.proxy, call.url),
            ssl=self._context(call.certificate_thumbprint),
        ) as response:
            body = await _limited_body(response, self._reply_bytes)
            return Reply(response.status, response.headers.get("Content-Type", ""), body)

    async def _bearer(self, credentials: OAuthCredentials, proxy: Proxy) -> str:
        """Return the Authorization value; a token is asked for when none is kept or the kept one ends soon."""
        kept = self._tokens.get(credentials)
        if kept is not None and self._now() < kept[1]:
            return f"Bearer {kept[0]}"
        headers = {"Accept": "application/json"}
        if credentials.client_in_header:
            headers["Authorization"] = str(_basic(BasicCredentials(credentials.client_id, credentials.client_secret)))
        async with self._session.post(
            _checked_url(credentials.token_endpoint),
            data=dict(credentials.form),
            headers=headers,
            proxy=_proxy(proxy, credentials.token_endpoint),
            ssl=self._plain_context,
            allow_redirects=False,
        ) as response:
            body = await _limited_body(response, TOKEN_REPLY_BYTES)
            if response.status != 200:
                raise _CallFault(
                    FaultKind.ACTIVITY_FAILED, f"The token endpoint answered with status {response.status}."
                )
        try:
            token = msgspec.json.decode(body, type=_Token, strict=False)
        except msgspec.DecodeError:
            raise _CallFault(FaultKind.ACTIVITY_FAILED, "The token endpoint's answer holds no access token.") from None
        if not _HEADER_VALUE.fullmatch(token.access_token):
            raise _CallFault(FaultKind.ACTIVITY_FAILED, "The token endpoint's access token cannot be a header.")
        now = self._now()
        self._tokens = {key: value for key, value in self._tokens.items() if value[1] > now}
        self._tokens[credentials] = (token.access_token, now + token.expires_in - credentials.expiry_skew_s)
        return f"Bearer {token.access_token}"

    def _context(self, thumbprint: str) -> ssl.SSLContext:
        """Return the context that presents the certificate with *thumbprint*; read again when its folder changes."""
        if not thumbprint:
            return self._plain_context
        state = folder_state(self._certificates_folder)
        kept = self._contexts.get(thumbprint)
        if kept is not None and kept[0] == state:
            return kept[1]
        from httpreceiver_listener.tls.certificates import find_pair, load_pair

        try:
            pair = find_pair(self._certificates_folder, thumbprint)
            context = _new_context(self._ca_file)
            load_pair(context, pair)
        except CertificateError as error:
            if kept is not None:
                return kept[1]
            raise _CallFault(FaultKind.ACTIVITY_FAILED, f"The client certificate cannot be used: {error}") from None
        self._contexts[thumbprint] = (state, context)
        return context


def _new_context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@cache
def _system_context() -> ssl.SSLContext:
    """Return the context of the system's authorities; reading them takes a twentieth of a second."""
    return _new_context(None)


def _basic(credentials: BasicCredentials | None) -> str | None:
    if credentials is None:
        return None
    return "Basic " + base64.b64encode(f"{credentials.user_name}:{credentials.password}".encode()).decode()


def _checked_headers(call: HttpCall, authorization: str | None) -> list[tuple[str, str]]:
    """Return the headers to send. What a request's data made into more than one header is refused, not repaired."""
    headers: list[tuple[str, str]] = []
    for name, value in call.headers:
        if not _HEADER_NAME.fullmatch(name):
            raise _CallFault(FaultKind.ACTIVITY_FAILED, "A header has a name that no header may have.")
        if name.lower() in _FRAMING:
            raise _CallFault(
                FaultKind.ACTIVITY_FAILED, f"Header {name} is set by the connection and cannot be authored."
            )
        if not _HEADER_VALUE.fullmatch(value):
            raise _CallFault(FaultKind.ACTIVITY_FAILED, f"Header {name} has a value with control characters.")
        if authorization is None or name.lower() != "authorization":
            headers.append((name, value))
    if authorization is not None:
        headers.append(("Authorization", authorization))
    return headers


def _checked_url(text: str) -> URL:
    """Return the URL; characters that no URL may hold are encoded, existing escapes stay."""
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise _CallFault(FaultKind.ACTIVITY_FAILED, "The URL holds control characters.")
    try:
        url = URL(text.strip())
    except ValueError:
        raise _CallFault(FaultKind.ACTIVITY_FAILED, "The URL is malformed.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise _CallFault(FaultKind.ACTIVITY_FAILED, "The URL is not an absolute http or https URL.")
    return url


def _proxy(proxy: Proxy, url: str) -> URL | None:
    """Return the proxy to go through, its credentials in the URL as aiohttp takes them; None for a direct call."""
    if proxy.use == "none":
        return None
    if proxy.use == "environment":
        target = _checked_url(url)
        found = urllib.request.getproxies().get(target.scheme)
        if not found or urllib.request.proxy_bypass(f"{target.host}:{target.port}"):
            return None
        return _checked_url(found if "://" in found else f"http://{found}")
    where = _checked_url(proxy.address if "://" in proxy.address else f"http://{proxy.address}")
    if proxy.credentials is None:
        return where
    return where.with_user(proxy.credentials.user_name).with_password(proxy.credentials.password)


async def _limited_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return the answer's body, plain; a coding that we did not ask for stays as it is."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > limit:
            response.close()
            raise _too_large(limit)
        pieces.append(piece)
    body = b"".join(pieces)
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in DECODED:
        return body
    try:
        return await asyncio.to_thread(decompressed, body, coding, limit)
    except TooLong:
        raise _too_large(limit) from None
    except BrokenCoding:
        raise _CallFault(FaultKind.ACTIVITY_FAILED, f"The answer's {coding} coding is broken or cut off.") from None


def _too_large(limit: int) -> _CallFault:
    return _CallFault(FaultKind.ACTIVITY_FAILED, f"The answer is larger than {limit} bytes.")


def _connectivity(error: BaseException) -> str:
    """Say what went wrong on the way, without the URL that aiohttp's own texts quote."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.CertificateError):
        return "The server's certificate is not trusted."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "The server's name cannot be resolved."
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "No TLS session could be agreed with the server."
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "The server closed the connection without an answer."
    if isinstance(error, aiohttp.TooManyRedirects):
        return "The server redirects without end."
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"The proxy answered with status {error.status}."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"The server cannot be reached: {error.os_error.strerror or type(error.os_error).__name__}."
    if isinstance(error, aiohttp.ClientPayloadError):
        return "The answer ended early."
    return f"The call failed: {type(error).__name__}."
