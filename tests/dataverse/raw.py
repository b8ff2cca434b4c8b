"""A server that sends the very bytes it is told to, whatever it is asked."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Raw:
    """Where it answers, and the request lines it has seen."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def raw(answer: bytes) -> Iterator[Raw]:
    """Sends `answer` to each request and ends the connection."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            server.asked.append(self.rfile.readline().decode().strip())
            length = 0
            while line := self.rfile.readline().strip().lower():
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            self.rfile.read(length)
            self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listener:
        server = Raw(f"http://127.0.0.1:{listener.server_address[1]}")
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
