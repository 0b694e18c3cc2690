package io.ebmspark.spark.data;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Hides what nobody else should read in settings. */
public final class Secrets {
  private static final Pattern SECRET =
      Pattern.compile("password|passwd|secret|token|credential|key", Pattern.CASE_INSENSITIVE);
  private static final Pattern USER_INFO = Pattern.compile("^([a-z0-9+]+://)[^/@]*:[^/@]*@");

  private Secrets() {}

  /** Options whose names suggest a secret, with stars for their values. */
  public static Map<String, String> hidden(Map<String, String> options) {
    Map<String, String> kept = new TreeMap<>();
    options.forEach((name, text) -> kept.put(name, SECRET.matcher(name).find() ? "***" : text));
    return kept;
  }

  /** A path without a user's name and password. */
  public static String hidden(String path) {
    return USER_INFO.matcher(path).replaceFirst("$1***@");
  }
}
