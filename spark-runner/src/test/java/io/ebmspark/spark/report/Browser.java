package io.ebmspark.spark.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;

/**
 * A headless Chromium without a driver: a page of our own holds the tested page in frames and
 * writes what it measures into itself.
 *
 * @param folder for the browser's profile and what it writes
 */
record Browser(Path program, Path folder) {
  /** The user's preferred colour scheme. */
  enum Scheme {
    DARK,
    LIGHT
  }

  /** What a page looks like at one width. */
  record View(
      int width,
      int scrollWidth,
      int height,
      String background,
      int requests,
      double lowestContrast,
      String faintest) {}

  /** What was seen and what the console said. */
  record Seen(List<View> views, List<String> console) {}

  private static final Pattern CONSOLE = Pattern.compile(".*:CONSOLE.*");

  /** Runs {@code scripts/browser}, which finds a Chromium or says why there is none. */
  static Browser open(Path folder) throws IOException, InterruptedException {
    Path script = Path.of("..", "scripts", "browser").toAbsolutePath().normalize();
    Path said = folder.resolve("browser.txt");
    Process process =
        new ProcessBuilder(script.toString())
            .redirectOutput(said.toFile())
            .redirectError(folder.resolve("browser.err").toFile())
            .start();
    int code = process.waitFor();
    assertThat(code)
        .as("scripts/browser: %s", Files.readString(folder.resolve("browser.err")))
        .isZero();
    return new Browser(Path.of(Files.readString(said).strip()), folder);
  }

  Seen look(Path page, Scheme scheme, int... widths) throws IOException, InterruptedException {
    Path holder = folder.resolve("holder.html");
    Files.writeString(holder, holder(page, widths));
    Result result = run(scheme, "--virtual-time-budget=20000", "--dump-dom", uri(holder));
    String measured = Jsoup.parse(result.output()).selectFirst("#measured").text();
    assertThat(measured).as("measurements; the browser said %s", result.said()).isNotEmpty();
    List<View> views = new ArrayList<>();
    for (JsonNode view : new ObjectMapper().readTree(measured)) {
      views.add(
          new View(
              view.get("width").asInt(),
              view.get("scrollWidth").asInt(),
              view.get("height").asInt(),
              view.get("background").asText(),
              view.get("requests").asInt(),
              view.get("contrast").asDouble(),
              view.get("faintest").asText()));
    }
    return new Seen(views, result.said().lines().filter(CONSOLE.asMatchPredicate()).toList());
  }

  void print(Path page, Path pdf) throws IOException, InterruptedException {
    run(Scheme.DARK, "--no-pdf-header-footer", "--print-to-pdf=" + pdf, uri(page));
  }

  private record Result(String output, String said) {}

  private Result run(Scheme scheme, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--allow-file-access-from-files",
                "--enable-logging=stderr",
                "--user-data-dir=" + folder.resolve("profile"),
                "--blink-settings=preferredColorScheme=" + (scheme == Scheme.DARK ? 0 : 1)));
    command.addAll(List.of(arguments));
    Path output = folder.resolve("output.txt");
    Path said = folder.resolve("said.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(said.toFile())
            .start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    return new Result(Files.readString(output), Files.readString(said));
  }

  private static String uri(Path path) {
    return path.toAbsolutePath().toUri().toString();
  }

  private static String frame(Path page, int width, int height) {
    return "<iframe src='" + uri(page) + "' width=" + width + " height=" + height + "></iframe>";
  }

  private static String holder(Path page, int... widths) {
    StringBuilder frames = new StringBuilder();
    for (int width : widths) {
      frames.append(frame(page, width, 800));
    }
    return """
        <!doctype html><meta charset=utf-8><meta name=color-scheme content='light dark'>
        <pre id=measured></pre>
        %s
        <script>
        function luminance(rgb) {
          const [r, g, b] = rgb.map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
          return .2126 * r + .7152 * g + .0722 * b;
        }
        function numbers(colour) { return (colour.match(/[0-9.]+/g) || []).map(Number); }
        function ground(element, view) {
          for (let one = element; one; one = one.parentElement) {
            const colour = numbers(view.getComputedStyle(one).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
          }
          return [255, 255, 255];
        }
        function measure(frame) {
          const page = frame.contentDocument, view = frame.contentWindow, root = page.documentElement;
          page.querySelectorAll('details').forEach(one => one.open = true);
          let contrast = 99, faintest = '';
          for (const element of page.body.querySelectorAll('*')) {
            const words = [...element.childNodes].filter(n => n.nodeType === 3 && n.data.trim());
            if (!words.length || ['title', 'desc'].includes(element.tagName)) continue;
            const style = view.getComputedStyle(element);
            const ink = numbers(element.tagName === 'text' ? style.fill : style.color).slice(0, 3);
            const a = luminance(ink), b = luminance(ground(element, view));
            const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            if (ratio < contrast) { contrast = ratio; faintest = element.tagName + ' ' + words[0].data.trim(); }
          }
          const open = root.scrollWidth;
          page.querySelectorAll('details').forEach(one => one.open = false);
          return {width: frame.clientWidth, scrollWidth: Math.max(open, root.scrollWidth),
            height: root.scrollHeight, background: view.getComputedStyle(root).backgroundColor,
            requests: view.performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length,
            contrast, faintest};
        }
        addEventListener('load', () => {
          const frames = [...document.querySelectorAll('iframe')];
          document.getElementById('measured').textContent = JSON.stringify(frames.map(measure));
          frames.forEach(frame => frame.remove());
        });
        </script>
        """
        .formatted(frames);
  }
}
