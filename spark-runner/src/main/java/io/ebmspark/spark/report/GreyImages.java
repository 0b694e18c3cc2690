package io.ebmspark.spark.report;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Small grey images on one sheet, as a PNG in a data URL. */
final class GreyImages {
  private GreyImages() {}

  /** Number of images per row of a sheet. */
  static final int ACROSS = 8;

  /** Grey level between images. */
  private static final int BETWEEN = 110;

  static String sheet(List<List<Integer>> images, int height, int width) {
    int rows = (images.size() + ACROSS - 1) / ACROSS;
    int across = Math.min(ACROSS, images.size());
    BufferedImage sheet =
        new BufferedImage(
            across * (width + 1) - 1, rows * (height + 1) - 1, BufferedImage.TYPE_BYTE_GRAY);
    byte[] paper = ((DataBufferByte) sheet.getRaster().getDataBuffer()).getData();
    Arrays.fill(paper, (byte) BETWEEN);
    for (int i = 0; i < images.size(); i++) {
      int left = i % ACROSS * (width + 1);
      int top = i / ACROSS * (height + 1);
      List<Integer> image = images.get(i);
      for (int pixel = 0; pixel < Math.min(image.size(), height * width); pixel++) {
        int grey = Math.max(0, Math.min(255, image.get(pixel)));
        sheet.getRaster().setSample(left + pixel % width, top + pixel / width, 0, grey);
      }
    }
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(png(sheet));
  }

  private static byte[] png(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
