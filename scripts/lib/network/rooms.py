"""Network namespaces that stand for machines, joined by cables. Linux, as root.

A room has interfaces, routes, a host name and programs of its own, and no way out but its cables.
"""
import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess

from network.checks import run

CLONE_NEWUTS, CLONE_NEWNET = 0x04000000, 0x40000000


class Room:
    """One machine. `inside()` is a context in which programs are started and sockets made as if on it."""

    def __init__(self, name):
        self.name = name
        self.namespace = f"toq-{os.getpid()}-{name}"

    @contextlib.contextmanager
    def inside(self):
        with contextlib.ExitStack() as open_files:
            here = [(open_files.enter_context(open(f"/proc/thread-self/ns/{kind}", "rb")), flag)
                    for kind, flag in (("net", CLONE_NEWNET), ("uts", CLONE_NEWUTS))]
            there = open_files.enter_context(open(f"/run/netns/{self.namespace}", "rb"))
            try:
                _call("setns", there.fileno(), CLONE_NEWNET)
                _call("unshare", CLONE_NEWUTS)
                socket.sethostname(self.name)
                yield
            finally:
                for file, flag in here:
                    _call("setns", file.fileno(), flag)

    def run(self, *command, **how):
        """Runs a program there to its end; see checks.run."""
        with self.inside():
            return run(*command, **how)

    def ip(self, *words):
        run("ip", "-n", self.namespace, *words)


def cable(one, its_device, its_address, other, others_device, others_address):
    """Joins two rooms; addresses are with their prefix, as 10.0.0.1/24."""
    run("ip", "link", "add", its_device, "netns", one.namespace, "type", "veth",
        "peer", "name", others_device, "netns", other.namespace)
    for room, device, address in ((one, its_device, its_address), (other, others_device, others_address)):
        room.ip("address", "add", address, "dev", device)
        room.ip("link", "set", device, "up")


@contextlib.contextmanager
def rooms(*names):
    """Rooms of these names, which are also their host names; at the end all that runs in them is killed."""
    if os.geteuid() != 0:
        raise RuntimeError("network namespaces need root")
    made = []
    try:
        for name in names:
            room = Room(name)
            run("ip", "netns", "add", room.namespace)
            made.append(room)
            room.ip("link", "set", "lo", "up")
        yield made
    finally:
        for room in made:
            _remove(room)


def _remove(room):
    if not pathlib.Path("/run/netns", room.namespace).exists():
        return
    for pid in subprocess.run(["ip", "netns", "pids", room.namespace], text=True, stdout=subprocess.PIPE,
                              check=False).stdout.split():
        if int(pid) != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    run("ip", "netns", "delete", room.namespace, check=False)


def _call(name, *numbers):
    library = ctypes.CDLL(None, use_errno=True)  # os.setns needs Python 3.12
    if getattr(library, name)(*numbers) != 0:
        raise OSError(ctypes.get_errno(), name)
