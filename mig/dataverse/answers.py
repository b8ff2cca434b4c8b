"""From bytes to an answer: only what the Web API sends is one (reference/dataverse-web-api.md 9.1).

What the other side says in an error is shown without secrets, should it repeat what it was sent.
"""

import json
from dataclasses import replace
from typing import Any

from mig.dataverse.calls import Reply
from mig.dataverse.errors import BadAnswer, RequestFailed, failure
from mig.dataverse.hiding import Hidden
from mig.dataverse.messages import REQUEST_ID, Answer, Request


def read(reply: Reply, hidden: Hidden) -> Answer:
    """The answer; `BadAnswer` for a redirect, a page of HTML where rows should be, a body that is cut."""
    if 300 <= reply.status < 400:  # the Web API sends none; followed, it would carry the token away
        raise BadAnswer(f"an answer {reply.status} leads elsewhere")
    if not reply.content:
        return without_secrets(Answer(reply.status, reply.headers), hidden)
    kind = hidden.text(reply.headers.get("content-type", ""))
    if kind.startswith("application/json"):
        return without_secrets(Answer(reply.status, reply.headers, _parsed(reply)), hidden)
    if reply.status < 400:
        page = "a web page, to sign in perhaps" if kind.startswith("text/html") else "something else"
        raise BadAnswer(f"an answer {reply.status} came as {kind or 'nothing'} instead of JSON: {page}")
    # Hidden before it is cut: half a token is one too many.
    text = hidden.text(reply.content.decode("utf-8", "replace"))[:200]
    return without_secrets(Answer(reply.status, reply.headers, text), hidden)


def without_secrets(answer: Answer, hidden: Hidden) -> Answer:
    """An error without secrets; what went well is left as it came."""
    if not answer.failed:
        return answer
    headers = {name: hidden.text(value) for name, value in answer.headers.items()}
    try:
        return replace(answer, headers=headers, body=hidden.value(answer.body))
    except RecursionError as error:
        raise BadAnswer(f"an answer {answer.status} is nested too deeply to be read") from error


def failed(request: Request, answer: Answer) -> RequestFailed:
    """The exception for an error answer to a request."""
    code, message = answer.error
    return failure(
        request=str(request),
        status=answer.status,
        error_code=code,
        message=message,
        request_id=answer.request_id,
    )


def code_of(reply: Reply) -> str:
    """Dataverse's code in an error, empty when there is none to be read."""
    if reply.status < 400:
        return ""
    try:
        return read(reply, Hidden()).error[0]
    except BadAnswer:
        return ""


def with_request_id(answer: Answer, batch: Reply) -> Answer:
    """A part of a batch often has no id of its own; the batch's finds it too."""
    if answer.request_id or REQUEST_ID not in batch.headers:
        return answer
    return replace(answer, headers={**answer.headers, REQUEST_ID: batch.headers[REQUEST_ID]})


def _parsed(reply: Reply) -> Any:
    try:
        return json.loads(reply.content)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"an answer {reply.status} is cut or not JSON") from error
