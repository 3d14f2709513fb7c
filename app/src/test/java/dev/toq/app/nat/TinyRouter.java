package dev.toq.app.nat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A router on the loopback: PCP and NAT-PMP on one UDP port, SSDP on another, UPnP over HTTP. Says what it was asked.
 */
final class TinyRouter implements AutoCloseable {
  static final InetAddress HERE = InetAddress.getLoopbackAddress();

  /** One line for each request to map or remove, as "PCP map 9009 3600" or "UPnP remove 9009". */
  final BlockingQueue<String> asked = new LinkedBlockingQueue<>();

  volatile boolean pcp = true;
  volatile boolean natPmp = true;
  volatile boolean upnp = true;
  volatile int seconds = 3600;
  volatile int outsidePort;
  volatile byte[] outside = {(byte) 203, 0, 113, 7};
  /** Sent before each answer over UDP: what a stranger might say in the router's name. */
  volatile Function<byte[], List<byte[]>> noise = request -> List.of();
  /** The answers to calls over UPnP, by action; what is not named here is granted. */
  volatile Function<String, String> fault = action -> "";
  volatile String location = "";
  volatile String description = "";
  /** What an answer to a call is in place of the usual one. */
  volatile Function<String, String> result = action -> "";

  private final DatagramSocket mapping;
  private final DatagramSocket search;
  private final HttpServer http;

  TinyRouter() throws IOException {
    mapping = new DatagramSocket(new InetSocketAddress(HERE, 0));
    search = new DatagramSocket(new InetSocketAddress(HERE, 0));
    http = HttpServer.create(new InetSocketAddress(HERE, 0), 16);
    http.createContext("/desc.xml", exchange -> reply(exchange, 200, describe()));
    http.createContext("/ctl", this::called);
    http.start();
    location = url("/desc.xml");
    serve(mapping, this::mapped);
    serve(search, this::searched);
  }

  Gateway gateway() {
    return new Gateway(HERE, HERE);
  }

  Pcp pcp() {
    return new Pcp(mapping.getLocalPort(), new UdpExchange(Duration.ofSeconds(2), 2));
  }

  NatPmp natPmp() {
    return new NatPmp(mapping.getLocalPort(), new UdpExchange(Duration.ofSeconds(2), 2));
  }

  UpnpIgd upnp() {
    return upnp(Duration.ofSeconds(5));
  }

  UpnpIgd upnp(Duration patience) {
    InetSocketAddress alone = new InetSocketAddress(HERE, search.getLocalPort());
    return new UpnpIgd(new Ssdp(alone, search.getLocalPort(), patience), new RouterHttp(patience));
  }

  String url(String path) {
    return "http://127.0.0.1:" + http.getAddress().getPort() + path;
  }

  /** The next request, waited for. */
  String next() throws InterruptedException {
    String line = asked.poll(20, TimeUnit.SECONDS);
    if (line == null) {
      throw new AssertionError("the router was not asked");
    }
    return line;
  }

  private interface Answering {
    List<byte[]> to(byte[] request);
  }

  private void serve(DatagramSocket socket, Answering answers) {
    Thread.ofVirtual().start(() -> {
      byte[] room = new byte[2000];
      while (!socket.isClosed()) {
        DatagramPacket packet = new DatagramPacket(room, room.length);
        try {
          socket.receive(packet);
          for (byte[] answer : answers.to(Arrays.copyOf(room, packet.getLength()))) {
            socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
          }
        } catch (IOException closed) {
          return;
        }
      }
    });
  }

  private List<byte[]> mapped(byte[] request) {
    List<byte[]> all = new java.util.ArrayList<>(noise.apply(request));
    if (request[0] == 2 && pcp) {
      all.add(pcpAnswer(request));
    } else if (request[0] == 2 && natPmp) { // RFC 6886 section 3.5: as a router that knows NAT-PMP alone answers
      all.add(new byte[] {0, (byte) 0x81, 0, 1, 0, 0, 0, 9});
    } else if (request[0] == 0 && natPmp) {
      all.add(natPmpAnswer(request));
    }
    return all;
  }

  private byte[] pcpAnswer(byte[] request) {
    ByteBuffer asks = ByteBuffer.wrap(request);
    int wanted = asks.getInt(4);
    int port = asks.getShort(40) & 0xFFFF;
    asked.add(wanted == 0 ? "PCP remove " + port : "PCP map " + port + " " + wanted);
    ByteBuffer answer = ByteBuffer.allocate(60);
    answer.put((byte) 2).put((byte) 0x81).put((byte) 0).put((byte) 0).putInt(wanted == 0 ? 0 : seconds).putInt(77);
    answer.position(24).put(request, 24, 18).putShort((short) (outsidePort == 0 ? port : outsidePort));
    answer.position(54).put((byte) 0xFF).put((byte) 0xFF).put(outside);
    return answer.array();
  }

  private byte[] natPmpAnswer(byte[] request) {
    if (request.length == 2) {
      return ByteBuffer.allocate(12).put((byte) 0).put((byte) 128).putShort((short) 0).putInt(77).put(outside).array();
    }
    ByteBuffer asks = ByteBuffer.wrap(request);
    int port = asks.getShort(4) & 0xFFFF;
    int wanted = asks.getInt(8);
    asked.add(wanted == 0 ? "NAT-PMP remove " + port : "NAT-PMP map " + port + " " + wanted);
    return ByteBuffer.allocate(16).put((byte) 0).put((byte) 130).putShort((short) 0).putInt(77)
        .putShort((short) port).putShort((short) (wanted == 0 ? 0 : outsidePort == 0 ? port : outsidePort))
        .putInt(wanted == 0 ? 0 : seconds).array();
  }

  private List<byte[]> searched(byte[] request) {
    String text = new String(request, StandardCharsets.US_ASCII);
    boolean wanted = upnp && text.startsWith("M-SEARCH * HTTP/1.1\r\n") && text.contains("MAN: \"ssdp:discover\"")
        && text.contains("InternetGatewayDevice:1");
    return wanted ? List.of(("HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLocation: "
        + location + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII)) : List.of();
  }

  private String describe() {
    return description.isEmpty() ? """
        <?xml version="1.0"?>
        <root xmlns="urn:schemas-upnp-org:device-1-0"><device><friendlyName>tiny</friendlyName><deviceList><device>
        <serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
        <controlURL>/ctl</controlURL><SCPDURL>/x</SCPDURL></service></serviceList></device></deviceList></device></root>
        """ : description;
  }

  private void called(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String soap = exchange.getRequestHeaders().getFirst("SOAPAction");
    String action = soap.substring(soap.indexOf('#') + 1, soap.length() - 1);
    String port = part(body, "NewExternalPort");
    switch (action) {
      case "AddPortMapping" -> asked.add("UPnP map " + port + " " + part(body, "NewLeaseDuration") + " to "
          + part(body, "NewInternalClient") + ":" + part(body, "NewInternalPort"));
      case "DeletePortMapping" -> asked.add("UPnP remove " + port);
      default -> { }
    }
    String code = fault.apply(action + " " + part(body, "NewLeaseDuration"));
    if (!code.isEmpty()) {
      reply(exchange, 500, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><detail>"
          + "<UPnPError xmlns=\"urn:schemas-upnp-org:control-1-0\"><errorCode>" + code + "</errorCode></UPnPError>"
          + "</detail></s:Fault></s:Body></s:Envelope>");
      return;
    }
    String usual = action.equals("GetExternalIPAddress")
        ? "<r><NewExternalIPAddress>" + address() + "</NewExternalIPAddress></r>" : "<r/>";
    String other = result.apply(action);
    reply(exchange, 200, other.isEmpty() ? usual : other);
  }

  private String address() {
    try {
      return InetAddress.getByAddress(outside).getHostAddress();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static String part(String body, String element) {
    int from = body.indexOf("<" + element + ">");
    return from < 0 ? "" : body.substring(from + element.length() + 2, body.indexOf("</" + element + ">"));
  }

  private static void reply(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    mapping.close();
    search.close();
    http.stop(0);
  }
}
