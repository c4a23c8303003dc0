"""A TCP proxy in front of the store. It counts LISTs, and makes the store slow, hung or unreachable."""

import re
import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

_LIST = re.compile(rb"^GET /[^ ]*list-type=2[^ ]* HTTP", re.MULTILINE)
_MAX_KEYS = re.compile(rb"max-keys=(\d+)")


class Tap:
    """Proxies a server on 127.0.0.1 until `close`. The Host header passes unchanged, so signatures stay valid."""

    def __init__(self, upstream: str) -> None:
        self._upstream = (urlsplit(upstream).hostname, urlsplit(upstream).port)
        self._server = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.lists: list[int] = []
        """The `max-keys` of each LIST."""
        self.delay = 0.0
        """Seconds that each request waits before it is passed on."""
        self.flowing = threading.Event()
        """While cleared, connections are accepted but nothing is passed on."""
        self.flowing.set()
        self.refusing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Become a plain proxy again and reset the counts."""
        self.lists.clear()
        self.delay, self.refusing = 0.0, False
        self.flowing.set()

    def refuse(self) -> None:
        """Cut all connections, and each new one at once."""
        self.refusing = True
        self._cut()

    def close(self) -> None:
        self._server.close()
        self.flowing.set()
        self._cut()

    def _cut(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._upstream) as server:
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True)
            back.start()
            self._pass_on(client, server, True)
            back.join()
            with self._lock:
                self._open -= {client, server}

    def _pass_on(self, source: socket.socket, target: socket.socket, requests: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if requests:
                    self._note(data)
                self.flowing.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _note(self, data: bytes) -> None:
        for found in _LIST.finditer(data):
            most = _MAX_KEYS.search(found.group())
            self.lists.append(int(most[1]) if most else 1000)
        if self.delay:
            time.sleep(self.delay)
