"""An HTTP server of a test that is silent about clients that have gone."""

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that its client breaks off, as the chat does after the last event, is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
