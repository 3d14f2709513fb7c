"""Agents in temporary homes: set up, started, asked over their local interface, killed, and cleared away."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
OURS = str(TOP / "scripts/toq")
#: How long any one command or answer may take before the script gives up, in seconds.
PATIENCE = 60


class Agent:
    """One agent with a home of its own. `command` is the toq program that runs it.

    `host` stands in its address. `network()` is a context in which its programs are started and its sockets made, for
    one that lives in another network namespace.
    """

    def __init__(self, name, home, command=OURS, host="localhost", network=contextlib.nullcontext):
        self.name, self.home, self.command, self.host, self.network = name, pathlib.Path(home), command, host, network
        self.data = self.home / ".toq"
        with self.network():
            self.port = free_port()
        self.address = f"toq://{host}:{self.port}/{name}"

    def toq(self, *arguments, check=True, timeout=PATIENCE):
        """Runs `toq ARGUMENTS` in this agent's home and returns what it printed."""
        with self.network():
            done = subprocess.run([self.command, *arguments], env=self._environment(), cwd=self.home, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=timeout)
        if check and done.returncode != 0:
            raise RuntimeError(f"{self.name}: toq {' '.join(arguments)} ended with {done.returncode}: "
                               f"{done.stdout}{done.stderr}")
        return done.stdout

    def _environment(self):
        kept = {key: value for key, value in os.environ.items() if key not in ("TOQ_CONFIG_DIR", "TOQ_URL")}
        return kept | {"HOME": str(self.home)}

    def setup(self):
        self.home.mkdir(parents=True)
        self.toq("setup", "--non-interactive", "--agent-name", self.name, "--connection-mode", "open",
                 "--host", self.host)
        config = self.data / "config.toml"
        text = config.read_text(encoding="utf-8")
        if text.count("port = 9009") != 1:
            raise RuntimeError(f"{config} does not say `port = 9009` once")
        config.write_text(text.replace("port = 9009", f"port = {self.port}"), encoding="utf-8")

    def set(self, key, value):
        """Adds a setting to the configuration of an agent that is not up."""
        config = self.data / "config.toml"
        config.write_text(f"{key} = {value}\n{config.read_text(encoding='utf-8')}", encoding="utf-8")

    def up(self):
        self.toq("up")
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not answer on port {self.port}")
            time.sleep(0.02)

    def answers(self):
        try:
            return self.request("GET", "/v1/health")[0] == 200
        except OSError:
            return False

    def pid(self):
        return int((self.data / "toq.pid").read_text())

    def kill9(self):
        """Ends the daemon as a power cut ends a process: at once, with no last word."""
        os.kill(self.pid(), signal.SIGKILL)

    def clear_away(self):
        """Stops the daemon, by force where asking does not help."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            self.toq("down", check=False, timeout=15)
        with contextlib.suppress(OSError, ValueError):
            self.kill9()

    def request(self, method, path, value=None, timeout=PATIENCE):
        """One request on a connection of its own; returns the status and the answer's text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            with self.network():
                return ask(connection, method, path, value)
        finally:
            connection.close()

    def meet(self, other):
        """Waits until this agent reaches the other; the first contact of two cold daemons may take long."""
        deadline = time.monotonic() + PATIENCE
        while True:
            _, text = self.request("POST", "/v1/ping", {"address": other.address})
            if json.loads(text).get("reachable"):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not reach {other.name}: {text}")

    def status(self):
        code, text = self.request("GET", "/v1/status")
        if code != 200:
            raise RuntimeError(f"{self.name}: status answered {code}: {text}")
        return json.loads(text)


def ask(connection, method, path, value=None):
    """One request on this connection; `value` is a text of JSON or anything that can be written as JSON."""
    if value is None:
        connection.request(method, path)
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        connection.request(method, path, text.encode(), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def build():
    """Builds our jar where it is missing or old, here because that needs the user's real home; returns its program."""
    subprocess.run([OURS, "--version"], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return OURS


@contextlib.contextmanager
def homes(keep=False):
    """A function that makes agents in a temporary directory; at the end all of them are stopped and it is removed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = pathlib.Path(tempfile.mkdtemp(prefix="toq-"))
    agents = []

    def new_agent(name, command=OURS, room="", **where):
        agent = Agent(name, directory / room / name, command, **where)
        agents.append(agent)
        agent.setup()
        return agent

    try:
        yield new_agent
    finally:
        for agent in agents:
            agent.clear_away()
        if keep:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
