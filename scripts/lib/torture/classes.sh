# Sourced with $top set: finds Java, builds all classes with those of the tests where they are missing or old, and sets
# $java and $classpath, the file that holds what app and its tests need.
. "$top/scripts/find-java.sh"
find_java || { printf 'toq: error: no Java 25 was found\ntoq: hint: install a JDK 25\n' >&2; exit 3; }
classpath=$top/app/target/bench.classpath
cd "$top"
if [ ! -f "$classpath" ] || [ -n "$(find pom.xml ./*/pom.xml ./*/src -newer "$classpath" -print -quit)" ]; then
  mvn -q -B -DskipTests package dependency:build-classpath -Dmdep.outputFile=target/bench.classpath \
    -Dmdep.includeScope=test >&2
  touch "$classpath"
fi
