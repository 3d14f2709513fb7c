"""The measurement of scripts/flood: three network namespaces joined by pairs of virtual cables.

    toq-PID-honest                  toq-PID-agent                    toq-PID-flood
    10.78.2.2/30  <---------------> 10.78.2.1   10.78.1.1 <--------> 10.78.1.2/30
                                                fd78::1   <--------> fd78::2, and all of fd78:0:0:1::/64
"""
import argparse
import contextlib
import functools
import os
import pathlib
import re
import selectors
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import agents
import lossy

#: How long an answer of a process of the load may take beyond what it was asked for, in seconds.
PATIENCE = 60
LOOK_SECONDS = 0.05
#: How long forging may take until the penalty falls, and the penalty until it has run off.
LONGEST_FORGING, LONGEST_PENALTY = 30, 90
LEAST_ACKED, MOST_P99_RATIO, MOST_GROWTH, MOST_SERVED_AFTER = 0.95, 3, 0.25, 1.0
#: Each namespace has a setting of its own behind this name.
NONLOCAL = pathlib.Path("/proc/sys/net/ipv6/ip_nonlocal_bind")
#: The flood rests so long before the penalty has run off, in seconds.
BEFORE_THE_END = 0.7
#: A flood below this share of what was asked of it shows nothing.
LEAST_FLOOD = 0.8


class Load:
    """A Java process of the load inside a namespace, which takes commands and answers each in one line."""

    def __init__(self, java, classpath, namespace, main, *arguments):
        command = [java, "-XX:+UseSerialGC", "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-cp", classpath,
                   f"dev.toq.app.bench.{main}", *arguments]
        if main == "Flooder":  # its time is spent on other machines, where a flood comes from; its number is asked for below
            command = ["nice", "-n", "15", *command]
        with lossy.inside(namespace):
            self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name = main
        self.hear("ready", PATIENCE)

    def tell(self, command):
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def hear(self, word, seconds):
        with selectors.DefaultSelector() as ready:
            ready.register(self.process.stdout, selectors.EVENT_READ)
            if not ready.select(seconds + PATIENCE):
                raise RuntimeError(f"{self.name} says nothing, but should say {word}")
        words = self.process.stdout.readline().split()
        if not words or words[0] != word:
            raise RuntimeError(f"{self.name} should say {word}, but says {words}")
        return words[1:]

    def ask(self, command, seconds):
        self.tell(command)
        return self.hear(command.split()[0], seconds)

    def close(self):
        self.process.kill()
        self.process.wait()


class Watch(threading.Thread):
    """Looks at the agent's memory, and how many sources it refuses, while it lives."""

    def __init__(self, agent):
        super().__init__(name="watch", daemon=True)
        self.agent, self.pid = agent, agent.pid()
        self.most_memory = 0
        self.stopped = threading.Event()
        self.penalised = 0

    def run(self):
        while not self.stopped.wait(LOOK_SECONDS):
            self.most_memory = max(self.most_memory, memory(self.pid))
            self.penalised = self.agent.status()["penalised_sources"]

    def until(self, penalised, seconds):
        """Waits until so many sources are refused; when that was seen, or nothing."""
        deadline = time.time() + seconds
        while time.time() < deadline:
            if not self.is_alive():
                raise RuntimeError("the agent does not tell its status")
            if self.penalised == penalised:
                return time.time()
            time.sleep(LOOK_SECONDS / 5)
        return None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.join()


def memory(pid):
    """Resident memory in MB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def penalty(agent):
    """For how many seconds the agent refuses the source that it penalised last, as its log says."""
    logs = "".join(log.read_text(encoding="utf-8") for log in sorted(agent.data.glob("logs/toq.log*")))
    return int(re.findall(r"are refused for (\d+) s", logs)[-1])


@contextlib.contextmanager
def namespaces():
    """The three of them and the cables between; at the end all is removed."""
    lossy.check_machine()
    names = {role: f"toq-{os.getpid()}-{role}" for role in ("agent", "honest", "flood")}
    with contextlib.ExitStack() as undo:
        for name in names.values():
            lossy._ip("netns", "add", name)
            undo.callback(lossy._remove, name)
            lossy._ip("-n", name, "link", "set", "lo", "up")
        for role, near, far in (("honest", "10.78.2.1", "10.78.2.2"), ("flood", "10.78.1.1", "10.78.1.2")):
            lossy._ip("-n", names["agent"], "link", "add", role, "type", "veth", "peer", "name", "agent",
                      "netns", names[role])
            for name, device, address in ((names["agent"], role, near), (names[role], "agent", far)):
                lossy._ip("-n", name, "address", "add", f"{address}/30", "dev", device)
                lossy._ip("-n", name, "link", "set", device, "up")
        lossy._ip("-n", names["agent"], "address", "add", "fd78::1/126", "dev", "flood", "nodad")
        lossy._ip("-n", names["flood"], "address", "add", "fd78::2/126", "dev", "agent", "nodad")
        lossy._ip("-n", names["flood"], "route", "add", "local", "fd78:0:0:1::/64", "dev", "lo")
        lossy._ip("-n", names["agent"], "route", "add", "fd78:0:0:1::/64", "via", "fd78::2")
        with lossy.inside(names["flood"]):
            NONLOCAL.write_text("1")  # else only addresses of a device may be taken, one by one
        yield names


def flood(name, agent, honest, flooder, half, unloaded, options):
    """One flood, with the honest load beside it; returns what was missed, as sentences."""
    missed = []
    with Watch(agent) as watch:
        honest.tell(f"fixed {half} {options.seconds}")
        start = time.time()
        flooder.tell("forge")
        fell = watch.until(1, LONGEST_FORGING)
        flooder.tell(f"connect {options.rate}")
        tried, heard = flooder.hear("forged", 10)
        if fell is None:
            return [f"no penalty within {LONGEST_FORGING} s, though {heard} of {tried} forged signatures were heard"]
        print(f"   the penalty fell after {fell - start:.2f} s: {tried} forged handshakes tried, {heard} heard", flush=True)
        time.sleep(max(0, fell + penalty(agent) - BEFORE_THE_END - time.time()))
        flooder.tell("probe 30")  # what comes in the end of the penalty is to be one honest peer
        probing = time.time()
        opened, rate, uncut = (float(figure) for figure in flooder.hear("connected", 10))
        ran_off = watch.until(0, LONGEST_PENALTY)
        if ran_off is None:
            return [f"the penalty did not run off within {LONGEST_PENALTY} s"]
        served, = flooder.hear("probe", 30)
        after = float("inf") if served == "never" else probing + float(served) - ran_off
        print(f"   then {opened:.0f} connections, {rate:.0f}/s, {uncut:.0f} of them not cut at once; the penalty had run off "
              f"{ran_off - fell:.1f} s after it fell, and an honest peer there was served {after:+.2f} s after that", flush=True)
        if rate < LEAST_FLOOD * options.rate:
            missed.append(f"the flood had {rate:.0f} connections a second instead of {options.rate}")
        if after > MOST_SERVED_AFTER:
            missed.append(f"the source was served {after:.2f} s after its penalty")
        offered, acked, p50, p99 = (float(figure) for figure in honest.hear("fixed", options.seconds))
        if time.time() - start > options.seconds + PATIENCE:
            missed.append("the honest load took too long")
    ratio = p99 / unloaded["p99"]
    growth = watch.most_memory - unloaded["memory"]
    print(f"   honest: {acked:.0f} of {offered:.0f} acknowledged, p50 {p50:.2f} ms, p99 {p99:.2f} ms, {ratio:.2f} times "
          f"that without; memory at most {watch.most_memory:.1f} MB, {growth:+.1f} MB", flush=True)
    if acked < LEAST_ACKED * offered:
        missed.append(f"{acked:.0f} of {offered:.0f} honest messages were acknowledged")
    if ratio > MOST_P99_RATIO:
        missed.append(f"p99 of the honest load was {ratio:.2f} times that without the flood")
    if growth > MOST_GROWTH * unloaded["memory"]:
        missed.append(f"the agent's memory grew by {growth:.1f} MB")
    return [f"{name}: {sentence}" for sentence in missed]


def measure(java, classpath, names, options):
    with agents.homes(options.keep) as new_agent, contextlib.ExitStack() as undo:
        agent = new_agent("flooded", host="10.78.2.1", network=functools.partial(lossy.inside, names["agent"]))
        agent.up()

        def load(*arguments):
            started = Load(java, classpath, *arguments)
            undo.callback(started.close)
            return started

        honest = load(names["honest"], "FixedLoad", agent.address)
        honest.ask(f"max {options.seconds}", options.seconds)  # until it is warm
        most = float(honest.ask(f"max {options.seconds}", options.seconds)[0])
        half = round(most / 2)
        honest.ask(f"fixed {half} {options.seconds}", options.seconds)
        with Watch(agent) as watch:
            offered, acked, p50, p99 = (float(figure) for figure in
                                        honest.ask(f"fixed {half} {options.seconds}", options.seconds))
        print(f"without a flood: at most {most:.0f} messages/s; at {half}/s {acked:.0f} of {offered:.0f} acknowledged, "
              f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, memory at most {watch.most_memory:.1f} MB", flush=True)
        unloaded = {"p99": p99, "memory": watch.most_memory}
        missed = []
        for name, host, source, count in (("one address", "10.78.1.1", "10.78.1.2", "1"),
                                          ("1,000 addresses of one /64", "[fd78::1]", "fd78:0:0:1::1", "1000")):
            print(f"flood by {name}", flush=True)
            flooder = load(names["flood"], "Flooder", f"toq://{host}:{agent.port}/flooded", source, count)
            missed += flood(name, agent, honest, flooder, half, unloaded, options)
            flooder.close()
            if missed and "no penalty" in missed[-1]:
                break
        return missed


def main():
    parser = argparse.ArgumentParser(prog="flood", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("java")
    parser.add_argument("classpath")
    parser.add_argument("--seconds", type=int, default=30, metavar="N",
                        help="of each measurement; a flood takes 20 to 30 (default 30)")
    parser.add_argument("--rate", type=int, default=5_000, metavar="N", help="connections a second (default 5000)")
    parser.add_argument("--keep", action="store_true", help="leave the agent's home in place, to look at")
    options = parser.parse_args()
    agents.build()
    try:
        with namespaces() as names:
            missed = measure(options.java, options.classpath, names, options)
    except lossy.Impossible as impossible:
        print(f"flood: {impossible}", file=sys.stderr)
        return 3
    for sentence in missed:
        print(sentence, file=sys.stderr)
    print("flood: FAILED" if missed else "flood: the honest are served, and the flooding source again after its penalty")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
