package io.ebmspark.spark.report;

import static j2html.TagCreator.caption;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.p;
import static j2html.TagCreator.span;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.table;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.text;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.tr;

import j2html.tags.DomContent;
import j2html.tags.specialized.TableTag;
import j2html.tags.specialized.TdTag;
import j2html.tags.specialized.TrTag;
import java.util.List;

/** Tables, whose rows are named by their first cell. */
final class Table {
  private Table() {}

  /**
   * A column's title; CSS class {@code n} aligns numbers to the right, {@code wide} hides the
   * column on a phone.
   */
  record Column(String title, String css) {
    static Column words(String title) {
      return new Column(title, "");
    }

    static Column number(String title) {
      return new Column(title, "n");
    }
  }

  /** A table that scrolls by itself if the page is too narrow for it. */
  static DomContent of(String label, List<Column> columns, List<List<DomContent>> rows) {
    return of("scrolls", label, columns, rows);
  }

  /** A table whose rows become blocks if the page is narrow, each cell with its title. */
  static DomContent stacking(String label, List<Column> columns, List<List<DomContent>> rows) {
    return of("stacks", label, columns, rows);
  }

  private static DomContent of(
      String css, String label, List<Column> columns, List<List<DomContent>> rows) {
    TrTag head = tr();
    for (Column column : columns) {
      head.with(th(column.title()).withClasses(css(column)).attr("scope", "col"));
    }
    TableTag table = table(caption(label), thead(head)).withClass(css);
    return scrolling(
        label,
        table.with(tbody().with(rows.stream().map(cells -> (DomContent) row(columns, cells)))));
  }

  private static TrTag row(List<Column> columns, List<DomContent> cells) {
    TrTag row = tr();
    for (int i = 0; i < cells.size(); i++) {
      String[] css = css(columns.get(i));
      if (i == 0) {
        row.with(th(cells.get(0)).withClasses(css).attr("scope", "row"));
      } else {
        TdTag cell = td(cells.get(i)).attr("data-title", columns.get(i).title());
        row.with(css.length == 0 ? cell : cell.withClasses(css));
      }
    }
    return row;
  }

  private static String[] css(Column column) {
    return column.css().isEmpty() ? new String[0] : column.css().split(" ");
  }

  private static DomContent scrolling(String label, TableTag table) {
    return div(table)
        .withClass("scroll")
        .attr("role", "region")
        .attr("aria-label", label)
        .attr("tabindex", "0");
  }

  /** The numbers behind a picture, collapsed. */
  static DomContent behind(String label, List<String> titles, List<List<String>> rows) {
    TrTag head = tr();
    titles.forEach(title -> head.with(th(title).attr("scope", "col")));
    TableTag table = table(caption(label), thead(head)).withClass("data");
    table.with(tbody().with(rows.stream().map(Table::numbers)));
    return details(summary("Data: " + label), scrolling(label, table)).withClass("behind");
  }

  private static TrTag numbers(List<String> cells) {
    TrTag row = tr(th(cells.get(0)).attr("scope", "row"));
    cells.stream().skip(1).forEach(cell -> row.with(td(cell)));
    return row;
  }

  /** How much was left out; nothing if all is shown. */
  static DomContent leftOut(long shown, long all, String what) {
    return all <= shown
        ? text("")
        : p(Numbers.whole(all - shown)
                + " more "
                + what
                + " left out here; run.json has all of them.")
            .withClass("note");
  }

  static DomContent muted(String words) {
    return span(words).withClass("muted");
  }
}
