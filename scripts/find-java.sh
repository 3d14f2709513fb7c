# Sourced by the scripts that need Java 25.

# Sets java to a runtime of at least 25, in the order of the launcher's JdkFinder: the one named by TOQ_JAVA_HOME,
# JAVA_HOME's, the lowest in the usual places.
find_java() {
  local home major best=999 line
  java=
  for home in "${TOQ_JAVA_HOME:-}" "${JAVA_HOME:-}" "" "${!JAVA_HOME_@}" /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* \
      /opt/* /opt/java/* /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
      /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /Library/Java/JavaVirtualMachines/*/Contents/Home \
      "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.local/share/mise/installs/java/* \
      "${HOME:-}"/.asdf/installs/java/*; do
    if [ -z "$home" ]; then
      [ -z "$java" ] || return 0 # one of the two named
      continue
    fi
    case $home in JAVA_HOME_*) home=${!home} ;; esac
    [ -f "$home/release" ] && [ -x "$home/bin/java" ] || continue
    major=0
    while IFS= read -r line; do
      case $line in
        JAVA_VERSION=*)
          line=${line#JAVA_VERSION=}
          line=${line#\"}
          major=${line%%[!0-9]*}
          ;;
      esac
    done < "$home/release"
    if [ "${major:-0}" -ge 25 ] && [ "$major" -lt "$best" ]; then
      java=$home/bin/java
      best=$major
      [ "$home" != "${TOQ_JAVA_HOME:-}" ] || return 0
    fi
  done
  [ -z "${TOQ_JAVA_HOME:-}" ] || java=
  [ -n "$java" ]
}
