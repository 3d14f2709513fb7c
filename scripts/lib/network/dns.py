"""records of signed and unsigned zones, served by Knot DNS, as toq discovers, verifies and dials by them."""
import contextlib
import json
import re

import agents
from network.checks import found, run, running, tail, wait_until

PROGRAMS = {"knotd": "knot", "keymgr": "knot", "kzonesign": "knot-dnsutils", "kdig": "knot-dnsutils",
            "unbound": "unbound"}

#: Zones of their own, so that what is wrong with one is wrong with no other. Only `plain.test` is not signed.
SIGNED = ("good.test", "expired.test", "tampered.test", "denied.test")
ZONES = (*SIGNED, "plain.test")
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
OTHER_KEY = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="


#: When `expired.test` is signed, always, its keys among it: 2020-01-01, as kzonesign takes it.
LONG_AGO = "1577836800"


def zone_text(zone, texts):
    """A zone whose host is this machine, with these toq records; a text is cut so that it has two strings."""
    records = "".join(f'_toq._tcp 300 IN TXT "{text[:20]}" "{text[20:]}"\n' for text in texts)
    return (f"$ORIGIN {zone}.\n$TTL 300\n@ IN SOA ns hostmaster 1 3600 600 86400 300\n@ IN NS ns\nns IN A 127.0.0.1\n"
            f"@ IN A 127.0.0.1\n{records}")


def record(key, port, agent):
    return f"v=toq1; key={key}; port={port}; agent={agent}"


class Knot:
    """Knot DNS on a port of loopback, with zones that are signed here and handed out as they are."""

    def __init__(self, place):
        self.place, self.port = place, agents.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.zones, self.keys, self.rundir = place / "zones", place / "keys", place / "run"
        for directory in (self.zones, self.keys, self.rundir, place / "db"):
            directory.mkdir()
        self.config = place / "knot.conf"
        self.config.write_text("\n".join([
            "server:", f"  rundir: {self.rundir}", f"  listen: 127.0.0.1@{self.port}",
            "log:", "  - target: stderr", "    any: info",
            "database:", f"  storage: {place / 'db'}", f"  kasp-db: {self.keys}",
            "policy:", "  - id: short", "    algorithm: ecdsap256sha256", "    single-type-signing: on",
            "    rrsig-lifetime: 2d", "    rrsig-refresh: 1d",
            "template:", "  - id: default", f"    storage: {self.zones}", "    file: \"%s.zone\"",
            "    zonefile-sync: -1", "    dnssec-policy: short",
            "zone:", *(f"  - domain: {zone}" for zone in ZONES)]) + "\n")

    def write(self, zone, texts):
        """Writes a zone, and signs it where it is a signed one."""
        file = self.zones / f"{zone}.zone"
        file.write_text(zone_text(zone, texts))
        if zone in SIGNED:
            moment = ["-t", LONG_AGO] if zone == "expired.test" else []
            run(found("kzonesign"), "-c", self.config, "-o", self.zones, *moment, f"{zone}.")
            if "RRSIG" not in file.read_text():
                raise RuntimeError(f"kzonesign has not signed {file}: {sorted(self.zones.iterdir())}")

    def tamper(self, zone, old, new):
        """Changes the text of a record after it was signed."""
        file = self.zones / f"{zone}.zone"
        text = file.read_text()
        if old not in text:
            raise RuntimeError(f"{file} does not hold {old}")
        file.write_text(text.replace(old, new))

    def anchors(self):
        """A file with the DS records of all signed zones, as a parent zone would have them."""
        file = self.place / "anchors"
        lines = []
        for zone in SIGNED:
            told = run(found("keymgr"), "-c", self.config, f"{zone}.", "ds").stdout
            lines += [re.sub(r" DS ", " 300 IN DS ", line, count=1) for line in told.splitlines() if " DS " in line]
        file.write_text("\n".join(lines) + "\n")
        if len(lines) < len(SIGNED):
            raise RuntimeError(f"keymgr knows no DS of some zone: {lines}")
        return file

    @contextlib.contextmanager
    def serving(self):
        # What is in the zone files is served as it is: the server itself must neither sign nor heal anything.
        served = self.place / "serve.conf"
        served.write_text(self.config.read_text().replace("    dnssec-policy: short\n", ""))
        log = self.place / "knotd.log"
        with running(found("knotd"), "-c", served, log=log) as process:
            def answers():
                if process.poll() is not None:
                    raise RuntimeError(f"knotd has ended: {tail(log)}")
                return all("status: NOERROR" in self.dig(zone, "SOA") for zone in ZONES)
            wait_until("knotd serves every zone", answers)
            yield

    def dig(self, name, kind):
        return run("kdig", "@127.0.0.1", "-p", self.port, "+dnssec", "+time=2", "+retry=0", name, kind,
                   check=False).stdout


@contextlib.contextmanager
def unbound(knot, anchors):
    """A resolver that checks signatures itself and tells so with the AD bit; yields its address."""
    port, config = agents.free_port(), knot.place / "unbound.conf"
    log = knot.place / "unbound.log"
    stubs = "".join(f'stub-zone:\n  name: "{zone}."\n  stub-addr: 127.0.0.1@{knot.port}\n' for zone in ZONES)
    insecure = "".join(f'  domain-insecure: "{zone}."\n' for zone in ZONES if zone not in SIGNED)
    config.write_text(
        f'server:\n  directory: "{knot.place}"\n  chroot: ""\n  username: ""\n  pidfile: ""\n  use-syslog: no\n'
        f'  interface: 127.0.0.1\n  port: {port}\n  do-not-query-localhost: no\n  local-zone: "test." nodefault\n'
        f'  trust-anchor-file: "{anchors}"\n{insecure}  module-config: "validator iterator"\n'
        f"remote-control:\n  control-enable: no\n{stubs}")
    with running(found("unbound"), "-d", "-c", config, log=log) as process:
        def answers():
            if process.poll() is not None:
                raise RuntimeError(f"unbound has ended: {tail(log)}")
            return "status: NOERROR" in run("kdig", "@127.0.0.1", "-p", port, "plain.test", "SOA", check=False).stdout
        wait_until("unbound answers", answers)
        yield f"127.0.0.1:{port}"


def check(checks, place, new_agent):
    knot = Knot(place)
    discovering = new_agent("discovering")
    for zone in ZONES:
        knot.write(zone, [record(KEY, 7070, "scout"), record(OTHER_KEY, 9009, "second"), "v=spf1 -all"])
    knot.write("denied.test", [])
    knot.tamper("tampered.test", "port=7070", "port=7071")
    anchors = knot.anchors()
    with knot.serving():
        discovery(checks, discovering, knot, anchors)
        believed(checks, new_agent, knot, anchors)
    host, guests = company(new_agent, knot, anchors)
    with knot.serving():
        verified(checks, host, guests)


def configure(agent, server, validate="off", anchors=None):
    agent.set("dns_servers", json.dumps([server]))
    agent.set("dns_validate", json.dumps(validate))
    if anchors:
        agent.set("dns_trust_anchors", json.dumps(str(anchors)))


def discover(agent, domain):
    """What `toq discover` says: its answer where there is one, else None, and what it printed as its error."""
    done = run(agent.command, "discover", domain, "--json", check=False, cwd=agent.home, env=agent._environment())
    return (json.loads(done.stdout) if done.returncode == 0 else None), done.stderr


def discovery(checks, agent, knot, anchors):
    configure(agent, knot.address, "full", anchors)
    answer, error = discover(agent, "good.test")
    wanted = {("toq://good.test:7070/scout", f"ed25519:{KEY}"), ("toq://good.test/second", f"ed25519:{OTHER_KEY}")}
    seen = {(found["address"], found["public_key"]) for found in (answer or {"agents": []})["agents"]}
    checks.that("toq discover lists both agents of a signed zone, and no other text", seen == wanted, answer or error)
    checks.that("and says that its signatures hold", (answer or {}).get("signed") is True, answer)
    for zone, what in (("expired.test", "expired signatures"), ("tampered.test", "a record changed after signing")):
        answer, error = discover(agent, zone)
        checks.that(f"a zone with {what} is refused", answer is None and "not to be trusted" in error, answer or error)
    answer, error = discover(agent, "denied.test")
    checks.that("a signed zone that denies the name (NSEC) has no agent", answer is None and "no agent" in error,
                answer or error)
    answer, error = discover(agent, "plain.test")
    checks.that("below no anchor, a zone is not taken for a signed one", not (answer or {}).get("signed"), answer)


def believed(checks, new_agent, knot, anchors):
    """The AD bit of a resolver that checks signatures for us, and SERVFAIL, with which it tells that they do not hold."""
    agent = new_agent("believing")
    with unbound(knot, anchors) as resolver:
        configure(agent, resolver, "resolver")
        answer, error = discover(agent, "good.test")
        checks.that("dns_validate = resolver believes the AD bit of the named resolver",
                    (answer or {}).get("signed") is True and len(answer["agents"]) == 2, answer or error)
        answer, error = discover(agent, "plain.test")
        checks.that("an unsigned zone has its agents, and is not called signed",
                    answer is not None and answer["signed"] is False and len(answer["agents"]) == 2, answer or error)
        for zone in ("expired.test", "tampered.test"):
            answer, error = discover(agent, zone)
            checks.that(f"SERVFAIL of the resolver about {zone} fails closed",
                        answer is None and "SERVFAIL" in error, answer or error)
        answer, error = discover(agent, "denied.test")
        checks.that("a name that it proves not to exist has no agent", answer is None and "no agent" in error,
                    answer or error)


def key_of(agent):
    return json.loads(agent.toq("whoami", "--json"))["public_key"].removeprefix("ed25519:")


def delivered(sender, address):
    code, text = sender.request("POST", "/v1/messages?wait=true&timeout=10", {"to": address, "body": {"text": "hi"}})
    return code == 200, f"{code} {text}"


def company(new_agent, knot, anchors):
    """An agent that takes only whom DNS verifies, and those who will come, with what their zones say about them."""
    host = new_agent("host")
    swap(host, 'connection_mode = "open"', 'connection_mode = "dns-verified"')
    guests = {name: new_agent(name) for name in ("guest", "stranger", "late", "bent", "plain", "nobody")}
    zones = {"late": "expired.test", "bent": "tampered.test", "plain": "plain.test", "nobody": "denied.test"}
    for agent in (host, *guests.values()):
        agent.set("bind", '"127.0.0.1"')
        swap(agent, 'host = "localhost"', f'host = "{zones.get(agent.name, "good.test")}"')
        configure(agent, knot.address, "full", anchors)

    def own(agent, key=None):
        return record(key or key_of(agent), agent.port, agent.name)

    knot.write("good.test", [own(host), own(guests["guest"]), own(guests["stranger"], OTHER_KEY)])
    knot.write("expired.test", [own(guests["late"])])
    knot.write("plain.test", [own(guests["plain"])])
    knot.write("denied.test", [])
    # What was signed names another key; after that, somebody has put this one in its place.
    knot.write("tampered.test", [own(guests["bent"], OTHER_KEY)])
    key = key_of(guests["bent"])
    knot.tamper("tampered.test", f'{OTHER_KEY[:8]}" "{OTHER_KEY[8:]}', f'{key[:8]}" "{key[8:]}')
    return host, guests


def verified(checks, host, guests):
    for agent in (host, *guests.values()):
        agent.up()
    address = "toq://good.test/host"
    went, seen = delivered(guests["guest"], address)
    checks.that("dns-verified in: whom the signed record names is let in; it dials by the record's port", went, seen)
    went, seen = delivered(guests["plain"], address)
    checks.that("dns-verified in: so is whom a zone names that is not signed", went, seen)
    for name, why in (("stranger", "the record names another key"), ("late", "the signatures have expired"),
                      ("bent", "the record was changed"), ("nobody", "the zone denies the name")):
        went, seen = delivered(guests[name], address)
        checks.that(f"dns-verified in: {name} is not let in, for {why}", not went, seen)
    history = json.loads(host.request("GET", "/v1/messages/history")[1])["messages"]
    stored = sorted(message["from"] for message in history)
    checks.that("only what the first two said was stored",
                stored == ["toq://good.test/guest", "toq://plain.test/plain"], stored)
    outbound(checks, host, guests)
    doctor(checks, guests)


def outbound(checks, host, guests):
    went, seen = delivered(host, "toq://good.test/guest")
    checks.that("dns-verified out: the key of the record answers at its address and port", went, seen)
    for name, zone, why in (("stranger", "good.test", "another key"), ("late", "expired.test", "cannot be trusted"),
                            ("bent", "tampered.test", "cannot be trusted")):
        _, text = host.request("POST", "/v1/ping", {"address": f"toq://{zone}:{guests[name].port}/{name}"})
        checks.that(f"dns-verified out: {name} is not taken for who the name means", why in text, text)


def doctor(checks, guests):
    for name, fails, what in (("guest", False, "names our key and port"), ("stranger", True, "another key"),
                              ("late", True, "not to be trusted"), ("nobody", True, "there is none")):
        told = guests[name].toq("doctor", check=False)
        line = next((one for one in told.splitlines() if " record " in one), told)
        checks.that(f"toq doctor tells {name}: {what}", what in line and line.startswith("FAIL") == fails, told)
    said = guests["guest"].toq("dns-record")
    checks.that("toq dns-record prints what is published there",
                said.strip().endswith(f'"{record(key_of(guests["guest"]), guests["guest"].port, "guest")}"'), said)


def swap(agent, old, new):
    """Changes one line of an agent's configuration that must be there."""
    config = agent.data / "config.toml"
    text = config.read_text(encoding="utf-8")
    if old not in text:
        raise RuntimeError(f"{config} does not say {old}")
    config.write_text(text.replace(old, new), encoding="utf-8")
