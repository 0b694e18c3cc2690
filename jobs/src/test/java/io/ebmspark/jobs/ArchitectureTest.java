package io.ebmspark.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The structure of docs/design.md: which package may use which. */
@AnalyzeClasses(packages = "io.ebmspark", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule coreKnowsNoSpark =
      noClasses()
          .that()
          .resideInAPackage("io.ebmspark.core..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "org.apache.hadoop..", "io.ebmspark.spark..");

  @ArchTest
  static final ArchRule runsKnowNoneOfTheirUsers =
      noClasses()
          .that()
          .resideInAPackage("io.ebmspark.spark..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.ebmspark.jobs..", "io.ebmspark.ml..", "picocli..");

  /**
   * Devices and element types are only names, and so is a block that is handed to the engine;
   * arrays are what give silently wrong gradients.
   */
  @ArchTest
  static final ArchRule onlyTheEngineTouchesArrays =
      noClasses()
          .that()
          .resideInAPackage("io.ebmspark..")
          .and()
          .resideOutsideOfPackages("io.ebmspark.core.engine..", "io.ebmspark.core.program..")
          .and()
          .doNotHaveSimpleName("BlockEnergy")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "ai.djl.ndarray", "ai.djl.nn..", "ai.djl.training..", "ai.djl.pytorch..");

  @ArchTest
  static final ArchRule noPackageKnowsItsWayBackToItself =
      slices().matching("io.ebmspark.(*).(**)").should().beFreeOfCycles();
}
