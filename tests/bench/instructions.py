"""Instructions per request, by callgrind: what a request costs without the noise of the machine. One client, so that each
request is alone and two runs differ by less than a hundredth."""
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from meters import Tools, load
from servers import KEEP_ALIVE_S, free_port

COUNTED = 1000  # requests
START_S = 60
VALGRIND = ("valgrind", "--tool=callgrind", "--trace-children=yes", "--vgdb=no", "-q")


def available():
    return shutil.which("valgrind") is not None


class Slow:
    """A Postern under callgrind, with one worker."""

    def __init__(self, build, database, folder, flags):
        self.port, self.folder = free_port(), folder
        self.authority = f"127.0.0.1:{self.port}"
        shutil.copy(database, f"{folder}/app.db")
        command = [*VALGRIND, f"--callgrind-out-file={folder}/%p.out", f"{build}/postern", "--host", "127.0.0.1", "--port",
                   str(self.port), "--workers", "1", "--no-access-log", "--timeout-keep-alive", str(KEEP_ALIVE_S), *flags]
        with open(f"{folder}/log", "wb") as log:
            self.master = subprocess.Popen(command, env=dict(os.environ, DATABASE_URL=f"sqlite:///{folder}/app.db"),
                                           stdout=log, stderr=log)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + START_S
        while subprocess.run([Tools.load, "-c", "1", "-n", "1", self.authority, "/users/1"], capture_output=True,
                             check=False).returncode != 0:
            if self.master.poll() is not None or time.monotonic() > deadline:
                with open(f"{self.folder}/log", encoding="utf-8") as log:
                    raise SystemExit(f"no start under valgrind: {log.read()}")
            time.sleep(0.1)

    def stop(self):
        """Returns the instructions of workers and dbd together."""
        self.master.send_signal(signal.SIGTERM)
        self.master.wait()
        return sum(read_profile(path) for path in glob.glob(f"{self.folder}/*.out"))


def read_profile(path):
    """The instructions of one process, 0 of the master."""
    with open(path, encoding="utf-8", errors="replace") as f:
        head = f.read()
    if not re.search(r"^cmd:.*postern-(worker|dbd)", head, re.M):
        return 0
    return int(re.search(r"^(?:summary|totals): (\d+)", head, re.M)[1])


def count_run(build, database, flags, path, options, requests):
    with tempfile.TemporaryDirectory() as folder:
        server = Slow(build, database, folder, flags)
        try:
            load(server, 1, 1, path, "-n", str(requests), *options)
        finally:
            count = server.stop()
    return count


class Counter:
    """Counts the requests of one build. The start, with one request, is counted once for each set of flags and taken off."""

    def __init__(self, build, database):
        self.build, self.database, self.starts = build, database, {}

    def start(self, flags):
        if flags not in self.starts:
            self.starts[flags] = count_run(self.build, self.database, flags, "/users/1", (), 1)
        return self.starts[flags]

    def per_request(self, request):
        whole = count_run(self.build, self.database, request.flags, request.path, request.options, COUNTED)
        return (whole - self.start(request.flags)) / COUNTED
