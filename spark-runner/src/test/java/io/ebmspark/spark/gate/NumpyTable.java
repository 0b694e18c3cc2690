package io.ebmspark.spark.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A table of ADBench: the array X of a NumPy archive, row by row. */
record NumpyTable(String name, double[][] rows) {
  private static final Pattern HEADER =
      Pattern.compile("'descr': '(..+?)'.*'fortran_order': (\\w+).*'shape': \\((\\d+), (\\d+)\\)");

  static NumpyTable read(Path file) {
    try (ZipFile archive = new ZipFile(file.toFile())) {
      ZipEntry entry = archive.getEntry("X.npy");
      ByteBuffer bytes =
          ByteBuffer.wrap(archive.getInputStream(entry).readAllBytes())
              .order(ByteOrder.LITTLE_ENDIAN);
      int header = bytes.getShort(8);
      String text = new String(bytes.array(), 10, header, StandardCharsets.ISO_8859_1);
      Matcher found = HEADER.matcher(text);
      if (!found.find()) {
        throw new IOException(file + " has the header " + text);
      }
      int count = Integer.parseInt(found.group(3));
      int width = Integer.parseInt(found.group(4));
      boolean byColumn = found.group(2).equals("True");
      bytes.position(10 + header);
      double[][] rows = new double[count][width];
      for (int i = 0; i < count * width; i++) {
        int row = byColumn ? i % count : i / width;
        int column = byColumn ? i / count : i % width;
        rows[row][column] = number(bytes, found.group(1));
      }
      return new NumpyTable(file.getFileName().toString().replace(".npz", ""), rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double number(ByteBuffer bytes, String type) throws IOException {
    return switch (type) {
      case "<f8" -> bytes.getDouble();
      case "<f4" -> bytes.getFloat();
      case "<i8" -> bytes.getLong();
      case "<i4" -> bytes.getInt();
      case "<i2" -> bytes.getShort();
      case "|u1" -> bytes.get() & 0xFF;
      default -> throw new IOException("no reader for " + type);
    };
  }
}
