package dev.toq.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationProof;
import dev.toq.protocol.session.ChannelBinding;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What this module promises about itself: bytes in, bytes out. */
class ArchitectureTest {
  private static final JavaClasses CLASSES = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages("dev.toq.protocol");

  @DisplayName("The protocol opens no socket and touches no file")
  @Test
  void noInputOutput() {
    noClasses().should().dependOnClassesThat().resideInAnyPackage(
            "java.net..", "javax.net..", "java.nio.file..", "java.nio.channels..", "java.net.http..")
        .orShould().dependOnClassesThat().haveFullyQualifiedName("java.io.File")
        .orShould().dependOnClassesThat().haveNameMatching("java\\.io\\.(File|RandomAccess).*")
        .check(CLASSES);
  }

  @DisplayName("The protocol reads no clock and makes no randomness: both are handed in")
  @Test
  void noClock() {
    noClasses().should().callMethod(System.class, "currentTimeMillis")
        .orShould().callMethod(System.class, "nanoTime")
        .orShould().callMethod(java.time.Instant.class, "now")
        .orShould().callMethod(java.time.Clock.class, "systemUTC")
        .orShould().callMethod(java.time.Clock.class, "systemDefaultZone")
        .orShould().callMethod(java.util.UUID.class, "randomUUID")
        .orShould().callMethod(Math.class, "random")
        .orShould().callConstructor(java.security.SecureRandom.class)
        .orShould().callConstructor(java.util.Random.class)
        .orShould().callMethod(java.util.concurrent.ThreadLocalRandom.class, "current")
        .check(CLASSES);
  }

  @DisplayName("The protocol starts no thread and waits for none")
  @Test
  void noThreads() {
    noClasses().should().callMethod(Thread.class, "start")
        .orShould().callMethod(Thread.class, "sleep", long.class)
        .orShould().callMethod(Thread.class, "ofVirtual")
        .orShould().dependOnClassesThat().haveFullyQualifiedName("java.util.concurrent.Executors")
        .check(CLASSES);
  }

  @DisplayName("Packages of the protocol depend on each other in one direction only")
  @Test
  void noCycles() {
    slices().matching("dev.toq.protocol.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @DisplayName("Each package of the protocol knows only those below it")
  @Test
  void layers() {
    noClasses().that().resideInAPackage("..protocol.wire..")
        .should().dependOnClassesThat().resideInAnyPackage(
            "..protocol.crypto..", "..protocol.identity..", "..protocol.envelope..", "..protocol.session..",
            "..protocol.body..")
        .check(CLASSES);
    noClasses().that().resideInAPackage("..protocol.crypto..")
        .should().dependOnClassesThat().resideInAnyPackage(
            "..protocol.identity..", "..protocol.envelope..", "..protocol.session..", "..protocol.body..")
        .check(CLASSES);
    noClasses().that().resideInAPackage("..protocol.identity..")
        .should().dependOnClassesThat().resideInAnyPackage(
            "..protocol.envelope..", "..protocol.session..", "..protocol.body..")
        .check(CLASSES);
    noClasses().that().resideInAPackage("..protocol.envelope..")
        .should().dependOnClassesThat().resideInAnyPackage("..protocol.session..", "..protocol.body..")
        .check(CLASSES);
    noClasses().that().resideInAPackage("..protocol.body..")
        .should().dependOnClassesThat().resideInAPackage("..protocol.session..")
        .check(CLASSES);
  }

  @DisplayName("The protocol logs nothing and knows no framework")
  @Test
  void fewLibraries() {
    noClasses().should().dependOnClassesThat().resideOutsideOfPackages(
            "dev.toq.protocol..", "java..", "javax.crypto..", "org.bouncycastle..", "com.google.gson..",
            "org.jspecify..", "io.airlift.compress..")
        .check(CLASSES);
    noClasses().that().resideOutsideOfPackage("..protocol.body..")
        .should().dependOnClassesThat().resideInAPackage("io.airlift..")
        .check(CLASSES);
  }

  @DisplayName("R-13.6-01: keys, proofs and what an attacker could guess byte by byte are compared in constant time")
  @Test
  void constantTime() {
    noClasses().that().resideInAnyPackage("..protocol.identity..", "..protocol.body..")
        .or().haveSimpleName("ChannelBinding")
        .should().callMethod(Arrays.class, "equals", byte[].class, byte[].class)
        .check(CLASSES);
    for (Class<?> compared : List.of(PublicKey.class, RotationProof.class, ChannelBinding.class)) {
      classes().that().belongToAnyOf(compared)
          .should().callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
          .check(CLASSES);
    }
  }

  @DisplayName("Envelopes are never verified by the platform's own Ed25519")
  @Test
  void noSunEc() {
    // A signature from a named provider is the only one that is asked for.
    noClasses().should().callMethod(java.security.Signature.class, "getInstance", String.class)
        .orShould().callMethod(java.security.KeyFactory.class, "getInstance", String.class)
        .check(CLASSES);
  }
}
