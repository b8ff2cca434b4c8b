"""One request over HTTP; the only module that imports the HTTP library.

Each carries an id of ours, by which the service's own log can be searched (reference/dataverse-web-api.md
2.1). Cookies are not kept: one of them would pin all workers to one server (14, trap 28).
"""

import asyncio
import logging
import os
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar
from typing import Any, Final

import httpx

from mig.dataverse.calls import CLIENT_REQUEST_ID, Call, Exchange, Log, Reply
from mig.dataverse.errors import Dropped, NotTrusted, Unreachable, UnusableSetting
from mig.dataverse.hiding import Hidden
from mig.dataverse.skew import Skew
from mig.dataverse.throttle import MOST_AT_ONCE
from mig.dataverse.unpacking import ACCEPTED, Body

# The connection was not there at all: nothing was sent.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_BROKEN: Final = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)
_PROXIES: Final = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
_CERTIFICATES: Final = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR"})
_READ: Final = httpx.ByteStream(b"")
# The library tells its log every url, with what is secret in it.
logging.getLogger("httpx").addFilter(lambda record: False)
_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED,
    "OData-Version": "4.0",
    "OData-MaxVersion": "4.0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Sends to one service root. `seconds` and `largest` bound one answer; `place` stands for the url.

    `query` is a query string for every request: it holds a secret, where a service wants that.
    """

    http: httpx.AsyncClient
    root: str
    place: str
    hidden: Hidden
    seconds: float
    largest: int
    new_id: Callable[[], str]
    log: Log
    skew: Skew
    query: str = field(default="", repr=False)

    async def __call__(self, call: Call) -> Reply:
        """Send it once; `Unreachable`, `Dropped` or `BadAnswer` when there is no reply to speak of."""
        client_id = self.new_id()
        reply = None
        try:
            with self._failures_told():
                async with asyncio.timeout(
                    self.seconds
                ):  # httpx counts from one piece of an answer to the next
                    reply = await self._exchange(call, client_id)
            return reply
        finally:
            self.log(self._without_secrets(Exchange.of(call, client_id, reply)))

    async def _exchange(self, call: Call, client_id: str) -> Reply:
        headers = {**_HEADERS, CLIENT_REQUEST_ID: client_id, **call.headers}
        async with self.http.stream(
            call.method, self._url(call), content=call.content, headers=headers
        ) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            self.skew.hear(found)
            body = Body(found.get("content-encoding", "").strip().lower(), self.largest)
            async for piece in response.aiter_raw():
                body.add(piece)
        # It and its stream refer to each other: what was sent and read would wait for the garbage collector.
        response.stream = _READ
        return Reply(response.status_code, found, body.whole())

    def _url(self, call: Call) -> str:
        return self.root + call.path + (f"?{self.query}" if self.query else "")

    def _without_secrets(self, exchange: Exchange) -> Exchange:
        hide = self.hidden.text
        request_id = exchange.request_id
        return replace(
            exchange,
            request=hide(exchange.request),
            request_id=hide(request_id) if request_id else None,
            limits=hide(exchange.limits),
        )

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            yield
        except _NOT_SENT as error:
            kind = NotTrusted if _is_about_trust(error) else Unreachable
            raise kind(self.place, self.hidden.text(_reason(error))) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Dropped(self.place, "no answer in time") from error
        except (httpx.InvalidURL, UnicodeError) as error:  # the latter of a host's name
            raise Unreachable(self.place, "the url is not valid") from error
        except httpx.LocalProtocolError as error:  # its text quotes what was sent
            raise Unreachable(self.place, "the request cannot be sent as it is") from error
        except ConnectionError as error:  # an application in this process says it as a socket would
            raise Dropped(self.place, "the connection broke") from error
        except httpx.HTTPError as error:
            kind = Dropped if isinstance(error, _BROKEN) else Unreachable
            raise kind(self.place, self.hidden.text(_reason(error))) from error


@asynccontextmanager
async def opened(app: Any, seconds: float) -> AsyncIterator[httpx.AsyncClient]:
    """Connections to anywhere, or to an ASGI application in this process.

    Whom TLS trusts is what SSL_CERT_FILE or SSL_CERT_DIR say, else what comes with the library.
    """
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True) if app is not None else None
    async with _made(transport, seconds) as http:
        yield http


def _made(transport: httpx.AsyncBaseTransport | None, seconds: float) -> httpx.AsyncClient:
    """The library reads the variables of this machine for it; `UnusableSetting` where it cannot use them."""
    limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=MOST_AT_ONCE)
    try:
        return httpx.AsyncClient(
            transport=transport, timeout=seconds, limits=limits, follow_redirects=False, cookies=_NoCookies()
        )
    except OSError as error:
        why = "no certificates can be read there"
        raise UnusableSetting(_set(_CERTIFICATES, "the system"), why) from error
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        why = "a proxy has to have an address of http:// or https://"
        raise UnusableSetting(_set(_PROXIES, "the system"), why) from error


def _set(names: Collection[str], otherwise: str) -> str:
    """Those of the variables that are set, in whatever case."""
    return " and ".join(sorted(name for name in os.environ if name.upper() in names)) or otherwise


class _NoCookies(CookieJar):
    """Nothing is taken, so there is never anything to send."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Not even read: that would take longer than the rest of a short answer."""


def _is_about_trust(error: BaseException | None) -> bool:
    """The libraries below wrap what TLS says of a certificate."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.ConnectError):
        return str(error) or "the connection was refused"
    return str(error) or type(error).__name__
