"""That the peer answers as Postern does."""
import json
import tempfile
import urllib.error
import urllib.request

NAME = "agreement"
STEPS = (
    ("GET", "/users/500", None),
    ("GET", "/users/999999999", None),
    ("GET", "/posts?after_id=10&limit=50", None),
    ("GET", "/posts", None),
    ("POST", "/users", {"username": NAME, "email": "agreement@example.com"}),
    ("POST", "/users", {"username": NAME, "email": "another@example.com"}),
    ("POST", "/users/1/posts", {"title": "A \"title\"\n", "content": "Größe"}),
    ("POST", "/users/999999999/posts", {"title": "a", "content": "b"}),
    ("PATCH", "/users/1", {"email": "changed@example.com"}),
    ("GET", "/users/1", None),
)


def ask(server, method, path, body):
    """Returns status and body, without the time of a new post."""
    request = urllib.request.Request(server.url + path, body and json.dumps(body).encode(), {"Content-Type": "application/json"},
                                     method=method)
    try:
        with urllib.request.urlopen(request) as response:
            status, answer = response.status, response.read()
    except urllib.error.HTTPError as refusal:
        status, answer = refusal.code, refusal.read()
    return status, without_new_times(json.loads(answer))


def without_new_times(answer):
    if isinstance(answer, list):
        return [without_new_times(each) for each in answer]
    if isinstance(answer, dict):
        return {name: "new" if name == "date_posted" and not str(value).startswith("2026-01-31T12:00:00.123456") else
                without_new_times(value) for name, value in answer.items()}
    return answer


def answers_of(kind):
    with tempfile.TemporaryDirectory() as folder, kind.start(folder) as server:
        return [ask(server, *step) for step in STEPS]


def check_agreement(postern, peer):
    for step, ours, its in zip(STEPS, answers_of(postern), answers_of(peer)):
        if ours != its:
            raise SystemExit(f"{step}: Postern answers {ours}, the peer {its}")
