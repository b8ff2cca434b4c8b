"""What can go wrong between `mig` and an organisation.

    DataverseError
    ├── Unreachable        not sent, or no answer at all: name, network, TLS
    │   ├── NotTrusted         the certificate of whoever answers
    │   └── Dropped            it was sent, and no whole answer came
    │       └── OutcomeUnknown     the same of a write, after all that could be done about it
    ├── UnusableSetting    a variable for connections that cannot be used
    ├── OutOfTime          a request, or the whole run, has had the time it may take
    ├── SignInFailed       no token could be had
    │   └── SettingMissing     a variable that the way of signing in needs is not set
    ├── BadToken           a token that cannot be sent
    ├── RequestFailed      an answer with an error status
    │   ├── SignInRefused      401
    │   │   └── NotAMember     signed in, but no user of this organisation
    │   └── PrivilegeMissing   403
    ├── BadAnswer          an answer that is not what the Web API sends
    └── WriteRefused       a write was about to leave while planning: a mistake of ours

Messages carry the service's own code, text and request id, and never a token or a query string.
"""

from typing import Final

from mig.model.outcome import Exit

NOT_A_MEMBER: Final = "0x80072560"
# Where an administrator gives people and applications what they lack.
WHERE_GIVEN: Final = "Power Platform admin center, the environment, Settings, Users + permissions"


class DataverseError(Exception):
    """The base; `exit` is the code a command ends with, `fix` what the person can do."""

    exit: Exit = Exit.FAILED
    fix: str = ""
    code: str = "ENV005"


class Unreachable(DataverseError):
    """No answer came."""

    code = "ENV001"
    fix = "check the url in the manifest and the network from this machine"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} cannot be reached: {reason}")


class NotTrusted(Unreachable):
    """Nobody that this machine trusts vouches for whoever answers."""

    fix = "check the url; name the file of an authority of your own in SSL_CERT_FILE"


class Dropped(Unreachable):
    """It was sent, and no whole answer came; whether the request was carried out is not known."""


class OutcomeUnknown(Dropped):
    """A write whose answer never came, and which may not be repeated or could not be read back."""

    code = "ENV016"
    fix = "run again: what was carried out is found and not done twice"

    def __init__(self, request: str, why: DataverseError) -> None:
        DataverseError.__init__(self, f"whether {request} was carried out is not known: {why}")


class UnusableSetting(DataverseError):
    """What this machine's variables say of connections cannot be used; they are named, and not quoted."""

    code = "ENV040"
    fix = "correct the variable, or unset it"

    def __init__(self, names: str, why: str) -> None:
        super().__init__(f"no connection can be made with what {names} says: {why}")


class OutOfTime(DataverseError):
    """A deadline has passed; nothing was sent after it."""

    code = "ENV017"
    fix = "run again: it goes on where this run stopped"

    def __init__(self, request: str, why: str) -> None:
        super().__init__(f"{request} was given up: {why}")


class RequestFailed(DataverseError):
    """An error answer; `status` is HTTP's, `error_code` Dataverse's (`0x…`, may be empty)."""

    code = "ENV010"

    def __init__(
        self, *, request: str, status: int, error_code: str, message: str, request_id: str | None
    ) -> None:
        self.request = request
        self.status = status
        self.error_code = error_code
        self.message = message
        self.request_id = request_id
        reference = f" (request {request_id})" if request_id else ""
        super().__init__(f"{request} was answered {status} {error_code} {message}{reference}")

    def of(self, who: str, place: str) -> None:
        """Say who was refused and where, as far as that helps."""


class SignInRefused(RequestFailed):
    """The token is not accepted, or belongs to nobody in this organisation."""

    code = "ENV003"
    exit = Exit.DENIED
    fix = "sign in again: the token is missing, wrong or has ended"


class NotAMember(SignInRefused):
    """Signed in, but no user of this organisation: the usual case of a forgotten application user."""

    fix = "add this identity as an application user of the organisation, with a security role"

    def of(self, who: str, place: str) -> None:
        """Signing in worked: what is missing is on the organisation's side."""
        self.args = (f"{who} can sign in, but is no user of {place}: {self}",)
        self.fix = f"add {who} as a user of {place}, with a security role: {WHERE_GIVEN}"


class SignInFailed(DataverseError):
    """No token could be had; `why` is without secrets."""

    code = "ENV003"
    exit = Exit.DENIED

    def __init__(self, environment: str, method: str, why: str, fix: str | None = None) -> None:
        super().__init__(f"signing in to {environment} by `{method}` failed: {why}")
        self.fix = fix or f"see what `{method}` needs in docs/sign-in.md"


class SettingMissing(SignInFailed):
    """A variable that the way of signing in needs is not set."""

    code = "ENV015"

    def __init__(self, environment: str, method: str, name: str) -> None:
        fix = f"set {name} where mig runs, or say another `auth.method` in the manifest"
        super().__init__(environment, method, f"the environment variable {name} is not set", fix)


class BadToken(DataverseError):
    """What stands for the token cannot be one; it is not shown."""

    code = "ENV003"
    exit = Exit.DENIED
    fix = "set the variable to the bare token: no blanks, no quotes, no `Bearer` in front"

    def __init__(self, environment: str) -> None:
        super().__init__(
            f"the token for {environment} cannot be sent: it is empty, or holds a blank, a control character "
            "or a character that is not ASCII"
        )


class PrivilegeMissing(RequestFailed):
    """403: the identity may not do this; the service's message names the privilege."""

    code = "ENV004"
    exit = Exit.DENIED
    fix = "give this identity's security role the privilege named above"

    def of(self, who: str, place: str) -> None:
        """Who needs the privilege, and where it is given."""
        self.fix = f"give a security role of {who} the privilege named above: {WHERE_GIVEN}"


class BadAnswer(DataverseError):
    """Something answered that does not speak the Web API: a proxy's page, a cut body, another host."""

    fix = (
        "check that the url is that of a Dataverse organisation and that nothing in between rewrites answers"
    )


class WriteRefused(DataverseError):
    """Planning reads only; the transport lets no write out."""


def failure(
    *, request: str, status: int, error_code: str, message: str, request_id: str | None
) -> RequestFailed:
    """The exception that fits an error answer."""
    kind: type[RequestFailed] = RequestFailed
    if error_code == NOT_A_MEMBER:
        kind = NotAMember
    elif status == 401:
        kind = SignInRefused
    elif status == 403:
        kind = PrivilegeMissing
    return kind(request=request, status=status, error_code=error_code, message=message, request_id=request_id)
