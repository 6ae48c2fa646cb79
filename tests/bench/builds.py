"""Two builds that are compared: one of this tree, and one of an earlier commit in a worktree of its own."""
import os
import shutil
import subprocess


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def check_out(commit, folder):
    if os.path.exists(f"{folder}/.git"):
        run("git", "-C", folder, "checkout", "--quiet", "--detach", commit)
    else:
        run("git", "worktree", "prune")
        run("git", "worktree", "add", "--quiet", "--detach", folder, commit)


def lend_pages(build, commit, folder):
    """The pages of /docs are npm's, which takes a while; the same sources make the same pages."""
    same = subprocess.run(["git", "diff", "--quiet", commit, "--", "workers/pages"], check=False).returncode == 0
    if same and os.path.isdir(f"{build}/pages") and not os.path.exists(f"{folder}/build/pages"):
        shutil.copytree(f"{build}/pages", f"{folder}/build/pages")


def build_commit(revision, build):
    """Builds a commit in BUILD/bench-base, where a later call finds what has been compiled. Returns the folder of its
    programs."""
    commit = run("git", "rev-parse", "--verify", f"{revision}^{{commit}}")
    folder = os.path.abspath(f"{build}/bench-base")
    check_out(commit, folder)
    lend_pages(build, commit, folder)
    print(f"building {commit[:12]}", flush=True)
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BUILD")}
    run("make", "-C", folder, f"-j{os.cpu_count()}", "programs", env=env)
    return f"{folder}/build"


def find_base(base, build):
    """BASE is a commit, or a folder with programs."""
    return base if os.path.exists(f"{base}/postern") else build_commit(base, build)
