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

/** Reads arrays of numbers of one or two dimensions from NumPy's {@code .npz} files. */
public final class NumpyArchive {
  private static final Pattern HEADER =
      Pattern.compile(
          "'descr': '(.+?)'.*'fortran_order': (\\w+).*'shape': \\((\\d+),(?: (\\d+))?\\)");

  private NumpyArchive() {}

  /** An array, row by row; one of one dimension has rows of one number. */
  public static double[][] read(Path file, String array) {
    try (ZipFile archive = new ZipFile(file.toFile())) {
      ByteBuffer bytes =
          ByteBuffer.wrap(archive.getInputStream(archive.getEntry(array + ".npy")).readAllBytes())
              .order(ByteOrder.LITTLE_ENDIAN);
      int header = bytes.getShort(8);
      String text = new String(bytes.array(), 10, header, StandardCharsets.ISO_8859_1);
      Matcher found = HEADER.matcher(text);
      if (!found.find()) {
        throw new IOException(file + " has the header " + text);
      }
      int count = Integer.parseInt(found.group(3));
      int width = found.group(4) == null ? 1 : Integer.parseInt(found.group(4));
      boolean byColumn = found.group(2).equals("True");
      bytes.position(10 + header);
      double[][] rows = new double[count][width];
      for (int i = 0; i < count * width; i++) {
        rows[byColumn ? i % count : i / width][byColumn ? i / count : i % width] =
            number(bytes, found.group(1));
      }
      return rows;
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
      case "<u2" -> Short.toUnsignedInt(bytes.getShort());
      case "|u1" -> Byte.toUnsignedInt(bytes.get());
      case "|i1", "|b1" -> bytes.get();
      default -> throw new IOException("no reader for " + type);
    };
  }
}
