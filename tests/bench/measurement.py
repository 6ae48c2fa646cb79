"""One measurement: a new server, a row's meter."""
import os
import tempfile

from servers import How


def how(row, name, databases):
    return How(row.flags.get(name, ()), row.answer, row.workers, databases.get(row.users), row.writes)


def measure_one(row, kind, name, databases, seconds):
    """Returns the figure of a kind of server, which the row knows by this name."""
    with tempfile.TemporaryDirectory() as folder, kind.start(folder, how(row, name, databases)) as server:
        os.sync()  # so that none pays for what the one before has written
        return row.meter(server, seconds)
