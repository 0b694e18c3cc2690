package io.ebmspark.spark.track;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebmspark.core.training.StepMetrics;
import io.ebmspark.spark.record.Outcome;
import io.ebmspark.spark.run.RunRecorder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a run does about servers that are no good; {@code MlflowTest} has those that are. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class TrackedRunTest {
  private record TrainJobLike(int steps) {}

  /** What the user is told of a run whose server answers all requests with the same bytes. */
  private static List<String> told(String answer) throws Exception {
    List<String> notices = new ArrayList<>();
    List<Socket> open = new ArrayList<>();
    try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread server = new Thread(() -> serve(socket, answer, open));
      server.setDaemon(true);
      server.start();
      TrackedRun tracked =
          new TrackedRun(
              "http://127.0.0.1:" + socket.getLocalPort(),
              "nights",
              "train",
              notices::add,
              Duration.ofSeconds(1),
              Duration.ofSeconds(2));
      RunRecorder recorder = new RunRecorder("train", tracked);
      tracked.begin(recorder.id(), new TrainJobLike(7));
      while (notices.isEmpty()) {
        recorder.onStep(new StepMetrics(1, .5, 1, 1e-3, 10, Map.of(), Map.of(), .1));
        Thread.sleep(50);
      }
      tracked.finish(recorder.toRecord(Outcome.DONE, 0, "done"), Optional.empty());
      String address = "http://127.0.0.1:" + socket.getLocalPort();
      return notices.stream().map(text -> text.replace(address, "SERVER")).toList();
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  private static void serve(ServerSocket server, String answer, List<Socket> open) {
    try {
      while (true) {
        Socket socket = server.accept();
        open.add(socket);
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      // It is closed.
    }
  }

  @Test
  void aServerThatHangsHoldsUpNothing() throws Exception {
    assertThat(told(""))
        .containsExactly(
            "the run goes on, but is not tracked now: SERVER has not answered within 1 s",
            "the run is not, or not whole, on the tracking server: SERVER has not taken it within"
                + " 2 s");
  }

  @Test
  void anAnswerThatStopsHalfWayHoldsUpNothing() throws Exception {
    assertThat(told("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"))
        .containsExactly(
            "the run goes on, but is not tracked now: SERVER has not answered within 1 s",
            "the run is not, or not whole, on the tracking server: SERVER has not taken it within"
                + " 2 s");
  }

  @Test
  void aPageThatIsNoServersAnswerIsTold() throws Exception {
    assertThat(told("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<html>\nLogin\n\n").get(0))
        .isEqualTo(
            "the run goes on, but is not tracked now: SERVER does not answer as an MLflow server"
                + " does; see whether the address is that of one");
    assertThat(
            told("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 14\r\n\r\n<html>\nsorry\n\n").get(0))
        .isEqualTo("the run goes on, but is not tracked now: SERVER answers 502");
  }
}
