package io.ebmspark.spark.report;

import static j2html.TagCreator.text;

import j2html.tags.ContainerTag;
import j2html.tags.DomContent;
import java.util.List;

/** An SVG element; coordinates are rounded to a tenth, which is as fine as a screen shows. */
final class Shape extends ContainerTag<Shape> {
  private Shape(String name) {
    super(name);
  }

  /**
   * A picture that scales with the page.
   *
   * @param title what it shows
   * @param description what can be seen in it, for readers who cannot see it
   */
  static Shape picture(
      String css,
      double width,
      double height,
      String title,
      String description,
      List<? extends DomContent> shapes) {
    Shape picture =
        new Shape("svg")
            .withClass(css)
            .attr("viewBox", "0 0 " + number(width) + " " + number(height))
            .attr("role", "img")
            .with(new Shape("title").withText(title));
    if (!description.isEmpty()) {
      picture.with(new Shape("desc").withText(description));
    }
    return picture.with(shapes);
  }

  /** A picture in a line of text or a cell, of fixed size. */
  static Shape small(int width, int height, String title, List<? extends DomContent> shapes) {
    return picture("small", width, height, title, "", shapes)
        .attr("width", width)
        .attr("height", height);
  }

  /** One of the page's symbols; the text next to it says the same. */
  static Shape symbol(String id) {
    return new Shape("svg")
        .withClass("symbol")
        .attr("viewBox", "0 0 16 16")
        .attr("aria-hidden", "true")
        .with(new Shape("use").attr("href", "#" + id));
  }

  /** A sample of a line, for a legend. */
  static Shape swatch(String css) {
    return new Shape("svg")
        .withClass("swatch")
        .attr("viewBox", "0 0 30 8")
        .attr("aria-hidden", "true")
        .with(path("line " + css, "M0 4h30"));
  }

  /** A sample of a mark, for a legend. */
  static Shape sample(DomContent mark) {
    return new Shape("svg")
        .withClass("swatch mark")
        .attr("viewBox", "0 0 12 12")
        .attr("aria-hidden", "true")
        .with(mark);
  }

  static Shape path(String css, String commands) {
    return new Shape("path").withClass(css).attr("d", commands);
  }

  static Shape circle(String css, double x, double y, double radius) {
    return new Shape("circle").withClass(css).at("cx", x).at("cy", y).at("r", radius);
  }

  static Shape rectangle(String css, double x, double y, double width, double height) {
    return new Shape("rect")
        .withClass(css)
        .at("x", x)
        .at("y", y)
        .at("width", width)
        .at("height", height);
  }

  static Shape image(double x, double y, double width, double height, String data) {
    return new Shape("image")
        .at("x", x)
        .at("y", y)
        .at("width", width)
        .at("height", height)
        .attr("href", data);
  }

  static Shape words(String css, double x, double y, String words) {
    return new Shape("text").withClass(css).at("x", x).at("y", y).with(text(words));
  }

  private Shape at(String attribute, double value) {
    return attr(attribute, number(value));
  }

  /** A coordinate, without trailing zeros. */
  static String number(double value) {
    long tenths = Math.round(value * 10);
    return tenths % 10 == 0
        ? Long.toString(tenths / 10)
        : (tenths < 0 ? "-" : "") + Math.abs(tenths) / 10 + "." + Math.abs(tenths) % 10;
  }
}
