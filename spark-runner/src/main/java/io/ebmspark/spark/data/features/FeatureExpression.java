package io.ebmspark.spark.data.features;

import io.ebmspark.spark.data.Names;
import io.ebmspark.spark.data.SparkMessage;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.analysis.Star;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.functions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A feature given as SQL over a table's columns, of a single row.
 *
 * @param name its alias, a nested field's path, or else the text itself
 * @param inputs the columns it is computed from
 */
record FeatureExpression(String name, String sql, Set<String> inputs) {
  /** A text that is neither a column's name nor an expression. */
  static final class NotAnExpression extends Exception {
    private static final long serialVersionUID = 1;

    NotAnExpression(String reason) {
      super(reason, null, false, false);
    }
  }

  /**
   * Reads a text as an expression over a table.
   *
   * @return empty if it is merely a name
   * @throws NotAnExpression if it cannot be computed from a row
   */
  static Optional<FeatureExpression> of(String text, Dataset<Row> table) throws NotAnExpression {
    Expression parsed = parse(text);
    if (parsed instanceof Star
        || (parsed instanceof UnresolvedAttribute name && name.nameParts().size() == 1)) {
      return Optional.empty();
    }
    String name = name(parsed, text);
    LogicalPlan plan = analysed(text, name, table);
    boolean ofOneRow =
        plan instanceof Project project
            // Not the plan as a whole: the table itself may be drawn by chance.
            && CollectionConverters.asJava(project.projectList()).stream()
                .allMatch(expression -> ((Expression) expression).deterministic())
            && CollectionConverters.asJava(project.subqueries()).isEmpty();
    if (!ofOneRow) {
      throw new NotAnExpression("it must be a function of one row's columns, always the same");
    }
    List<String> known = List.of(table.columns());
    Set<String> inputs = new LinkedHashSet<>();
    for (Attribute attribute : CollectionConverters.asJava(plan.references().toSeq())) {
      // Spark calls it as the text does, whose case may be another than the column's.
      Names.columnOf(attribute.name(), known).ifPresent(inputs::add);
    }
    return Optional.of(new FeatureExpression(name, text, inputs));
  }

  /** A nested field is called as it is, without the backticks that SQL needs. */
  private static String name(Expression parsed, String text) {
    if (parsed instanceof Alias alias) {
      return alias.name();
    }
    return parsed instanceof UnresolvedAttribute field
        ? String.join(".", CollectionConverters.asJava(field.nameParts()))
        : text.strip();
  }

  private static Expression parse(String text) throws NotAnExpression {
    try {
      return CatalystSqlParser$.MODULE$.parseExpression(text);
    } catch (Exception e) {
      throw new NotAnExpression(SparkMessage.of(e));
    }
  }

  private static LogicalPlan analysed(String text, String name, Dataset<Row> table)
      throws NotAnExpression {
    try {
      Dataset<Row> one = table.select(functions.expr(text).as(name));
      return ((org.apache.spark.sql.classic.Dataset<Row>) one).queryExecution().analyzed();
    } catch (Exception e) {
      throw new NotAnExpression(SparkMessage.of(e));
    }
  }
}
