"""A connection that can be cut, or left without an answer."""

import asyncio

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """Does to the socket what the application says by `ConnectionResetError` and `TimeoutError`."""

    _is_silent = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Stand between the connection and the application."""
        super().connection_made(transport)
        self._application = self.app
        self.app = self._answer

    def shutdown(self) -> None:
        """The server ends. Only who has an answer to come is waited for: over TLS, a polite goodbye to an
        idle client would take until it says so too. Who has not sent all of a request has none to come.
        """
        idle = self.cycle is None or self.cycle.response_complete or self.cycle.more_body
        if idle or self._is_silent:
            self.transport.abort()
        else:
            super().shutdown()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._application(scope, receive, send)
        except (ConnectionResetError, asyncio.CancelledError):  # cancelled: nobody fetched the answer in time
            self.transport.abort()
        except TimeoutError:
            self._is_silent = True
        else:
            return
        while (await receive())["type"] != "http.disconnect":
            pass  # the rest of what the client sends
