"""miniupnpd as the router: a port mapped by PCP, NAT-PMP and UPnP, used from outside, renewed, removed.

    home 192.168.77.2 ── 192.168.77.1 router 11.0.0.7 ── 11.0.0.9 outside

The router is a network namespace that forwards nothing inward but what miniupnpd lets in, by nftables. Its outside
address is one of the internet, because miniupnpd maps nothing on a private or reserved one; no packet leaves.
"""
import contextlib
import json
import re
import time

from network import rooms
from network.checks import running, tail, wait_until

PROGRAMS = {"miniupnpd": "miniupnpd-nftables", "upnpc": "miniupnpc", "nft": "nftables", "ip": "iproute2"}

HOME, ROUTER, ROUTER_OUTSIDE, OUTSIDE = "192.168.77.2", "192.168.77.1", "11.0.0.7", "11.0.0.9"
#: Seconds for which agents ask for a mapping: they renew it at half of that.
LIFETIME = 10

RULES = """
table inet filter {
  chain input { type filter hook input priority 0; policy accept; }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "inner" accept
    jump miniupnpd
  }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain postrouting {
    type nat hook postrouting priority 100; policy accept;
    jump postrouting_miniupnpd
    oifname "outer" masquerade
  }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
}
"""

SETTINGS = """
ext_ifname=outer
listening_ip=inner
http_port=0
enable_upnp={upnp}
enable_natpmp={natpmp}
min_lifetime=1
max_lifetime=86400
secure_mode=yes
lease_file={leases}
uuid=00000000-0000-4000-8000-000000000001
allow 1024-65535 192.168.77.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


def check(checks, place, new_agent):
    with rooms.rooms("home", "router", "outside") as (home, router, outside):
        rooms.cable(home, "eth0", f"{HOME}/24", router, "inner", f"{ROUTER}/24")
        rooms.cable(router, "outer", f"{ROUTER_OUTSIDE}/24", outside, "eth0", f"{OUTSIDE}/24")
        home.ip("route", "add", "default", "via", ROUTER)
        router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        peer = new_agent("peer", host=OUTSIDE, network=outside.inside)
        peer.up()
        for protocol in ("PCP", "NAT-PMP", "UPnP"):
            _one(checks, place, new_agent, protocol, home, router, peer)
        _unasked(checks, place, new_agent, home, router)


def _one(checks, place, new_agent, protocol, home, router, peer):
    leases = place / f"leases-{protocol}"
    agent = new_agent(f"by-{protocol.lower()}", host=ROUTER_OUTSIDE, network=home.inside)
    agent.set("port_mapping_lifetime", LIFETIME)
    with _miniupnpd(router, place, protocol, leases):
        agent.up()
        mapped = _mapped(agent)
        checks.that(f"{protocol}: status shows the mapping and the router's outside address",
                    (mapped["protocol"], mapped["external_address"], mapped["external_port"])
                    == (protocol, ROUTER_OUTSIDE, agent.port), mapped)
        checks.that(f"{protocol}: `toq status` says so", f"leads port {agent.port} of {ROUTER_OUTSIDE} here, by {protocol}"
                    in agent.toq("status"), agent.toq("status"))
        first = _lease(leases, agent.port)
        checks.that(f"{protocol}: miniupnpd has it in its list of leases", first, tail(leases))
        rules = router.run("nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd").stdout
        checks.that(f"{protocol}: the router's nftables lead the port to the agent", f"{HOME}:{agent.port}" in rules, rules)
        listed = home.run("upnpc", "-l", check=False).stdout
        if protocol != "UPnP":
            checks.that(f"{protocol}: upnpc lists it", f"{agent.port}->{HOME}:{agent.port}" in listed, listed)
        else:
            checks.that("UPnP: upnpc lists it, by the name of toq",
                        re.search(rf"TCP\s+{agent.port}->{HOME}:{agent.port}\s+'toq'", listed), listed)
        reached = json.loads(peer.request("POST", "/v1/ping", {"address": agent.address})[1])
        checks.that(f"{protocol}: an agent outside reaches it through the router", reached.get("reachable"), reached)
        later = wait_until("the lease's end moves on", lambda: _lease(leases, agent.port) > first and _lease(leases, agent.port))
        checks.that(f"{protocol}: it is renewed before it ends", later > first, f"{first} then {later}")
        if protocol == "PCP":
            _killed(checks, agent, leases)
        agent.toq("down")
        checks.that(f"{protocol}: it is removed when the agent stops", not _lease(leases, agent.port), tail(leases))
        rules = router.run("nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd").stdout
        checks.that(f"{protocol}: the router's nftables lead nothing there any more", str(agent.port) not in rules, rules)


def _killed(checks, agent, leases):
    """What a crash leaves behind: it ends by itself, or the next start takes it up."""
    agent.kill9()
    wait_until("the agent is gone", lambda: not agent.answers())
    agent.up()
    mapped = _mapped(agent)
    checks.that("PCP: after kill -9 the next start takes up the mapping that was left behind, by the same protocol",
                mapped["protocol"] == "PCP" and mapped["external_port"] == agent.port, mapped)
    agent.kill9()
    wait_until("the lease runs out", lambda: not _lease(leases, agent.port))
    checks.that("PCP: a mapping that nobody renews ends by itself", not _lease(leases, agent.port), tail(leases))
    agent.up()
    _mapped(agent)


def _unasked(checks, place, new_agent, home, router):
    """A-83: asked is for a public host alone, or where the owner says so."""
    leases = place / "leases-unasked"
    with _miniupnpd(router, place, "PCP", leases):
        private = new_agent("private", host=HOME, network=home.inside)
        private.up()
        checks.that("a private host is not mapped by itself", private.status()["port_mapping"] == {"state": "off"},
                    private.status())
        private.toq("down")
        private.toq("up", "--map-port")
        checks.that("`toq up --map-port` maps it", _mapped(private)["external_port"] == private.port and
                    _lease(leases, private.port), private.status())
        private.toq("down")
        denied = new_agent("denied", host=ROUTER_OUTSIDE, network=home.inside)
        denied.set("upnp", "false")
        denied.up()
        checks.that("`upnp = false` is kept", denied.status()["port_mapping"] == {"state": "off"}, denied.status())
        denied.toq("down")
    with _miniupnpd(router, place, "UPnP", leases):  # asked by PCP for a port that its rules deny, it never answers again
        refused = new_agent("refused", host=ROUTER_OUTSIDE, network=home.inside)
        low = refused.data / "config.toml"
        low.write_text(low.read_text().replace(f"port = {refused.port}", "port = 1000"))
        refused.port = 1000  # the router's rules allow 1024 and above
        refused.up()
        failed = wait_until("the router's answer", lambda: refused.status()["port_mapping"]["state"] == "failed"
                            and refused.status()["port_mapping"])
        checks.that("a port that the router does not give is told with what came of each protocol",
                    "PCP: no answer" in failed["error"] and "UPnP: the router says no" in failed["error"], failed)
        refused.toq("down")


def _mapped(agent):
    return wait_until("the port is mapped", lambda: agent.status()["port_mapping"]["state"] == "mapped"
                      and agent.status()["port_mapping"])


def _lease(leases, port):
    """When miniupnpd's lease of this port ends, in seconds since 1970; 0 where it has none."""
    found = re.search(rf"^TCP:{port}:{re.escape(HOME)}:{port}:(\d+):", leases.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


@contextlib.contextmanager
def _miniupnpd(router, place, protocol, leases):
    """miniupnpd for this protocol alone. It has no switch between PCP and NAT-PMP, so the router's rules drop PCP."""
    settings = place / f"miniupnpd-{protocol}-{leases.name}.conf"
    settings.write_text(SETTINGS.format(upnp="yes", natpmp="no" if protocol == "UPnP" else "yes", leases=leases))
    leases.write_text("")
    rules = place / "rules.nft"
    rules.write_text("flush ruleset\n" + RULES)
    router.run("nft", "-f", rules)
    if protocol == "NAT-PMP":
        router.run("nft", "add", "rule", "inet", "filter", "input", "udp dport 5351 @th,64,8 2 drop")
    log = place / f"miniupnpd-{leases.name}.log"
    with router.inside():
        program = running("miniupnpd", "-d", "-f", settings, "-P", place / "miniupnpd.pid", log=log)
        program.__enter__()
    try:
        wait_until("miniupnpd listens", lambda: "HTTP listening" in tail(log))
        time.sleep(0.2)  # its last sockets are opened after that line
        yield
    finally:
        program.__exit__(None, None, None)
