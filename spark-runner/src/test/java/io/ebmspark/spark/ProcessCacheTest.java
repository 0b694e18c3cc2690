package io.ebmspark.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ProcessCacheTest {
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();

  private ProcessCache.Lease<AutoCloseable> lease(String id) {
    return ProcessCache.lease(
        id,
        () -> {
          made.incrementAndGet();
          return closed::incrementAndGet;
        });
  }

  @Test
  void aValueIsMadeOnceAndClosedWhenReleasedAndReturned() {
    int before = ProcessCache.size();
    try (ProcessCache.Lease<AutoCloseable> first = lease("a");
        ProcessCache.Lease<AutoCloseable> second = lease("a")) {
      assertThat(second.value()).isSameAs(first.value());
      second.close();
      second.close();
      ProcessCache.release("a");
      assertThat(closed).hasValue(0);
    }
    assertThat(closed).hasValue(1);
    assertThat(made).hasValue(1);
    assertThat(ProcessCache.size()).isEqualTo(before);
  }

  @Test
  void aValueBetweenTwoTasksIsKept() {
    lease("b").close();
    lease("b").close();
    assertThat(made).hasValue(1);
    assertThat(closed).hasValue(0);
    ProcessCache.release("b");
    assertThat(closed).hasValue(1);
    ProcessCache.release("b");
    lease("b").close();
    assertThat(made).hasValue(2);
    ProcessCache.release("b");
    assertThat(closed).hasValue(2);
  }

  @Test
  void manyThreadsShareOne() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<AutoCloseable>> values = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        values.add(
            threads.submit(
                () -> {
                  try (ProcessCache.Lease<AutoCloseable> lease = lease("c")) {
                    return lease.value();
                  }
                }));
      }
      for (Future<AutoCloseable> value : values) {
        assertThat(value.get()).isSameAs(values.get(0).get());
      }
    } finally {
      threads.shutdown();
      ProcessCache.release("c");
    }
    assertThat(made).hasValue(1);
    assertThat(closed).hasValue(1);
  }

  @Test
  void whatCannotBeMadeIsNotKept() {
    int before = ProcessCache.size();
    assertThatThrownBy(
            () ->
                ProcessCache.lease(
                    "d",
                    () -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");
    ProcessCache.release("d");
    assertThat(ProcessCache.size()).isEqualTo(before);
  }
}
