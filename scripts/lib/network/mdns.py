"""avahi on the other side of a cable: each hears the other, and a record's key has to be the one that answers.

    cellar 10.79.0.1, our agents ── 10.79.0.2 attic, avahi and agents that only avahi announces
"""
import contextlib
import json
import re

from network import rooms
from network.checks import running, tail, wait_until

PROGRAMS = {"avahi-daemon": "avahi-daemon", "avahi-browse": "avahi-utils", "avahi-publish": "avahi-utils",
            "dbus-daemon": "dbus-daemon", "tcpdump": "tcpdump", "ip": "iproute2"}

CELLAR, ATTIC = "10.79.0.1", "10.79.0.2"
STRANGER = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

BUS = """<busconfig>
  <type>system</type>
  <listen>unix:path={place}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*" eavesdrop="true"/>
  </policy>
</busconfig>
"""

SETTINGS = """[server]
host-name=attic
use-ipv4=yes
use-ipv6=no
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""


def check(checks, place, new_agent):
    with rooms.rooms("cellar", "attic") as (cellar, attic):
        rooms.cable(cellar, "eth0", f"{CELLAR}/24", attic, "eth0", f"{ATTIC}/24")
        for room in (cellar, attic):
            room.ip("route", "add", "224.0.0.0/4", "dev", "eth0")
        with _avahi(attic, place):
            _off(checks, place, new_agent, cellar)
            scout = new_agent("scout", host=CELLAR, network=cellar.inside)
            _switch_on(scout)
            scout.up()
            _announced(checks, place, attic, scout)
            _heard(checks, place, new_agent, attic, scout)
            _conflict(checks, place, new_agent, cellar, attic, scout)
            scout.toq("down")
            gone = wait_until("avahi forgets the agent", lambda: "scout" not in _browse(attic, place) and "gone")
            checks.that("its goodbye is heard: avahi-browse does not show it any more", gone)


def _off(checks, place, new_agent, cellar):
    quiet = new_agent("quiet", host=CELLAR, network=cellar.inside)
    with cellar.inside():
        with running("tcpdump", "-i", "any", "-n", "-l", "udp port 5353", log=place / "quiet.pcap") as dump:
            wait_until("tcpdump listens", lambda: "listening on" in tail(place / "quiet.pcap"))
            quiet.up()
            said = json.loads(quiet.request("POST", "/v1/ping", {"address": "toq://attic.local:9009/bob"})[1])
            local = quiet.toq("discover", "--local", check=False)
            quiet.toq("down")
            dump.poll()
    heard = [line for line in tail(place / "quiet.pcap").splitlines() if f"IP {CELLAR}.5353" in line]
    checks.that("without mdns_enabled nothing is said by multicast", not heard, heard)
    checks.that("without it a .local address is refused, with the reason",
                not said["reachable"] and "mdns_enabled" in said.get("error", ""), said)
    checks.that("without it `toq discover --local` fails", "toq://" not in local, local)


def _announced(checks, place, attic, scout):
    line = wait_until("avahi sees the agent", lambda: _line(_browse(attic, place), "scout"))
    key = scout.status()["public_key"].removeprefix("ed25519:")
    host, address, port, text = line.split(";", 9)[6:10]
    checks.that("avahi-browse sees our agent with its host, address and port",
                (host, address, port) == ("cellar.local", CELLAR, str(scout.port)), line)
    checks.that("its TXT record has two strings, v=toq1 and the key", sorted(text.split('"')[1::2])
                == sorted(["v=toq1", f"key={key}"]), text)
    resolved = attic.run("avahi-resolve", "-4", "-n", "cellar.local", env=_environment(place), check=False).stdout
    checks.that("avahi-resolve resolves its host", CELLAR in resolved, resolved)


def _heard(checks, place, new_agent, attic, scout):
    """An agent that does not speak mDNS, announced by avahi: with its key, with another, and with nonsense around."""
    bob = new_agent("bob", host="attic.local", network=attic.inside)
    bob.up()
    key = bob.status()["public_key"].removeprefix("ed25519:")
    nonsense = [_publish(attic, place, name, *rest) for name, *rest in (
        ("no key", "9009", "v=toq1"), ("Upper_Case!", "9009", "v=toq1", f"key={key}"),
        ("other-version", "9009", "v=toq2", f"key={key}"), ("broken", "9009", "v=toq1", "key=!!!"),
        ("x" * 63, "9009", "v=toq1", "key=" + "A" * 200))]
    with contextlib.ExitStack() as stranger:
        for one in nonsense:
            stranger.enter_context(one)
        with _publish(attic, place, "bob", bob.port, "v=toq1", f"key={key}"):
            found = wait_until("our agent hears bob", lambda: _found(scout, bob.address))
            checks.that("`toq discover --local` shows what avahi-publish announces, with its key", found == key, found)
            shown = scout.toq("discover", "--local")
            checks.that("and nothing of the nonsense beside it", len(re.findall("toq://", shown)) == 1, shown)
            ping = json.loads(scout.request("POST", "/v1/ping", {"address": bob.address})[1])
            checks.that("the address that was found is dialled by mDNS, and the key answers",
                        ping.get("reachable") and ping["public_key"] == f"ed25519:{key}", ping)
            checks.that("finding it trusted nothing", json.loads(scout.request("GET", "/v1/permissions")[1])["approved"] == [],
                        scout.request("GET", "/v1/permissions")[1])
    wait_until("bob's announcement is gone", lambda: not _found(scout, bob.address))
    before = len(json.loads(bob.request("GET", "/v1/messages/history")[1])["messages"])
    with _publish(attic, place, "bob", bob.port, "v=toq1;key=" + STRANGER):
        found = wait_until("our agent hears of another key", lambda: _found(scout, bob.address))
        checks.that("the one string with a semicolon is read too", found == STRANGER, found)
        ping = json.loads(scout.request("POST", "/v1/ping", {"address": bob.address})[1])
        checks.that("a record whose key does not answer is refused when it is dialled", not ping["reachable"]
                    and "another key" in ping.get("error", ""), ping)
        sent = scout.toq("send", bob.address, "not for you", "--timeout", "3", check=False)
        after = len(json.loads(bob.request("GET", "/v1/messages/history")[1])["messages"])
        checks.that("nothing is sent to who answers there", after == before, sent)


def _conflict(checks, place, new_agent, cellar, attic, scout):
    """Two agents of one name on one network: both are found, neither takes on the number in its name."""
    twin = new_agent("scout", room="attic", host=ATTIC, network=attic.inside)
    _switch_on(twin)
    twin.up()
    address = f"toq://attic.local:{twin.port}/scout"
    found = wait_until("the twin is heard", lambda: next((one for one in _local(scout) if one["address"].endswith(
        f":{twin.port}/scout")), None))
    checks.that("a second agent of the same name, beside avahi on its machine, is found under its own host",
                found["address"] == address, found)
    ping = json.loads(scout.request("POST", "/v1/ping", {"address": found["address"]})[1])
    checks.that("and reached there", ping.get("reachable"), ping)
    back = wait_until("the first is heard", lambda: next((one for one in _local(twin)), None))
    checks.that("and hears the first", back["address"] == f"toq://cellar.local:{scout.port}/scout", back)
    twin.toq("down")


def _switch_on(agent):
    config = agent.data / "config.toml"
    config.write_text(config.read_text().replace("mdns_enabled = false", "mdns_enabled = true"))


def _local(agent):
    return json.loads(agent.request("GET", "/v1/discover/local")[1])["agents"]


def _found(agent, address):
    return next((one["public_key"] for one in _local(agent) if one["address"] == address), None)


def _browse(attic, place):
    return attic.run("avahi-browse", "-rtp", "_toq._tcp", env=_environment(place), check=False).stdout


def _line(text, name):
    return next((line for line in text.splitlines() if line.startswith("=") and f";{name};" in line), None)


def _environment(place):
    return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={place}/bus", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def _publish(attic, place, name, port, *texts):
    with attic.inside():
        return _Started(running("avahi-publish", "-s", name, "_toq._tcp", port, *texts,
                                log=place / f"publish-{len(list(place.glob('publish-*')))}.log", env=_environment(place)))


class _Started(contextlib.AbstractContextManager):
    """A program that was started where the caller stood, and stops at the end of the block."""

    def __init__(self, program):
        self.program = program
        program.__enter__()

    def __exit__(self, *_):
        self.program.__exit__(None, None, None)


@contextlib.contextmanager
def _avahi(attic, place):
    """avahi-daemon on a bus of its own; its files in /run are hidden from another one on this machine."""
    (place / "bus.conf").write_text(BUS.format(place=place))
    (place / "avahi.conf").write_text(SETTINGS)
    with attic.inside():
        bus = _Started(running("dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", f"--config-file={place}/bus.conf",
                               log=place / "bus.log"))
    with bus:
        wait_until("the bus is there", (place / "bus").exists)
        script = ("mkdir -p /run/avahi-daemon && mount -t tmpfs tmpfs /run/avahi-daemon && "
                  f"exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {place}/avahi.conf")
        with attic.inside():
            daemon = _Started(running("unshare", "--mount", "sh", "-c", script, log=place / "avahi.log",
                                      env=_environment(place)))
        with daemon:
            wait_until("avahi runs", lambda: "Server startup complete" in tail(place / "avahi.log", 100_000))
            yield
