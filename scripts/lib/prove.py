"""Disables the checks of requirements one at a time, in a copy, and runs the tests that name them: `requirements --prove`.

Nothing of the tree is changed: the source with the disabled check exists in memory only (Disable.java), its classes stand in
a temporary copy of the module's built ones.
"""
import os
import pathlib
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile

LIMIT_S = 120


def fresh_seed():
    return secrets.randbelow(1_000_000)


class Build:
    """The last build, and a folder beside it for what is tried."""

    def __init__(self, top, scratch):
        self.top, self.scratch = top, scratch
        found = subprocess.run(["bash", "-c", f". '{top}/scripts/find-java.sh'; find_java && echo \"$java\""],
                               capture_output=True, text=True, check=False)
        if found.returncode != 0:
            sys.exit("requirements: no JDK 25 was found")
        self.java = found.stdout.strip()
        libraries = top / "app/target/prove.classpath"
        newest = max((top / pom).stat().st_mtime for pom in ("pom.xml", "app/pom.xml", "store/pom.xml", "protocol/pom.xml"))
        if not libraries.exists() or libraries.stat().st_mtime < newest:
            subprocess.run(["mvn", "-q", "-B", "-pl", "app", "-am", "test-compile", "dependency:build-classpath",
                            "-Dmdep.outputFile=target/prove.classpath", "-Dmdep.includeScope=test"], cwd=top, check=True)
        jars = [jar for jar in libraries.read_text().strip().split(":")
                if not pathlib.Path(jar).name.startswith("toq-") and jar.endswith(".jar")]
        self.main = [str(top / module / "target/classes") for module in ("app", "store", "protocol", "spec-tests")]
        self.jars = jars
        self.tools = scratch / "tools"
        subprocess.run([self.java + "c", "-proc:none", "-cp", ":".join(jars), "-d", self.tools,
                        *sorted((top / "scripts/lib").glob("*.java"))], check=True)

    def disable(self, place, out):
        """The variants of the check at this place, disabled: folder, rule, text before and after. None: no rule fits."""
        _, file, line = place
        done = subprocess.run([self.java, "-XX:TieredStopAtLevel=1", "-cp", self.tools, "Disable",
                               ":".join(self.main + self.jars), file, str(line), out],
                              capture_output=True, text=True, check=False)
        if done.returncode == 3:
            return []
        done.check_returncode()
        return [line.split("\t") for line in done.stdout.splitlines()]

    def altered(self, module, folder):
        """The class path of the built classes, those of the folder in the place of the module's own: none stands there twice."""
        built, copy = self.top / module / "target/classes", f"{folder}-{module}"
        shutil.copytree(built, copy)
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        return [copy if classes == str(built) else classes for classes in self.main]

    def run(self, module, wanted, main):
        """Runs the tests of a module that name these ids: {id: (green, red)}; an id whose tests hang is missing."""
        own = [self.top / module / "target/test-classes"]
        others = [self.top / other / "target/test-classes" for other in ("store", "protocol", "app") if other != module]
        path = ":".join(map(str, [*own, *main, *others, self.tools, *self.jars]))
        args = []
        for one, classes in wanted.items():
            args += (["--"] if args else []) + [one, *sorted(classes)]
        command = [self.java, "-Xmx768m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
                   "--sun-misc-unsafe-memory-access=allow", f"-Djava.io.tmpdir={self.scratch}", "-cp", path, "RunNamed", *args]
        child = subprocess.Popen(command, cwd=self.top / module, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                 start_new_session=True)
        try:
            out, _ = child.communicate(timeout=LIMIT_S * len(wanted))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            out, _ = child.communicate()
        self.end_left_behind()
        results = {}
        for line in out.splitlines():
            cells = line.split("\t")
            if len(cells) == 3 and cells[0] in wanted:
                results[cells[0]] = (int(cells[1]), int(cells[2]))
        return results

    def end_left_behind(self):
        """Kills the daemons that a test started in a home of its own and, red as it was meant to be, did not stop."""
        for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if str(self.scratch).encode() in environment.read_bytes():
                    os.kill(int(environment.parent.name), signal.SIGKILL)
            except OSError:
                continue  # ended meanwhile, or not ours


def run(top, covered, code, tests, options):
    ids = list(covered)
    if not options.all and not options.id:
        random.Random(options.seed).shuffle(ids)
        ids = ids[:options.count]
        print(f"seed {options.seed}: {len(ids)} of {len(covered)} covered requirements")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="toq-prove-"))
    try:
        build = Build(top, scratch)
        for one in not_green(build, ids, tests):
            print(f"{one:10} its tests are not green before anything is disabled")
            ids.remove(one)
        good = sum([prove_one(build, one, code[one], tests[one]) for one in ids])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    wanted = len(covered) if options.all or options.id else min(options.count, len(covered))
    print(f"{good} of {wanted} proven: check disabled, named test red")
    return 0 if good == wanted else 1


def by_module(tests):
    modules = {}
    for module, name in tests:
        modules.setdefault(module, []).append(name)
    return modules


def not_green(build, ids, tests):
    """Without a change all have to be green here too, or red would say nothing."""
    bad = set()
    for module in ("protocol", "store", "app"):
        wanted = {one: by_module(tests[one])[module] for one in ids if module in by_module(tests[one])}
        results = build.run(module, wanted, build.main) if wanted else {}
        bad.update(one for one in wanted if one not in results or results[one][0] == 0 or results[one][1] > 0)
    return sorted(bad)


def prove_one(build, one, places, tests):
    """Whether a check of this id, disabled, turns a test red that names the id. What stands behind a line comes first."""
    for number, place in enumerate(sorted(places, key=lambda place: not is_beside(one, place))):
        module, file, line = place
        where = f"{module} {file.name}:{line}"
        variants = build.disable(place, build.scratch / f"{one}-{number}")
        if not variants:
            print(f"{one:10} no rule fits {where}", flush=True)
        outcomes = []
        for folder, rule, before, after in variants:
            outcomes.append(is_red(build, one, tests, build.altered(module, folder)))
            print(f"{one:10} {outcomes[-1] or 'GREEN'} {where}: {rule}: {before[:60]!r} -> {after[:60]!r}", flush=True)
            if not outcomes[-1]:
                break
        if outcomes and all(outcomes):
            return True
    print(f"{one:10} NOT PROVEN", flush=True)
    return False


def is_beside(one, place):
    _, file, line = place
    return one in file.read_text(encoding="utf-8").splitlines()[line - 1]


def is_red(build, one, tests, main):
    for module, names in sorted(by_module(tests).items(), reverse=True):
        results = build.run(module, {one: names}, main)
        if one not in results:
            return f"red (no end in {LIMIT_S} s, or the tests could not be run)"
        if results[one][1] > 0:
            return "red"
    return ""
