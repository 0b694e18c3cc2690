package io.ebmspark.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebmspark.core.settings.BadSettingException;
import io.ebmspark.core.settings.Setting;
import io.ebmspark.core.settings.SettingsBinder;
import io.ebmspark.core.settings.SettingsTree;
import io.ebmspark.core.settings.SettingsWriter;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DataSettingsTest {
  @Test
  void everyComponentIsDocumented() {
    for (Class<?> settings : List.of(DataSettings.class, SourceSettings.class)) {
      for (RecordComponent component : settings.getRecordComponents()) {
        Setting setting = component.getAnnotation(Setting.class);
        assertThat(setting).as(component.getName()).isNotNull();
        boolean needed = component.getType() == SourceSettings.class;
        assertThat(setting.defaultsTo().isEmpty())
            .as(component.getName())
            .isEqualTo(needed || component.getType() == Optional.class);
      }
    }
  }

  @Test
  void pathAndTableExcludeEachOther() {
    Sample both = Sample.path("a");
    both.table = Optional.of("b");
    refused(both, "both given");
    refused(new Sample(), "both absent");
  }

  @Test
  void badValuesAreRefused() {
    refused(Sample.path(" "), "path");
    refused(Sample.table(" "), "table");
    refused(Sample.path("a").format(""), "format");
    refused(Sample.table("a").options(Map.of("header", "true")), "options");
    refused(Sample.path("a").where(" "), "where");
    refused(Sample.path("a").features(), "features");
    refused(Sample.path("a").features("x", ""), "features");
    refused(Sample.path("a").exclude(""), "exclude");
    refused(Sample.path("a").shape(1, 0), "shape");
    refused(Sample.path("a").shape(65536, 65536), "shape");
    refused(Sample.path("a").range(1, 1), "range");
    refused(Sample.path("a").range(0, Double.POSITIVE_INFINITY), "range");
    Sample three = Sample.path("a");
    three.range = List.of(0.0, 1.0, 2.0);
    refused(three, "range");
  }

  private static HoldOutSettings from(String value) {
    return new HoldOutSettings(0.1, 100, Optional.of("day"), Optional.of(value));
  }

  /** However a date or a time is written that Spark reads. */
  @Test
  void whatIsHeldOutFromALaterTimeOnIsCoveredByAnEarlierOne() {
    String[] ascending = {
      "1850-01-01", "2024-2-1", "2024-02-01 06:00:00", "2024-02-01T07:00", "2024-10-1", "2024-11"
    };
    for (int i = 0; i < ascending.length; i++) {
      for (int j = 0; j < ascending.length; j++) {
        assertThat(from(ascending[i]).coveredBy(from(ascending[j])))
            .as(ascending[i] + " by " + ascending[j])
            .isEqualTo(j <= i);
      }
    }
    assertThat(from("10").coveredBy(from("9"))).isTrue();
    assertThat(from("9").coveredBy(from("10"))).isFalse();
  }

  private static void refused(Sample sample, String words) {
    assertThatThrownBy(sample::settings)
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining(words);
  }

  @Test
  void secretsAreNotKept() {
    String yaml =
        "{source: {path: 'jdbc://me:hunter2@host/db', format: jdbc, options: {password: hunter2,"
            + " fs.s3a.secret.key: hunter2, dbtable: rows}}}";
    DataSettings kept =
        SettingsBinder.bind(SettingsTree.parse("data", yaml), DataSettings.class).withoutSecrets();
    assertThat(kept.toString()).doesNotContain("hunter2").contains("dbtable=rows", "@host/db");
    assertThat(SettingsWriter.toJson(kept)).doesNotContain("hunter2");
  }
}
