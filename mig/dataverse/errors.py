"""What can go wrong between `mig` and an organisation.

    DataverseError
    ├── Unreachable        no answer at all: name, network, TLS
    │   └── Dropped            the connection ended before the answer was whole
    ├── SignInFailed       no token could be had
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


class Dropped(Unreachable):
    """The connection was there and ended early; whether the request was carried out is not known."""


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


class SignInRefused(RequestFailed):
    """The token is not accepted, or belongs to nobody in this organisation."""

    code = "ENV003"
    exit = Exit.DENIED
    fix = "sign in again: the token is missing, wrong or has ended"


class NotAMember(SignInRefused):
    """Signed in, but no user of this organisation: the usual case of a forgotten application user."""

    fix = "add this identity as an application user of the organisation, with a security role"


class SignInFailed(DataverseError):
    """No token could be had."""

    code = "ENV003"
    exit = Exit.DENIED
    fix = "give it `auth: {method: token, token: ${NAME}}`"

    def __init__(self, environment: str) -> None:
        super().__init__(f"there is no way to sign in to {environment}")


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
