"""Who hands out identities to what runs there: App Service its managed ones, GitHub Actions those of jobs."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HEADER = "only-this-machine-knows"


@dataclass
class Service:
    """Where it answers, and what it was asked."""

    url: str
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """By these a program finds it in Azure."""
        return {"IDENTITY_ENDPOINT": self.url, "IDENTITY_HEADER": HEADER}

    @property
    def variables_of_a_job(self) -> dict[str, str]:
        """By these a job finds it."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": HEADER,
        }


@contextmanager
def identity_service(token: str | None) -> Iterator[Service]:
    """Hands out one token, or refuses."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            service.asked.append(parse_qs(urlsplit(self.path).query))
            known = (self.headers["X-IDENTITY-HEADER"], self.headers["Authorization"])
            granted = token is not None and known in ((HEADER, None), (None, f"Bearer {HEADER}"))
            body = json.dumps(_granted(token) if granted else {"message": "no identity is assigned"}).encode()
            self.send_response(200 if granted else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service = Service(f"http://127.0.0.1:{server.server_port}/msi/token")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


def _granted(token: str | None) -> dict[str, Any]:
    if token and token.count(".") == 2:
        return {"value": token}
    return {"access_token": token, "expires_on": str(int(time.time()) + 3600), "token_type": "Bearer"}
