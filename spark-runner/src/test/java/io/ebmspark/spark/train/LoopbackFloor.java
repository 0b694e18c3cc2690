package io.ebmspark.spark.train;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Bare processes that are sent some bytes and send as many back: what no step can undercut. */
final class LoopbackFloor implements AutoCloseable {
  private final List<Process> processes = new ArrayList<>();
  private final List<SocketChannel> channels = new ArrayList<>();
  private final List<ByteBuffer> buffers = new ArrayList<>();
  private final ExecutorService threads;

  LoopbackFloor(int count, int bytes) throws IOException {
    this.threads = Executors.newFixedThreadPool(count);
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      for (int i = 0; i < count; i++) {
        processes.add(
            new ProcessBuilder(
                    System.getProperty("java.home") + "/bin/java",
                    "-cp",
                    System.getProperty("java.class.path"),
                    LoopbackFloor.class.getName(),
                    "" + port,
                    "" + bytes)
                .inheritIO()
                .start());
        channels.add(server.accept());
        buffers.add(ByteBuffer.allocateDirect(bytes));
        channels.get(i).setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
    }
  }

  /** Sends and receives once; nanoseconds. */
  long step() throws Exception {
    long start = System.nanoTime();
    List<Future<?>> pending = new ArrayList<>();
    for (int i = 0; i < channels.size(); i++) {
      SocketChannel channel = channels.get(i);
      ByteBuffer buffer = buffers.get(i);
      pending.add(
          threads.submit(
              () -> {
                transfer(channel, buffer.clear(), false);
                transfer(channel, buffer.clear(), true);
                return null;
              }));
    }
    for (Future<?> done : pending) {
      done.get();
    }
    return System.nanoTime() - start;
  }

  private static boolean transfer(SocketChannel channel, ByteBuffer buffer, boolean in)
      throws IOException {
    while (buffer.hasRemaining()) {
      if ((in ? channel.read(buffer) : channel.write(buffer)) < 0) {
        return false;
      }
    }
    return true;
  }

  /** The other side. */
  public static void main(String[] arguments) throws IOException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    ByteBuffer buffer = ByteBuffer.allocateDirect(Integer.parseInt(arguments[1]));
    try (SocketChannel channel = SocketChannel.open(address)) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      while (transfer(channel, buffer.clear(), true)) {
        transfer(channel, buffer.flip(), false);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
    processes.forEach(Process::destroyForcibly);
    threads.shutdownNow();
  }
}
