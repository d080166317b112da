"""A wire that loses answers: requests arrive and are done, and the first answer to each write never comes back."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

WRITES = ("PutItem", "UpdateItem", "TransactWriteItems", "StartExecution")


@contextmanager
def losing_answers(url: str) -> Iterator[tuple[str, Callable[[], int]]]:
    """An address that passes everything on to `url`; and how many answers it has lost."""
    lost: set[str] = set()
    target = urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        """Passes a request on under the host it was signed for: its own."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            upstream = HTTPConnection(target.netloc, timeout=30)
            upstream.putrequest("POST", self.path, skip_host=True)
            for name, value in self.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders(body)
            answer = upstream.getresponse()
            data = answer.read()
            upstream.close()
            asked = self.headers["amz-sdk-invocation-id"]  # the same for every try of one call
            if self.headers["x-amz-target"].endswith(WRITES) and asked not in lost:
                lost.add(asked)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() in ("content-type", "x-amz-crc32", "x-amzn-errortype"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", lambda: len(lost)
        finally:
            server.shutdown()
            thread.join()
