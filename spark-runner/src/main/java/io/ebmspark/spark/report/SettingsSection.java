package io.ebmspark.spark.report;

import static j2html.TagCreator.code;
import static j2html.TagCreator.details;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.text;

import io.ebmspark.spark.record.Lineage;
import io.ebmspark.spark.record.Phase;
import io.ebmspark.spark.record.RunRecord;
import j2html.tags.DomContent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the run was made from: enough to repeat it. */
final class SettingsSection {
  private SettingsSection() {}

  static Section of(RunRecord run, PageLimits limits) {
    List<DomContent> content = new ArrayList<>();
    content.add(Marks.facts(facts(run, limits)));
    if (!run.phases().isEmpty()) {
      List<Phase> shown = run.phases().stream().limit(limits.few()).toList();
      content.add(h3("Time"));
      content.add(phases(shown));
      content.add(Table.leftOut(shown.size(), run.phases().size(), "phases"));
    }
    if (!run.settings().isBlank()) {
      content.add(h3("Job"));
      content.add(settings(run, limits));
    }
    return new Section("settings", "Made by", content);
  }

  private static Map<String, String> facts(RunRecord run, PageLimits limits) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Run", Words.name(run.id()));
    facts.put("Started", Verdict.time(run.started()));
    facts.put("Ended", Verdict.time(run.ended()));
    run.lineage().ifPresent(lineage -> put(facts, lineage));
    new TreeMap<>(run.versions())
        .entrySet().stream()
            .limit(limits.few())
            .forEach(one -> facts.put(Words.name(one.getKey()), Words.name(one.getValue())));
    return facts;
  }

  private static void put(Map<String, String> facts, Lineage lineage) {
    facts.put("Seed", Long.toString(lineage.seed()));
    facts.put("Parent", lineage.parent().map(version -> "version " + version).orElse("none"));
    facts.put("Made by run", Words.name(lineage.run()));
    facts.put("Digest of rows", Words.name(lineage.fingerprint()));
    facts.put("Digest of settings", Words.name(lineage.settings()));
  }

  private static DomContent phases(List<Phase> phases) {
    double longest = phases.stream().mapToDouble(Phase::seconds).max().orElse(0);
    return Table.of(
        "Time by phase",
        List.of(
            Table.Column.words("Phase"),
            Table.Column.number("Took"),
            Table.Column.words("Relative to the longest")),
        phases.stream()
            .map(
                phase ->
                    List.<DomContent>of(
                        text(Words.name(phase.name())),
                        text(Numbers.duration(phase.seconds())),
                        SmallCharts.length(
                            phase.seconds(), longest, Numbers.duration(phase.seconds()))))
            .toList());
  }

  private static DomContent settings(RunRecord run, PageLimits limits) {
    boolean clipped = run.settings().length() > limits.settings();
    return details(
        summary("The job with every default filled in"),
        pre(code(Words.clip(run.settings(), limits.settings()))),
        clipped ? p("The rest is in run.json.").withClass("note") : text(""));
  }
}
