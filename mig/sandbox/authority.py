"""The authority of a sandbox served with TLS: what MSAL's flows ask of it (dataverse-web-api.md §1.3, §1.4).

Below `/<tenant>`: its metadata, device codes, a page to sign in on, tokens. One secret opens every
application; whether it has a user in the organisation is the Web API's business, as in the service. A person
who is sent to sign in is the world's administrator, and agrees. Wordings and AADSTS numbers are assumed,
`error` is what clients act on.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from mig.sandbox import assertions, codes, signin, tokens
from mig.sandbox.tokens import Grant, Kind
from mig.sandbox.wire import WireRequest, WireResponse
from mig.sandbox.world import World

_METADATA: Final = "v2.0/.well-known/openid-configuration"
_DEVICE_CODE: Final = "oauth2/v2.0/devicecode"
_AUTHORIZE: Final = "oauth2/v2.0/authorize"
_TOKEN: Final = "oauth2/v2.0/token"  # noqa: S105 -- an address
_PATH: Final = re.compile(
    "/(?P<tenant>[^/]+)/(?P<what>"
    + "|".join(map(re.escape, (_METADATA, _DEVICE_CODE, _AUTHORIZE, _TOKEN)))
    + ")"
)
_SHARED_TENANTS: Final = ("common", "organizations")
_SIGN_IN: Final = frozenset({"openid", "profile", "email", "offline_access"})
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFRESH_SECONDS: Final = 90 * 86_400.0
_DEVICE_SECONDS: Final = 900.0
_POLL_SECONDS: Final = 5
_FOR_EVER: Final = 4_102_444_800  # 2100; an id token is read by the real clock, and opens nothing

Form = Mapping[str, str]


class _Refused(Exception):
    def __init__(self, error: str, number: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error, self.number, self.status = error, number, status


def client_secret(world: World) -> str:
    """The secret of every application, as private as the world's token."""
    digest = hashlib.sha256(f"client secret of {world.token}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Authority:
    """Signs applications and people in to one world. `now` is the real time, in seconds since 1970."""

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self._world = world
        self._now = now

    def answer(self, request: WireRequest) -> WireResponse | None:
        """The answer to a request, or None when it is not for the authority."""
        found = _PATH.fullmatch(request.path)
        if found is None:
            return None
        try:
            if found["what"] == _AUTHORIZE:
                return self._page(dict(parse_qsl(request.query)))
            return _json(200, self._answer(request, found["tenant"], found["what"]))
        except _Refused as refused:
            described = f"AADSTS{refused.number}: {refused}"
            document = {"error": refused.error, "error_codes": [refused.number]}
            return _json(refused.status, {**document, "error_description": described})

    def _answer(self, request: WireRequest, tenant: str, what: str) -> Mapping[str, Any]:
        if tenant not in (signin.tenant(self._world), *_SHARED_TENANTS):
            raise _Refused("invalid_tenant", 90002, "There is no such tenant.")
        base = f"{request.root}/{tenant}"
        if what == _METADATA:
            return self._metadata(base)
        if request.method != "POST":
            raise _Refused("invalid_request", 900561, "The endpoint only accepts POST.", 405)
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        return self._device_code(base, form) if what == _DEVICE_CODE else self._token(base, form)

    def _metadata(self, base: str) -> Mapping[str, Any]:
        return {
            "issuer": self._issuer(base),
            "token_endpoint": f"{base}/{_TOKEN}",
            "device_authorization_endpoint": f"{base}/{_DEVICE_CODE}",
            "authorization_endpoint": f"{base}/{_AUTHORIZE}",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _issuer(self, base: str) -> str:
        return f"{base.rpartition('/')[0]}/{signin.tenant(self._world)}/v2.0"

    def _device_code(self, base: str, form: Form) -> Mapping[str, Any]:
        grant = Grant(_application(form), _resource(form), self._world.administrator)
        takes = self._world.switches.sign_in_seconds
        code = tokens.issue(self._world, Kind.DEVICE, grant, seconds=_DEVICE_SECONDS, after=takes)
        return {
            "device_code": code,
            "user_code": "SANDBOX",
            "verification_uri": f"{base}/devicelogin",
            "expires_in": round(self._world.clock.real(_DEVICE_SECONDS + takes)),
            "interval": _POLL_SECONDS,
            "message": "The sandbox's administrator signs in by itself; there is no page to open.",
        }

    def _page(self, asked: Form) -> WireResponse:
        if (wrong := codes.flaw(asked)) is not None:
            raise _Refused("invalid_request", 50011, wrong)
        return codes.page(
            self._world, Grant(_application(asked), _resource(asked), self._world.administrator), asked
        )

    def _token(self, base: str, form: Form) -> Mapping[str, Any]:
        match form.get("grant_type", ""):
            case "client_credentials":
                self._check_client(base, form)
                return self._granted(base, Grant(_application(form), _resource(form, app_only=True)))
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self._granted(base, self._redeemed(Kind.DEVICE, form.get("device_code", "")))
            case "authorization_code":
                code = codes.Code.read(form.get("code", ""))
                if not code.answered_by(form.get("code_verifier", "")):
                    raise _Refused("invalid_grant", 501481, "The code_verifier does not match.")
                return self._granted(base, self._redeemed(Kind.CODE, code.secret), code.nonce)
            case "refresh_token":
                grant = self._redeemed(Kind.REFRESH, form.get("refresh_token", ""))
                resource = _resource(form) if "scope" in form else grant.resource
                return self._granted(base, Grant(_application(form), resource, grant.user))
            case "":
                raise _missing("grant_type")
            case other:
                raise _Refused("unsupported_grant_type", 70003, f"The grant type {other} is not emulated.")

    def _check_client(self, base: str, form: Form) -> None:
        if "client_assertion" in form:
            self._check_assertion(base, form)
        elif not form.get("client_secret"):
            message = "The request body must contain 'client_assertion' or 'client_secret'."
            raise _Refused("invalid_client", 7000218, message, 401)
        elif not secrets.compare_digest(form["client_secret"].encode(), client_secret(self._world).encode()):
            raise _Refused("invalid_client", 7000215, "Invalid client secret provided.", 401)

    def _check_assertion(self, base: str, form: Form) -> None:
        if form.get("client_assertion_type") != _ASSERTION:
            raise _missing("client_assertion_type")
        endpoint = f"{base}/{_TOKEN}"
        client = form.get("client_id", "")
        wrong = assertions.flaw(form["client_assertion"], client=client, endpoint=endpoint, now=self._now())
        if wrong is not None:
            message = f"The client assertion was not accepted: {wrong}."
            raise _Refused("invalid_client", 700027, message, 401)

    def _redeemed(self, kind: Kind, secret: str) -> Grant:
        """The grant behind a refresh token, or behind a code of either kind."""
        held = tokens.look_up(self._world, kind, secret)
        if held is None:
            raise _Refused("invalid_grant", 9002313, "It was not issued here.")
        if held.has_ended:
            error = "expired_token" if kind is Kind.DEVICE else "invalid_grant"
            raise _Refused(error, 70020, "It has expired or been used.")
        if not held.has_started:
            raise _Refused("authorization_pending", 70016, "The person has not signed in yet.")
        if kind is not Kind.REFRESH:  # it works once
            tokens.end(self._world, secret)
        return held.grant

    def _granted(self, base: str, grant: Grant, nonce: str | None = None) -> Mapping[str, Any]:
        world, seconds = self._world, self._world.switches.token_seconds
        told: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": int(world.clock.real(seconds)),
            "access_token": tokens.issue(world, Kind.ACCESS, grant, seconds=seconds),
        }
        if grant.user is not None:
            told |= {
                "scope": f"{grant.resource}/user_impersonation",
                "refresh_token": tokens.issue(world, Kind.REFRESH, grant, seconds=_REFRESH_SECONDS),
                "id_token": self._id_token(base, grant, grant.user, nonce),
                "client_info": _encoded({"uid": grant.user, "utid": signin.tenant(world)}),
            }
        return told

    def _id_token(self, base: str, grant: Grant, user: str, nonce: str | None) -> str:
        """Unsigned: MSAL reads who signed in and leaves checking to whoever relies on it."""
        query = "SELECT domainname FROM systemuser WHERE systemuserid = ?"
        row = self._world.connection.execute(query, (user,)).fetchone()
        claims = {
            "iss": self._issuer(base),
            "aud": grant.application,
            "sub": user,
            "oid": user,
            "tid": signin.tenant(self._world),
            "nonce": nonce,
            "preferred_username": row[0] if row else None,
            "iat": 0,
            "exp": _FOR_EVER,
        }
        return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."


def _application(form: Form) -> str:
    client = form.get("client_id", "").lower()
    if not _GUID.fullmatch(client):
        raise _Refused("unauthorized_client", 700016, "The client id is no application's.")
    return client


def _resource(form: Form, *, app_only: bool = False) -> str:
    """The one resource that the scopes name: `<url>/.default`, or for people `<url>/user_impersonation`."""
    scopes = [scope for scope in form.get("scope", "").split() if scope not in _SIGN_IN]
    resources = {scope.rpartition("/")[0].rstrip("/") for scope in scopes}
    allowed = (".default",) if app_only else (".default", "user_impersonation")
    if len(resources) != 1 or any(scope.rpartition("/")[2] not in allowed for scope in scopes):
        message = f"The scope must name one resource, as <url>/{' or <url>/'.join(allowed)}."
        raise _Refused("invalid_scope", 70011, message)
    return resources.pop()


def _missing(parameter: str) -> _Refused:
    return _Refused("invalid_request", 900144, f"The request body must contain '{parameter}'.")


def _encoded(document: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def _json(status: int, document: Mapping[str, Any]) -> WireResponse:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return WireResponse(status, headers, json.dumps(document).encode())
