package dev.toq.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the launcher as a process of its own; the Java that it is to find is a shell script that tells how it was
 * called.
 */
@DisplayName("The launcher")
@DisabledOnOs(OS.WINDOWS)
final class LauncherTest {
  private static final int RELEASE_8 = 52;
  private static final String TELLS = "#!/bin/sh\nfor word; do echo \"[$word]\"; done\nexit 7\n";

  @TempDir Path directory;

  @Test
  @DisplayName("hands the words over as they are, and ends with the status of its child")
  void handsOver() throws Exception {
    Path home = runtime("fake", "25.0.3", TELLS);
    Result result = launch(directory, home, "send", "toq://a/b", "two  words", "");
    assertEquals(7, result.status());
    List<String> words = result.lines();
    int main = words.indexOf("[dev.toq.app.cli.Toq]");
    assertEquals(
        List.of("[send]", "[toq://a/b]", "[two  words]", "[]"),
        words.subList(main + 1, words.size()),
        words.toString());
    assertTrue(words.contains("[-Xmx128m]"), words.toString());
  }

  @Test
  @DisplayName("gives a daemon in the foreground the daemon's memory, and a short command a short command's")
  void memory() throws Exception {
    Path home = runtime("fake", "26-ea", TELLS);
    assertTrue(launch(directory, home, "up", "--foreground").lines().contains("[-Xmx312m]"));
    assertTrue(launch(directory, home, "up").lines().contains("[-Xmx128m]"));
  }

  @Test
  @DisplayName("gives the flags that scripts/toq gives")
  void flagsOfTheScript() throws Exception {
    Path home = runtime("fake", "25", TELLS);
    Path tree = directory.resolve("tree");
    for (String sources : List.of("protocol/src/main", "store/src/main", "app/src/main", "app/src/launcher")) {
      Files.createDirectories(tree.resolve(sources));
    }
    Files.createFile(tree.resolve("pom.xml"));
    Files.createFile(tree.resolve("app/pom.xml"));
    for (String script : List.of("toq", "find-java.sh")) {
      Path copy = tree.resolve("scripts").resolve(script);
      Files.createDirectories(copy.getParent());
      Files.copy(Path.of("..", "scripts", script), copy);
    }
    Path built = Files.createDirectories(tree.resolve("app/target"));
    FileTime now = Files.getLastModifiedTime(Files.createFile(built.resolve("toq.jar")));
    Path noCacheToMake = Files.createFile(built.resolve("toq.aot.made"));
    Files.setLastModifiedTime(noCacheToMake, FileTime.from(now.toInstant().plusSeconds(1)));
    for (List<String> words : List.of(List.of("up", "--foreground"), List.of("up"), List.of("status"))) {
      List<String> command = new ArrayList<>(List.of("bash", tree.resolve("scripts/toq").toString()));
      command.addAll(words);
      List<String> ofScript = flags(finished(command, home));
      assertEquals(flags(launch(directory, home, words.toArray(String[]::new))), ofScript, words.toString());
      assertTrue(ofScript.contains("[-XX:+UseSerialGC]"), ofScript.toString());
    }
  }

  private static List<String> flags(Result result) {
    return result.lines().stream().takeWhile(line -> !line.equals("[-cp]")).toList();
  }

  @Test
  @DisplayName("adds the cache and the libraries that stand beside the jar, the jar first")
  void besideTheJar() throws Exception {
    Path home = runtime("fake", "25", TELLS);
    Path jar = directory.resolve("my toq.jar");
    pack(jar);
    Path library = Files.createDirectory(directory.resolve("lib")).resolve("fast.jar");
    Files.createFile(library);
    assertTrue(launch(jar, home, "status").lines().contains("[" + jar + ":" + library + "]"));
    assertFalse(launch(jar, home, "status").output().contains("AOTCache"));
    Path cache = Files.createFile(directory.resolve("my toq.aot"));
    assertTrue(launch(jar, home, "status").lines().contains("[-XX:AOTCache=" + cache + "]"));
  }

  @Test
  @DisplayName("says in two lines what to install where the named Java is too old or none, and ends with 3")
  void noJava() throws Exception {
    for (Path home : List.of(
        directory.resolve("nothing"), runtime("old", "17.0.15", TELLS), runtime("older", "1.8.0_412", TELLS))) {
      Result result = launch(directory, home, "status");
      assertEquals(3, result.status());
      assertEquals(2, result.lines().size(), result.output());
      assertEquals("toq: error: toq needs Java 25 or newer; TOQ_JAVA_HOME names none: " + home, result.lines().get(0));
      assertTrue(result.lines().get(1).startsWith("toq: hint: install a JDK 25"), result.output());
    }
  }

  @Test
  @DisplayName("asked to stop, asks its child to stop, waits for it and ends with its status")
  void stopsGently() throws Exception {
    Path home = runtime("slow", "25", """
        #!/bin/sh
        trap 'echo goodbye; exit 9' TERM
        echo ready
        for turn in $(seq 400); do sleep 0.05; done
        """);
    Process launcher = start(command(directory, "up", "--foreground"), home);
    try (InputStream in = launcher.getInputStream()) {
      assertEquals("ready\n", new String(in.readNBytes(6), UTF_8));
      launcher.toHandle().destroy();
      assertEquals("goodbye\n", new String(in.readAllBytes(), UTF_8));
    }
    assertTrue(launcher.waitFor(10, TimeUnit.SECONDS));
    assertEquals(9, launcher.exitValue());
  }

  @Test
  @DisplayName("loads on Java 8")
  void loadsOnOldRuntimes() throws Exception {
    for (Path file : launcherClasses()) {
      try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
        assertEquals(0xCAFEBABE, in.readInt());
        in.readUnsignedShort();
        assertEquals(RELEASE_8, in.readUnsignedShort(), file.toString());
      }
    }
  }

  private record Result(int status, String output) {
    List<String> lines() {
      return output.lines().toList();
    }
  }

  private Path runtime(String name, String version, String program) throws IOException {
    Path home = directory.resolve(name);
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(java, program);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
    return home;
  }

  private static Result launch(Path classPath, Path home, String... words) throws IOException, InterruptedException {
    return finished(command(classPath, words), home);
  }

  private static Result finished(List<String> command, Path home) throws IOException, InterruptedException {
    Process process = start(command, home);
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    return new Result(process.exitValue(), output);
  }

  /** {@code classPath}: a jar that holds the launcher; for any other path, the compiled classes. */
  private static List<String> command(Path classPath, String... words) {
    String path = classPath.toString().endsWith(".jar") ? classPath.toString() : classes().toString();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx32m", "-cp", path, "dev.toq.launcher.Main"));
    command.addAll(List.of(words));
    return command;
  }

  private static Process start(List<String> command, Path home) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.remove("JAVA_TOOL_OPTIONS");
    environment.remove("TOQ_JAVA_OPTS");
    environment.put("TOQ_JAVA_HOME", home.toString());
    return builder.start();
  }

  private static Path classes() {
    return Path.of(System.getProperty("basedir", "."), "target", "classes").toAbsolutePath().normalize();
  }

  private static List<Path> launcherClasses() throws IOException {
    try (var files = Files.list(classes().resolve("dev/toq/launcher"))) {
      return files.toList();
    }
  }

  private static void pack(Path jar) throws IOException {
    try (var out = new java.util.jar.JarOutputStream(Files.newOutputStream(jar))) {
      for (Path file : launcherClasses()) {
        out.putNextEntry(new java.util.zip.ZipEntry("dev/toq/launcher/" + file.getFileName()));
        Files.copy(file, out);
      }
    }
  }
}
