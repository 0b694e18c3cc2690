package io.ebmspark.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.TryCatchBlock;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.stream.Collectors;

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

  /**
   * Spark's SparkException and AnalysisException are checked, and Scala, which declares nothing,
   * throws them all the same.
   */
  @ArchTest
  static final ArchRule whoCatchesWhatSparkThrowsCatchesAll =
      classes()
          .should(
              new ArchCondition<>("catch Exception where they call Spark") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  type.getCodeUnits().stream()
                      .flatMap(unit -> unit.getTryCatchBlocks().stream())
                      .filter(ArchitectureTest::missesWhatIsChecked)
                      .forEach(
                          block ->
                              events.add(
                                  SimpleConditionEvent.violated(
                                      type, String.valueOf(block.getSourceCodeLocation()))));
                }
              });

  private static boolean missesWhatIsChecked(TryCatchBlock block) {
    boolean callsSpark =
        block.getAccessesContainedInTryBlock().stream()
            .anyMatch(
                call -> call.getTargetOwner().getPackageName().startsWith("org.apache.spark"));
    Set<String> caught =
        block.getCaughtThrowables().stream().map(JavaClass::getName).collect(Collectors.toSet());
    return callsSpark
        && caught.contains(RuntimeException.class.getName())
        && !caught.contains(Exception.class.getName())
        && !caught.contains(Throwable.class.getName());
  }
}
