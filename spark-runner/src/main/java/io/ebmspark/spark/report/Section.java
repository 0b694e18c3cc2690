package io.ebmspark.spark.report;

import static j2html.TagCreator.div;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.section;

import j2html.tags.DomContent;
import java.util.List;

/**
 * A part of the page.
 *
 * @param id the target of links to it
 */
record Section(String id, String title, List<DomContent> content) {
  DomContent html() {
    return section(h2(title), div().withClass("body").with(content)).withId(id);
  }
}
