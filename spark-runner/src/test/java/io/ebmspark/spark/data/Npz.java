package io.ebmspark.spark.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/** Reads the tables of ADBench: arrays of numbers that NumPy wrote. */
public final class Npz {
  private static final Pattern HEADER =
      Pattern.compile(
          "'descr': '(..)(\\d)', 'fortran_order': (True|False), 'shape': \\((\\d+),? ?(\\d*)\\)");

  private Npz() {}

  /** An array of an archive, row by row; one column where it is a vector. */
  public static double[][] read(Path archive, String name) {
    byte[] bytes;
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      bytes = zip.getInputStream(zip.getEntry(name + ".npy")).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = Short.toUnsignedInt(data.getShort(8));
    Matcher header = HEADER.matcher(new String(bytes, 10, length, StandardCharsets.ISO_8859_1));
    if (!header.find()) {
      throw new IllegalStateException("no NumPy array of numbers: " + archive);
    }
    int rows = Integer.parseInt(header.group(4));
    int columns = header.group(5).isEmpty() ? 1 : Integer.parseInt(header.group(5));
    boolean byColumn = header.group(3).equals("True");
    double[][] values = new double[rows][columns];
    data.position(10 + length);
    for (int i = 0; i < rows * columns; i++) {
      int row = byColumn ? i % rows : i / columns;
      int column = byColumn ? i / rows : i % columns;
      values[row][column] = number(data, header.group(1).charAt(1), header.group(2));
    }
    return values;
  }

  private static double number(ByteBuffer data, char kind, String bytes) {
    return switch (kind + bytes) {
      case "f8" -> data.getDouble();
      case "f4" -> data.getFloat();
      case "i8" -> (double) data.getLong();
      case "i4" -> data.getInt();
      case "i2" -> data.getShort();
      case "i1" -> data.get();
      case "u1" -> Byte.toUnsignedInt(data.get());
      case "u2" -> Short.toUnsignedInt(data.getShort());
      case "b1" -> data.get();
      default -> throw new IllegalStateException("numbers of type " + kind + bytes);
    };
  }
}
