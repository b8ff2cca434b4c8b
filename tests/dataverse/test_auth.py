"""The token on every request: had when needed, had anew before it ends and once when it is refused."""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import pytest

from mig.dataverse.bearer import Bearer
from mig.dataverse.client import Client
from mig.dataverse.errors import PrivilegeMissing, SignInFailed, SignInRefused, Unreachable
from mig.dataverse.messages import Request
from mig.dataverse.tokens import Token
from mig.model.outcome import Exit
from tests.dataverse.apps import Reply, Scripted, Talk

CREATE = Request("POST", "contacts", {"fullname": "Ann"})
REFUSED = Reply(401, {"error": {"code": "0x8005f101", "message": "expired"}})


@dataclass
class Signing:
    """Hands out t1, t2, … each good for so long; or fails."""

    seconds: float | None = 3600.0
    fails: Exception | None = None
    asked: list[tuple[bool, str | None]] = field(default_factory=list)
    who: str = "somebody"

    def acquire(self, *, fresh: bool, claims: str | None) -> Token:
        self.asked.append((fresh, claims))
        if self.fails is not None:
            raise self.fails
        return Token(Bearer(f"t{len(self.asked)}"), self.seconds)


def sent(app: Scripted) -> list[str]:
    return [headers["authorization"] for headers in app.headers]


async def who(client: Client) -> Any:
    return await client.get("WhoAmI")


def pausing(seconds: float) -> Any:
    async def job(client: Client) -> None:
        await who(client)
        await client.pause(seconds)
        await who(client)

    return job


@pytest.mark.parametrize(
    ("seconds", "pause", "signed_in"),
    [
        (3600.0, 3299, 1),
        (3600.0, 3300, 2),  # five minutes early
        (100.0, 59, 1),  # what a wrong clock makes of its end: it is used for a minute all the same
        (-3600.0, 59, 1),
        (-3600.0, 60, 2),
        (None, 80_000, 1),
    ],
)
def test_it_is_had_anew_before_it_ends(seconds: float | None, pause: float, signed_in: int) -> None:
    signing = Signing(seconds)
    Talk(Scripted([Reply(204)]), token=signing)(pausing(pause))
    assert signing.asked == [(False, None)] * signed_in


def test_nobody_signs_in_before_something_is_sent() -> None:
    async def nothing(client: Client) -> None:
        pass

    signing = Signing()
    Talk(Scripted([Reply(204)]), token=signing)(nothing)
    assert signing.asked == []


@pytest.mark.parametrize("job", [who, lambda client: client.send(CREATE)])
def test_what_is_refused_is_sent_once_more_with_a_new_token(job: Any) -> None:
    app, signing = Scripted([REFUSED, Reply(204)]), Signing()
    Talk(app, token=signing)(job, writable=True)
    assert sent(app) == ["Bearer t1", "Bearer t2"]
    assert signing.asked == [(False, None), (True, None)]


def test_a_second_refusal_is_the_last() -> None:
    app = Scripted([REFUSED])
    with pytest.raises(SignInRefused, match="0x8005f101"):
        Talk(app, token=Signing())(who)
    assert sent(app) == ["Bearer t1", "Bearer t2"]


def test_many_that_are_refused_together_sign_in_once() -> None:
    app, signing = Scripted([REFUSED] * 5 + [Reply(204)]), Signing()

    async def together(client: Client) -> None:
        await asyncio.gather(*(who(client) for _ in range(5)))

    Talk(app, token=signing)(together)
    assert len(signing.asked) == 2
    assert sent(app) == ["Bearer t1"] * 5 + ["Bearer t2"] * 5


@pytest.mark.parametrize(
    ("told", "passed_on"),
    [
        (base64.b64encode(b'{"access_token": {}}').decode(), '{"access_token": {}}'),
        ("no base64!", None),
        ("/w==", None),
    ],
)
def test_what_the_next_token_must_hold_is_passed_on(told: str, passed_on: str | None) -> None:
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{told}"'
    app, signing = Scripted([Reply(401, headers={"WWW-Authenticate": challenge}), Reply(204)]), Signing()
    Talk(app, token=signing)(who)
    assert signing.asked[1] == (True, passed_on)


def test_who_lacks_what_and_where_it_is_given() -> None:
    message = "Principal user is missing prvReadContact privilege"
    denied = Reply(403, {"error": {"code": "0x80040220", "message": message}})
    with pytest.raises(PrivilegeMissing, match="prvReadContact") as raised:
        Talk(Scripted([denied]), token=Signing())(who)
    assert "give a security role of somebody the privilege named above: Power Platform" in raised.value.fix
    assert (raised.value.code, raised.value.exit) == ("ENV004", Exit.DENIED)


def test_no_token_is_shown() -> None:
    echo = Reply(400, {"error": {"code": "", "message": "you sent Bearer t2, before t1"}})
    with pytest.raises(Exception, match=r"you sent Bearer \*\*\*, before \*\*\*"):
        Talk(Scripted([REFUSED, echo]), token=Signing())(who)
    assert "t1" not in repr(Token(Bearer("t1")))


@pytest.mark.parametrize(
    "error", [SignInFailed("there", "client-secret", "no"), Unreachable("login.example", "refused")]
)
def test_a_sign_in_that_fails_sends_nothing(error: Exception) -> None:
    app = Scripted([Reply(204)])
    with pytest.raises(type(error)):
        Talk(app, token=Signing(fails=error))(who)
    assert app.asked == []


def test_a_write_whose_token_ended_on_the_way_is_done_once() -> None:
    row = {"contactid": "c1", "lastname": "Berg"}
    taken = Reply(412, {"error": {"code": "0x80040237", "message": "exists"}})
    endings = iter([ConnectionResetError(), REFUSED, taken, Reply(200, row)])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        ending = next(endings)
        if isinstance(ending, Exception):
            raise ending
        await Scripted([ending])(scope, receive, send)

    talk = Talk(app, token=Signing())
    create = Request("POST", "contacts", row, creates="contacts(c1)")
    assert talk(lambda client: client.send(create), writable=True).body == row
    assert [exchange.status for exchange in talk.log] == [None, 401, 412, 200]
