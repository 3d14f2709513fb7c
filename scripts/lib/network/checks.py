"""What the parts of scripts/check-network share: lines of checks, programs that are installed, started and stopped."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
import traceback

#: How long any one program or wait may take before the check fails, in seconds.
PATIENCE = 60


class Checks:
    """The lines of one run: `ok SENTENCE`, or `FAIL SENTENCE: what was seen instead`."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, sentence, holds, seen=""):
        """Prints one line; returns whether it holds."""
        if holds:
            self.passed += 1
            print(f"ok   {sentence}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {sentence}{': ' + str(seen).strip()[:600] if str(seen).strip() else ''}", flush=True)
        return bool(holds)

    @contextlib.contextmanager
    def part(self, name):
        """One part: what it throws is a failed check, so that the other parts still run."""
        print(f"-- {name}", flush=True)
        try:
            yield
        except Exception as broken:  # whatever it is, the run goes on and ends with 1
            traceback.print_exc(file=sys.stderr)
            self.that(f"{name} runs to its end", False, f"{type(broken).__name__}: {broken}")


class Missing(RuntimeError):
    """A program that a part needs is not there and cannot be installed."""


def require(programs):
    """Sees to it that every program is there.

    `programs` maps a program's name to the package of the system that holds it. What is missing is installed with
    apt-get, as root or through sudo where that asks for no password.

    Raises Missing, with a sentence, where one is still missing afterwards.
    """
    packages = sorted({package for program, package in programs.items() if not found(program)})
    if packages:
        print(f"installing {' '.join(packages)}", flush=True)
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "-y", "install", *packages]):
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                # A package may start its own service, which this script neither needs nor stops.
                subprocess.run([*root, *command], env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, timeout=600)
    missing = sorted(program for program in programs if not found(program))
    if missing:
        raise Missing(f"{', '.join(missing)} not found; install {' '.join(packages)}")


def found(program):
    """The path of a program, also of one in the directories of the system's daemons; None where it is nowhere."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def run(*command, timeout=PATIENCE, check=True, **how):
    """Runs a program to its end and returns it with its texts; raises RuntimeError where it fails."""
    done = subprocess.run([str(word) for word in command], stdin=how.pop("stdin", subprocess.DEVNULL), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, **how)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


@contextlib.contextmanager
def running(*command, log, **how):
    """A program that runs meanwhile; what it says goes to the file `log`. It is stopped at the end."""
    with open(log, "wb") as out:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                   **how)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)


def wait_until(what, holds, patience=PATIENCE):
    """Asks `holds` until it returns something true, which is returned; raises RuntimeError where it never does."""
    deadline = time.monotonic() + patience
    while not (seen := holds()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {patience} s: {what}")
        time.sleep(0.05)
    return seen


def tail(path, most=2000):
    """The end of a log, for the sentence of a failure."""
    path = pathlib.Path(path)
    return path.read_text(errors="replace")[-most:] if path.exists() else ""
