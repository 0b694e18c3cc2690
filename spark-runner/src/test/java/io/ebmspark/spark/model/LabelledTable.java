package io.ebmspark.spark.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/**
 * A table of ADBench (Han et al. 2022): an archive of NumPy arrays, {@code X} with the rows and
 * {@code y} with 1 for an anomaly.
 */
record LabelledTable(double[][] rows, boolean[] anomaly) {
  private static final Pattern SHAPE = Pattern.compile("'shape': \\((\\d+),(?: (\\d+))?\\)");
  private static final Pattern TYPE = Pattern.compile("'descr': '[<|]([fiu]\\d)'");

  static LabelledTable read(Path file) throws IOException {
    try (ZipFile archive = new ZipFile(file.toFile())) {
      double[][] labels = array(archive, "y.npy");
      boolean[] anomaly = new boolean[labels.length];
      for (int i = 0; i < labels.length; i++) {
        anomaly[i] = labels[i][0] == 1;
      }
      return new LabelledTable(array(archive, "X.npy"), anomaly);
    }
  }

  /** NumPy's format, version 1: magic and version, header length, header, values. */
  private static double[][] array(ZipFile archive, String name) throws IOException {
    ByteBuffer bytes;
    try (InputStream in = archive.getInputStream(archive.getEntry(name))) {
      bytes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }
    int length = bytes.getShort(8);
    String header = new String(bytes.array(), 10, length, StandardCharsets.ISO_8859_1);
    Matcher shape = SHAPE.matcher(header);
    Matcher type = TYPE.matcher(header);
    if (!shape.find() || !type.find()) {
      throw new IOException(name + " has the header " + header);
    }
    int rows = Integer.parseInt(shape.group(1));
    int columns = shape.group(2) == null ? 1 : Integer.parseInt(shape.group(2));
    boolean byColumn = header.contains("'fortran_order': True");
    bytes.position(10 + length);
    double[][] values = new double[rows][columns];
    for (int i = 0; i < rows * columns; i++) {
      int row = byColumn ? i % rows : i / columns;
      int column = byColumn ? i / rows : i % columns;
      values[row][column] = next(bytes, type.group(1));
    }
    return values;
  }

  private static double next(ByteBuffer bytes, String type) throws IOException {
    return switch (type) {
      case "f8" -> bytes.getDouble();
      case "i8" -> bytes.getLong();
      case "i4" -> bytes.getInt();
      case "i2" -> bytes.getShort();
      case "u1" -> Byte.toUnsignedInt(bytes.get());
      default -> throw new IOException("values of type " + type);
    };
  }
}
