package io.ebmspark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void whatWouldBreakALineOrMoveTheCursorIsEscaped() {
    assertThat(Printable.of("a\nb\r\tc\u001b[31m\u202e\u2028"))
        .isEqualTo("a\\nb\\r\\tc\\u001b[31m\\u202e\\u2028");
    String words = "Größe \\ 中文 \ud83d\ude00 אב";
    assertThat(Printable.of(words)).isEqualTo(words);
  }

  /** The printer of all commands' lines and tables. */
  @Test
  void aTableStaysATableWhateverItsColumnsAreCalled() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (RunPrinter printer =
        new RunPrinter(new PrintStream(bytes, true, StandardCharsets.UTF_8))) {
      printer.format("%-6s %d", "ab\nc", 1);
      printer.format("%-6s %d", "abcd", 2);
      printer.onNotice("features: a\nb");
      printer.line("c\u001b[2J");
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
        .containsExactly("ab\\nc  1", "abcd   2", "features: a\\nb", "c\\u001b[2J");
  }
}
