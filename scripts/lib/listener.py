"""Listens to an agent's event stream, for what no file keeps."""
import contextlib
import http.client
import json
import socket
import threading

SILENCE_SECONDS = 60


class Listener:
    """The events of one agent since it was opened, in their order. Use it as a context."""

    def __init__(self, agent):
        self.connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=SILENCE_SECONDS)
        self.changed = threading.Condition()
        self.found = []

    def __enter__(self):
        self.connection.request("GET", "/v1/messages", headers={"Accept": "text/event-stream"})
        self.answer = self.connection.getresponse()
        if self.answer.status != 200:
            raise RuntimeError(f"the event stream answered {self.answer.status}")
        self.socket = self.connection.sock
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()
        return self

    def _listen(self):
        try:
            for line in self.answer:
                if line.startswith(b"data: "):
                    event = json.loads(line[len(b"data: "):])
                    with self.changed:
                        self.found.append(event)
                        self.changed.notify_all()
        except (OSError, ValueError, http.client.HTTPException):
            return  # it was closed, here or there; what is missing shows in the comparison

    def events(self, wanted, count, seconds):
        """The events for which `wanted` holds, once there are so many, or after so many seconds."""
        with self.changed:
            self.changed.wait_for(lambda: sum(map(wanted, self.found)) >= count, seconds)
            return [event for event in self.found if wanted(event)]

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(SILENCE_SECONDS)
        self.connection.close()
