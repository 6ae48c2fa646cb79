"""A server of the declaration api.json in a folder, on a Unix socket."""

import http.client
import json
import os
import signal
import socket
import subprocess

START_SECONDS = 60
ANSWER_SECONDS = 30


class Failure(Exception):
    pass


def expect(condition, *what):
    if not condition:
        raise Failure(" ".join(str(w) for w in what))


class Server:
    def __init__(self, postern, folder, url=None):
        """The database is app.db in the folder unless a URL is given."""
        self.socket = os.path.join(folder, "http")
        self.log = open(os.path.join(folder, "log"), "ab")
        self.process = subprocess.Popen(
            [postern, "--api", os.path.join(folder, "api.json"), "--database-url", url or "sqlite:///" + os.path.join(folder, "app.db"),
             "--workers", "1", "--uds", self.socket, "--no-access-log"],
            stdout=self.log, stderr=self.log, env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": self.notify(folder)})
        self.wait()

    def notify(self, folder):
        path = os.path.join(folder, "notify")
        if os.path.exists(path):
            os.unlink(path)
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.bind(path)
        self.ready.settimeout(START_SECONDS)
        return path

    def wait(self):
        while b"READY=1" not in self.ready.recv(4096):
            expect(self.process.poll() is None, "the server ended while it started")

    def reload(self):
        """Returns when the declaration has been read again."""
        self.process.send_signal(signal.SIGHUP)
        while b"RELOADING=1" not in self.ready.recv(4096):
            pass
        self.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(START_SECONDS)
        self.ready.close()
        self.log.close()
        expect(status == 0, "the server ended with status", status)

    def ask(self, method, path, body=None, match=None):
        """Returns status and body. The body that is sent is bytes or None; match is an ETag that the row must have."""
        answer, text = self.exchange(method, path, body, {"If-Match": match} if match else {})
        return answer.status, text

    def etag(self, path):
        return self.exchange("GET", path, None, {})[0].getheader("ETag")

    def exchange(self, method, path, body, fields):
        client = http.client.HTTPConnection("localhost", timeout=ANSWER_SECONDS)
        client.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.sock.settimeout(ANSWER_SECONDS)
        client.sock.connect(self.socket)
        client.request(method, path, body, {**fields, **({"Content-Type": "application/json"} if body else {})})
        answer = client.getresponse()
        text = answer.read()
        client.close()
        return answer, text

    def ask_json(self, method, path, body=None, match=None):
        """The same with JSON values; None for a body that is not there."""
        status, text = self.ask(method, path, None if body is None else json.dumps(body).encode(), match)
        return status, json.loads(text) if text else None
