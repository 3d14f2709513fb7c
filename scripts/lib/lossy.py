"""Two network namespaces joined by a link that holds every packet for a while and loses some. Linux, as root.

    namespace toq-PID-a              this process              namespace toq-PID-b
    10.77.0.1/30 on link0  <-- TUN --> held, or dropped <-- TUN -->  10.77.0.2/30 on link0

Either end has a loopback of its own and no way out.
"""
import collections
import contextlib
import ctypes
import fcntl
import os
import pathlib
import random
import select
import shutil
import signal
import struct
import subprocess
import threading
import time

ADDRESSES = {"a": "10.77.0.1", "b": "10.77.0.2"}
DEVICE = "link0"
#: How many packets the link holds at most, both ways together; what comes on top of that is dropped.
ROOM = 10_000
#: How many packets are read from one end before the other has its turn.
BATCH = 64
#: How long the link may take to notice that it is to stop, in seconds.
NOTICE = 0.2

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
LARGEST_PACKET = 65535
#: Each namespace has a setting of its own behind this name.
TCP = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control")

#: One end of the link: the name of its namespace, its address, and the open TUN device there.
End = collections.namedtuple("End", "namespace address tun")


class Impossible(RuntimeError):
    """This machine permits no such link; the message says why."""


class Link:
    """A link between two ends, carried by a thread of its own.

    `delay` is in seconds each way; `loss` is the share of packets that is dropped, 0 to 1, drawn from `seed` for each
    way apart. The counts `taken`, `dropped` and `overflowed` may be read at any time.
    """

    def __init__(self, a, b, delay, loss, seed):
        self.a, self.b, self.delay, self.loss = a, b, delay, loss
        self.taken = self.dropped = self.overflowed = 0
        self._other = {a.tun: b.tun, b.tun: a.tun}
        self._chance = {a.tun: random.Random(f"{seed}/a"), b.tun: random.Random(f"{seed}/b")}
        self._held = collections.deque()  # (due, where to, packet); one delay for all, so the first is due first
        self._stopped = threading.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        """Ends the link; an error that ended it before is raised here."""
        self._stopped.set()
        self._thread.join()
        if self._failure:
            raise RuntimeError(f"the link broke: {self._failure}") from self._failure

    def report(self):
        """What the link did, in words."""
        share = 100 * self.dropped / max(1, self.taken)
        return f"{self.taken} packets, {self.dropped} dropped ({share:.1f} %), {self.overflowed} for want of room"

    def _run(self):
        try:
            with select.epoll() as poll:
                for tun in self._other:
                    poll.register(tun, select.EPOLLIN)
                while not self._stopped.is_set():
                    for tun, _ in poll.poll(self._until_next()):
                        self._take(tun)
                    self._hand_over()
        except OSError as failure:
            self._failure = failure

    def _until_next(self):
        if not self._held:
            return NOTICE
        return min(NOTICE, max(0, self._held[0][0] - time.monotonic()))

    def _take(self, tun):
        for _ in range(BATCH):
            try:
                packet = os.read(tun, LARGEST_PACKET)
            except BlockingIOError:
                return
            self.taken += 1
            if self._chance[tun].random() < self.loss:
                self.dropped += 1
            elif len(self._held) >= ROOM:
                self.overflowed += 1
            else:
                self._held.append((time.monotonic() + self.delay, self._other[tun], packet))

    def _hand_over(self):
        now = time.monotonic()
        while self._held and self._held[0][0] <= now:
            _, tun, packet = self._held.popleft()
            os.write(tun, packet)


@contextlib.contextmanager
def link(delay, loss, seed, tcp=None):
    """Both namespaces and the running link between them; at the end all is removed, and what still runs there killed.

    `delay` is in seconds each way, `loss` a share from 0 to 1. `tcp` names the congestion control at both ends; without
    it they have that of the machine. Needs root, iproute2 and /dev/net/tun: Impossible says what is missing.
    """
    check_machine()
    with contextlib.ExitStack() as undo:
        a, b = (undo.enter_context(_end(letter, tcp)) for letter in ADDRESSES)
        joined = Link(a, b, delay, loss, seed)
        joined.start()
        undo.callback(joined.stop)
        yield joined


def add_options(parser):
    """The options of the scripts that make such a link."""
    parser.add_argument("--delay-ms", type=float, default=100, metavar="MS", help="of each packet (default 100)")
    parser.add_argument("--loss", type=share, default=0.05, metavar="SHARE", help="of all packets (default 0.05)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), metavar="N",
                        help="of the losses")
    parser.add_argument("--tcp", metavar="NAME", help="congestion control at both ends, such as reno, the slowest "
                        "where packets are lost (default: that of the machine)")


def described(options):
    """The link that these options ask for, in words, for the first line of a script."""
    return (f"{options.delay_ms:g} ms each way, {100 * options.loss:g} % lost, seed {options.seed}, "
            f"TCP with {options.tcp or TCP.read_text().strip()}")


def share(text):
    value = float(text)
    if not 0 <= value < 1:
        raise ValueError(text)
    return value


def check_machine():
    if not os.path.exists("/dev/net/tun"):
        raise Impossible("a lossy link needs Linux and /dev/net/tun (modprobe tun)")
    if not shutil.which("ip"):
        raise Impossible("a lossy link needs the command ip (apt-get install iproute2)")
    if os.geteuid() != 0:
        raise Impossible("a lossy link needs root, to make network namespaces")


@contextlib.contextmanager
def inside(namespace):
    """Moves the calling thread into this namespace; sockets and programs that it makes meanwhile belong there."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{namespace}", "rb") as away:
        _enter(away)
        try:
            yield
        finally:
            _enter(home)


def _enter(namespace):
    library = ctypes.CDLL(None, use_errno=True)  # os.setns needs Python 3.12
    if library.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def _end(letter, tcp):
    namespace = f"toq-{os.getpid()}-{letter}"
    tun = None
    try:
        _ip("netns", "add", namespace)
        with inside(namespace):
            _choose(tcp)
            tun = _new_tun()
            _ip("link", "set", "lo", "up")
            _ip("link", "set", DEVICE, "addrgenmode", "none")  # no packets of IPv6's own
            _ip("address", "add", f"{ADDRESSES[letter]}/30", "dev", DEVICE)
            _ip("link", "set", DEVICE, "up")
        yield End(namespace, ADDRESSES[letter], tun)
    finally:
        with _undisturbed():
            _remove(namespace)
            if tun is not None:
                os.close(tun)


def _choose(tcp):
    try:
        if tcp:
            TCP.write_text(tcp)
    except OSError as refused:
        raise Impossible(f"this machine permits no congestion control {tcp}: {refused}") from refused


def _new_tun():
    """Makes the device where the calling thread is; it lives as long as the file that is returned stays open."""
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    except OSError as refused:
        raise Impossible(f"this machine permits no TUN device: {refused}") from refused
    return tun


def _remove(namespace):
    if not pathlib.Path("/run/netns", namespace).exists():
        return
    for pid in _ip("netns", "pids", namespace).split():
        if int(pid) != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    _ip("netns", "delete", namespace)


def _ip(*arguments):
    done = subprocess.run(["ip", *arguments], text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True)  # out of reach of the terminal's Ctrl-C
    if done.returncode != 0:
        raise Impossible(f"ip {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def _undisturbed():
    """Clearing away is not interrupted by a second signal."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
