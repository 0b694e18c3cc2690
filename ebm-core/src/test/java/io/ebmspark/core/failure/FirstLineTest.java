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
  void ofLibtorchsInterpreterWhatWasRaisedIsSaid() {
    String trace =
        """
        The following operation failed in the TorchScript interpreter.
        Traceback of TorchScript (most recent call last):
          File "code/__torch__.py", line 10, in forward
            return torch.linear(x, self.weight)
                   ~~~~~~~~~~~~ <--- HERE
        %s
        and more
        """;
    assertThat(FirstLine.of(trace.formatted("RuntimeError: shapes differ")))
        .isEqualTo("shapes differ");
    assertThat(FirstLine.of(trace.formatted("RuntimeError: AssertionError: no image")))
        .isEqualTo("AssertionError: no image");
    assertThat(FirstLine.of(trace.formatted("builtins.ValueError: seven rows")))
        .isEqualTo("ValueError: seven rows");
  }

  @Test
  void aFailureWithoutAMessageIsNamed() {
    assertThat(FirstLine.of(new IllegalStateException())).isEqualTo("IllegalStateException");
    assertThat(FirstLine.of(new IllegalStateException(" "))).isEqualTo("IllegalStateException");
    assertThat(FirstLine.of(new IllegalStateException("x"))).isEqualTo("x");
  }
}
