"""Who asks: from a request's bearer token to a system user (dataverse-web-api.md §1.1, §1.2, §1.5).

The world's own token stands for its administrator and does not end. Tokens of the authority end, are for one
resource, and stand for the person who signed in or for the application's user in this organisation.
"""

import secrets

from mig.sandbox import tokens
from mig.sandbox.errors import ODataError, TokenFlaw, not_a_member, unauthorized
from mig.sandbox.wire import WireRequest
from mig.sandbox.world import World, standard_id


def tenant(world: World) -> str:
    """The id of the tenant whose authority signs people in to this world."""
    return standard_id(world.origin, "tenant")


def user_of(world: World, request: WireRequest) -> str:
    """The id of the system user whose token it carries; 401 or 403 when there is none."""
    token = bearer(request)
    if not token:
        raise refusal(world, request, TokenFlaw.MISSING)
    if secrets.compare_digest(token.encode(), world.token.encode()):
        return world.administrator
    held = tokens.look_up(world, tokens.Kind.ACCESS, token)
    if held is None:
        raise refusal(world, request, TokenFlaw.INVALID)
    if held.has_ended:
        raise refusal(world, request, TokenFlaw.EXPIRED)
    if held.grant.resource != request.root:
        raise refusal(world, request, TokenFlaw.ELSEWHERE)
    return held.grant.user or _application_user(world, held.grant.application)


def bearer(request: WireRequest) -> str:
    """The token of `Authorization: Bearer …`, or an empty text."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refusal(world: World, request: WireRequest, flaw: TokenFlaw) -> ODataError:
    """The 401, with a challenge that names the authority and the resource."""
    root = request.root
    uri = f"{root}/{tenant(world)}/oauth2/authorize"
    return unauthorized(f"Bearer authorization_uri={uri}, resource_id={root}/", flaw)


def _application_user(world: World, application: str) -> str:
    query = "SELECT systemuserid FROM systemuser WHERE applicationid = ? AND coalesce(isdisabled, 0) = 0"
    row = world.connection.execute(query, (application,)).fetchone()
    if row is None:
        raise not_a_member(application)
    return str(row[0])
