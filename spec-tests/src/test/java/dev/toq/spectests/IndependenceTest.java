package dev.toq.spectests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IndependenceTest {
  @Test
  @DisplayName("The raw peer knows Gson, the JDK and itself, and nothing of the implementation under test")
  void knowsOnlyItself() {
    JavaClasses classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
        .importPackages("dev.toq.spectests");
    ArchRuleDefinition.classes().that().resideInAPackage("dev.toq.spectests..").should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.toq.spectests..", "com.google.gson..", "java..", "javax.net.ssl..",
            "org.jspecify.annotations..")
        .check(classes);
  }

  @Test
  @DisplayName("No class of the implementation under test is on the raw peer's class path")
  void nothingElseInReach() throws IOException {
    for (URL root : Collections.list(IndependenceTest.class.getClassLoader().getResources("dev/toq"))) {
      String[] rooms = new File(root.getPath()).list();
      assertArrayEquals(new String[] {"spectests"}, rooms, root.toString());
    }
  }
}
