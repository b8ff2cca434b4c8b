"""The way to the service, and what goes wrong on it: faults, and the request log."""

import re
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

import orjson

from mig.sandbox import faults, signin, tokens
from mig.sandbox.errors import TokenFlaw
from mig.sandbox.faults import Kept
from mig.sandbox.odata.url import split_base
from mig.sandbox.requestlog import Log, entry
from mig.sandbox.security.refusals import missing_privilege
from mig.sandbox.security.rights import privilege_name
from mig.sandbox.service import Service
from mig.sandbox.spec import Deed
from mig.sandbox.wire import Delivery, WireRequest, WireResponse

# The other deeds are the segmentation's, the events service's and the batch's.
_ON_THE_WAY: Final = frozenset(Deed) - {
    Deed.STUCK_PUBLISHING,
    Deed.LOSE_REGISTRATIONS,
    Deed.THROTTLE_LAST_PART,
}
_SLOW: Final = 100.0  # seconds; ours: longer than clients wait by default, shorter than the service works
_GATEWAY_ERRORS: Final = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_NEXT_LINK: Final = re.compile(rb'("@odata.nextLink":)"[^"]*"')
_VERBS: Final = {"GET": "Read", "POST": "Create", "PATCH": "Write", "PUT": "Write", "DELETE": "Delete"}


Authority = Callable[[WireRequest], WireResponse | None]  # None: the request is for somebody else


class Front:
    """Hands requests on to a service, and to an authority where there is one."""

    def __init__(self, service: Service, authority: Authority | None = None, log: Log | None = None) -> None:
        self._service = service
        self._world = service.world
        self._authority = authority
        self._log = log

    def handle(self, request: WireRequest) -> WireResponse:
        """What becomes of a request; committed, where it is carried out, before this returns."""
        struck = faults.strike(self._world, _ON_THE_WAY, request.method, request.path)
        response = self._handle(request) if struck is None else self._spoilt(request, struck)
        if self._log is not None:
            self._log(entry(self._world, request, response, struck.fault.do if struck else None))
        return response

    def _handle(self, request: WireRequest) -> WireResponse:
        signed_in = self._authority(request) if self._authority is not None else None
        return signed_in or self._service.handle(request)

    def _spoilt(self, request: WireRequest, struck: Kept) -> WireResponse:
        match struck.fault.do:
            case Deed.THROTTLE:
                return self._service.refuse(faults.throttled())
            case Deed.ERROR_5XX:
                return _gateway_error(_GATEWAY_ERRORS[(struck.struck - 1) % len(_GATEWAY_ERRORS)])
            case Deed.RESET_BEFORE:
                return WireResponse(0, delivery=Delivery.CUT)
            case Deed.EXPIRE_TOKEN:
                tokens.end(self._world, signin.bearer(request))
                return self._service.refuse(signin.refusal(self._world, request, TokenFlaw.EXPIRED))
            case Deed.DROP_PRIVILEGE:
                return self._service.refuse(
                    missing_privilege(self._world.administrator, *self._privilege(request))
                )
            case Deed.DROP_RESPONSE_AFTER_COMMIT:
                return replace(self._handle(request), delivery=Delivery.CUT)
            case Deed.TIMEOUT_AFTER_COMMIT:
                return replace(self._handle(request), delivery=Delivery.NEVER)
            case Deed.SLOW:
                return replace(self._handle(request), held=_SLOW)
            case Deed.FOREIGN_NEXT_LINK:
                return _pointed(self._handle(request), "https://elsewhere.example/api/data/v9.2/contacts")
            case Deed.REPEATED_NEXT_LINK:
                return _pointed(self._handle(request), f"{request.root}{request.path}?{request.query}")
        answered = self._handle(request)  # truncate
        return replace(answered, body=answered.body[: len(answered.body) // 2])

    def _privilege(self, request: WireRequest) -> tuple[str, str]:
        """The privilege a request needs, and the table, as far as its path tells."""
        found = split_base(request.path)
        name = found[1].partition("/")[0].partition("(")[0] if found else ""
        table = self._world.schema.by_set.get(name)
        verb = _VERBS.get(request.method, "Read")
        return (f"prv{verb}{name}", name) if table is None else (privilege_name(verb, table), table.name)


def _pointed(answered: WireResponse, url: str) -> WireResponse:
    """With another next link, where it has one."""
    body = _NEXT_LINK.sub(lambda found: found[1] + orjson.dumps(url), answered.body)
    return replace(answered, body=body)


def _gateway_error(status: HTTPStatus) -> WireResponse:
    """As a gateway says it: in HTML, with nothing of the service's (§9.1)."""
    title = f"{status.value} {status.phrase}"
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return WireResponse(status, {"Content-Type": "text/html"}, body.encode())
