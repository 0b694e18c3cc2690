package io.ebmspark.core.failure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FirstLineTest {
  @Test
  void aCauseThatIsAnnouncedIsSaid() {
    assertThat(FirstLine.of("it failed:\n\n  the disc is full\n  more"))
        .isEqualTo("it failed: the disc is full");
    assertThat(FirstLine.of("a:\nb:\nc\nd")).isEqualTo("a: b: c");
    assertThat(FirstLine.of("one\ntwo")).isEqualTo("one");
    assertThat(FirstLine.of("one:")).isEqualTo("one:");
  }

  @Test
  void aFailureWithoutAMessageIsNamed() {
    assertThat(FirstLine.of(new IllegalStateException())).isEqualTo("IllegalStateException");
    assertThat(FirstLine.of(new IllegalStateException(" "))).isEqualTo("IllegalStateException");
    assertThat(FirstLine.of(new IllegalStateException("x"))).isEqualTo("x");
  }
}
