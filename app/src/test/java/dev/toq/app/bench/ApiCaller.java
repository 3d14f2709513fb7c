package dev.toq.app.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A local program that sends messages through the loopback API of one daemon, over one kept HTTP connection. */
final class ApiCaller implements Load.Caller {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] request;
  private final boolean failuresAreFatal;

  /** Calls {@code POST /v1/messages?wait=true} on this port, for this recipient. */
  ApiCaller(int port, String to, String text, boolean failuresAreFatal) throws IOException {
    String body = "{\"to\":\"" + to + "\",\"body\":{\"text\":\"" + text + "\"}}";
    String head = "POST /v1/messages?wait=true&timeout=30 HTTP/1.1\r\nHost: 127.0.0.1:" + port
        + "\r\nContent-Type: application/json\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length
        + "\r\n\r\n";
    this.request = (head + body).getBytes(StandardCharsets.UTF_8);
    this.failuresAreFatal = failuresAreFatal;
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
  }

  @Override
  public boolean call() throws IOException {
    out.write(request);
    out.flush();
    String status = line();
    int length = 0;
    for (String header = line(); !header.isEmpty(); header = line()) {
      if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(header.substring(15).trim());
      }
    }
    String answer = new String(in.readNBytes(length), StandardCharsets.UTF_8);
    boolean delivered = status.startsWith("HTTP/1.1 200");
    if (!delivered && failuresAreFatal) {
      throw new IOException(status + " " + answer);
    }
    return delivered;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the daemon closed the connection");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
