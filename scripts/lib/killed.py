"""The reference is killed and started again while both sides send: what was accepted has to arrive."""
import collections
import http.client
import json
import os
import threading
import time

import agents
import inbox

OUTBOX_SECONDS = 60
#: Callers of the reference, each waiting for its acknowledgement.
CALLERS = 2


class Sent:
    """What one side took from its callers before and after the kill."""

    def __init__(self):
        self.lock, self.accepted, self.refused = threading.Lock(), {}, 0

    def post(self, sender, to, body, wait):
        """False where the sender is not there any more."""
        try:
            code, text = sender.request("POST", f"/v1/messages?wait={'true' if wait else 'false'}&timeout=10",
                                        {"to": to, "body": body, "thread_id": "kill"}, timeout=15)
        except (OSError, http.client.HTTPException):
            return False
        with self.lock:
            if code in (200, 202):
                self.accepted[json.loads(text)["id"]] = inbox.exact(body)
            else:
                self.refused += 1
        return True


def kill_in_the_middle(ours, theirs, count, pace):
    """Our callers hand in `count` messages that are kept; callers of the reference wait for each until it dies.

    Half way it is killed, and started again when all is handed in. Returns what is wrong; what the reference itself
    lost or doubled is printed, and is no fault of ours:

    - It acknowledges a message when it has written it to its file, and writes without asking whether that went well.
    - It knows no duplicates: a message that it had stored and not acknowledged is sent again, and stored again.
    """
    to_theirs, to_ours = Sent(), Sent()
    before_theirs, before_ours = len(inbox.lines(theirs.data)), len(inbox.lines(ours.data))
    callers = [threading.Thread(target=call_until_death, args=(theirs, ours, to_ours, number), daemon=True)
               for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    for number in range(count):
        if number == count // 2:
            pid = theirs.pid()
            theirs.kill9()
        to_theirs.post(ours, theirs.address, {"kept": number}, wait=False)
        time.sleep(pace)
    for caller in callers:
        caller.join(timeout=agents.PATIENCE)
    bury(theirs, pid)
    theirs.up()
    states = finished(ours, set(to_theirs.accepted))
    time.sleep(1)  # so that a second copy would show
    stored = kept(inbox.lines(theirs.data)[before_theirs:])
    wrong, notes = judge(to_theirs.accepted, states, stored)
    print(f"killed in the middle: ours handed {len(to_theirs.accepted)} of {count} to {theirs.name}, "
          f"{len(stored)} stored there; {'; '.join(notes) or 'the reference lost and doubled nothing'}")
    wrong += judge_notices(to_theirs.accepted, states, stored)
    return wrong + told_by_theirs(to_ours, kept(inbox.lines(ours.data)[before_ours:]))


def bury(agent, pid):
    """Waits until the killed process is gone. Where nobody reaps it, the reference takes its remains for a daemon that
    runs, as long as the file with its number is there."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    (agent.data / "toq.pid").unlink(missing_ok=True)


def call_until_death(sender, receiver, sent, caller):
    number = 0
    while sent.post(sender, receiver.address, {"caller": caller, "number": number}, wait=True):
        number += 1
        time.sleep(0.02)


def kept(lines):
    """(id, body) of the stored lines; one that a kill tore in two is no message."""
    found = []
    for line in lines:
        try:
            found += [(message.id, message.body) for message in inbox.messages([line])]
        except ValueError:
            found.append(("torn", line[:60].decode(errors="replace")))
    return found


def finished(ours, wanted):
    """(state, transmissions) of each message, once none is under way any more."""
    deadline = time.monotonic() + OUTBOX_SECONDS
    while True:
        _, text = ours.request("GET", "/v1/outbox?limit=10000")
        states = {entry["id"]: (entry["state"], entry["transmissions"]) for entry in json.loads(text)["messages"]
                  if entry["id"] in wanted}
        under_way = [state for state, _ in states.values() if state in ("accepted", "sent")]
        if not under_way or time.monotonic() > deadline:
            return states
        time.sleep(0.2)


def judge(accepted, states, stored):
    """(what is wrong, what the reference did itself), each as sentences."""
    wrong, lost, doubled = [], 0, 0
    times, bodies_of = collections.Counter(id for id, _ in stored), dict(stored)
    for id, body in accepted.items():
        state, transmissions = states.get(id, ("not in the outbox", 0))
        if state != "acked":
            wrong.append(f"killed: {id} was accepted, and is {state} after {transmissions} transmissions")
        elif times[id] == 0:
            lost += 1
        elif bodies_of[id] != body:
            wrong.append(f"killed: {id} is stored changed: {bodies_of[id]}")
        if times[id] > max(transmissions, 1):
            wrong.append(f"killed: {id} is stored {times[id]} times, and was sent {transmissions} times")
        doubled += times[id] > 1
    strangers = [id for id in times if id not in accepted and id != "torn"]
    wrong += [f"killed: {id} is stored and was not accepted" for id in strangers]
    notes = [f"{count} {what}" for count, what in (
        (lost, "acknowledged by the reference and not in its file"),
        (doubled, "stored twice by it, because it died between storing and acknowledging"),
        (times["torn"], "lines torn in its file")) if count]
    if lost > len(accepted) // 10:
        wrong.append(f"killed: {lost} acknowledged messages are not stored; a kill explains a few at most")
    return wrong, notes


def judge_notices(accepted, states, stored):
    """Tries the judgement where it has to be red: a message that did not arrive, one too many, one changed."""
    once = [(id, body) for id, body in stored if states.get(id) == ("acked", 1)]
    if not once:
        return ["killed: no message arrived with one transmission, so the check could not be tried"]
    id, body = once[0]
    waiting = states | {id: ("sent", 1)}
    tries = {"one not acknowledged": judge(accepted, waiting, stored)[0],
             "one doubled": judge(accepted, states, [*stored, (id, body)])[0],
             "one changed": judge(accepted, states, [(id, "{}") if one == (id, body) else one for one in stored])[0],
             "all removed": judge(accepted, states, [])[0]}
    print("   the check: " + ", ".join(f"{'red' if wrong else 'green'} with {what}" for what, wrong in tries.items()),
          flush=True)
    return [f"killed: the check does not notice {what}" for what, wrong in tries.items() if not wrong]


def told_by_theirs(sent, stored):
    """What the reference called delivered has to be in our file, once; it may have died before it could say so."""
    times = collections.Counter(id for id, _ in stored)
    wrong = [f"killed: {id} was delivered to ours, and is stored {times[id]} times"
             for id, body in sent.accepted.items() if times[id] != 1 or (id, body) not in stored]
    untold = [id for id in times if id not in sent.accepted]
    if len(untold) > CALLERS:
        wrong.append(f"killed: {len(untold)} messages of {CALLERS} callers arrived that nobody was told of")
    print(f"   meanwhile it told its callers {len(sent.accepted)} times that ours has a message; {len(untold)} more "
          f"arrived as it died", flush=True)
    return wrong
