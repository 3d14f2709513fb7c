package dev.toq.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The arrows between the rooms")
final class ArchitectureTest {
  private static final JavaClasses ALL =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.toq");

  @Test
  @DisplayName("protocol uses neither store nor app, and no sockets, files or clocks")
  void protocolStandsAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.toq.protocol..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.toq.store..", "dev.toq.app..", "dev.toq.launcher..", "java.net..", "java.nio.file..")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(java.time.Clock.class, "systemUTC")
        .check(ALL);
  }

  @Test
  @DisplayName("store uses neither app nor the network")
  void storeSeesProtocolOnly() {
    noClasses()
        .that()
        .resideInAPackage("dev.toq.store..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.toq.app..", "dev.toq.launcher..", "java.net..", "javax.net..")
        .check(ALL);
  }

  @Test
  @DisplayName("the raw peer shares no class with what it tests")
  void rawPeerIsAStranger() {
    noClasses()
        .that()
        .resideInAPackage("dev.toq.spectests..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.toq.protocol..", "dev.toq.store..", "dev.toq.app..", "dev.toq.launcher..")
        .check(ALL);
    noClasses()
        .that(not(resideInAPackage("dev.toq.spectests..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.toq.spectests..")
        .check(ALL);
  }

  @Test
  @DisplayName("the daemon knows nothing of its faces")
  void daemonKnowsNoFaces() {
    noClasses()
        .that()
        .resideInAPackage("dev.toq.app.daemon..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.toq.app.api..", "dev.toq.app.cli..", "io.javalin..", "org.eclipse.jetty..")
        .check(ALL);
  }

  @Test
  @DisplayName("no two packages need each other")
  void noCycles() {
    slices().matching("dev.toq.(**)").should().beFreeOfCycles().check(ALL);
  }

  @Test
  @DisplayName("no class is named for being a bag of things")
  void noBags() {
    noClasses()
        .should()
        .haveSimpleNameContaining("Util")
        .orShould()
        .haveSimpleNameContaining("Manager")
        .orShould()
        .resideInAPackage("..util..")
        .check(ALL);
  }

  @Test
  @DisplayName("only the command line and the launcher end the process")
  void onlyTheEdgesExit() {
    noClasses()
        .that(not(resideInAPackage("dev.toq.app.cli..")).and(not(resideInAPackage("dev.toq.launcher.."))))
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(ALL);
  }
}
