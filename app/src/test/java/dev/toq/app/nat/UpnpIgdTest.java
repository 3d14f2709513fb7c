package dev.toq.app.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** UPnP with routers that are friendly, odd and hostile. */
class UpnpIgdTest {
  private static final Wish WISH = new Wish(9009, Duration.ofHours(1), new byte[12]);
  private static final InetAddress ROUTER = InetAddress.ofLiteral("192.168.77.1");

  private TinyRouter router;

  @BeforeEach
  void open() throws IOException {
    router = new TinyRouter();
  }

  @AfterEach
  void close() {
    router.close();
  }

  private String failure(Duration patience) {
    return String.valueOf(
        assertThrows(IOException.class, () -> router.upnp(patience).map(router.gateway(), WISH)).getMessage());
  }

  @Test
  @DisplayName("Only an http address of the router's own, by number, is followed")
  void locations() {
    String head = "HTTP/1.1 200 OK\r\nST: x\r\n";
    assertEquals(Optional.of(URI.create("http://192.168.77.1:5000/desc.xml")),
        Ssdp.location(head + "LOCATION: http://192.168.77.1:5000/desc.xml\r\n\r\n", ROUTER));
    assertEquals(Optional.of(URI.create("http://192.168.77.1/d")),
        Ssdp.location(head + "location:http://192.168.77.1/d\r\n", ROUTER));
    for (String elsewhere : List.of("http://192.168.77.2:5000/desc.xml", "http://evil.example/desc.xml",
        "https://192.168.77.1/desc.xml", "file:///etc/passwd", "http://192.168.77.1@evil.example/", "http:///x",
        "http://user@192.168.77.1/", "http://192.168.77.1:0/", "http://192.168.77.1:70000/", "http://[::1]/", "",
        "http://192.168.77.1 /", "http://127.0.0.1/", "http://3232255233/", "http://192.168.77.1/" + "x".repeat(600))) {
      assertEquals(Optional.empty(), Ssdp.location(head + "LOCATION: " + elsewhere + "\r\n\r\n", ROUTER), elsewhere);
    }
    assertEquals(Optional.empty(),
        Ssdp.location("NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.77.1/d\r\n\r\n", ROUTER));
    assertEquals(Optional.empty(), Ssdp.location("", ROUTER));
  }

  @Test
  @DisplayName("A control address leads to the router too, whatever the description says")
  void controls() {
    URI location = URI.create("http://192.168.77.1:5000/a/desc.xml");
    assertEquals(Optional.of(URI.create("http://192.168.77.1:5000/ctl")),
        UpnpIgd.control(location, Optional.empty(), "/ctl", ROUTER));
    assertEquals(Optional.of(URI.create("http://192.168.77.1:5000/a/ctl")),
        UpnpIgd.control(location, Optional.empty(), "ctl", ROUTER));
    assertEquals(Optional.of(URI.create("http://192.168.77.1:80/ctl")),
        UpnpIgd.control(location, Optional.of("http://192.168.77.1:80/"), "/ctl", ROUTER));
    assertEquals(Optional.of(URI.create("http://192.168.77.1:5000/ctl")),
        UpnpIgd.control(location, Optional.of("http://10.0.0.1/"), "/ctl", ROUTER));
    assertEquals(Optional.empty(), UpnpIgd.control(location, Optional.empty(), "http://10.0.0.1/ctl", ROUTER));
    assertEquals(Optional.empty(), UpnpIgd.control(location, Optional.empty(), "//10.0.0.1/ctl", ROUTER));
    assertEquals(Optional.empty(), UpnpIgd.control(location, Optional.empty(), "http://192.168.77.1:5000 /", ROUTER));
  }

  @Test
  @DisplayName("A router that knows permanent mappings only is given one; the lifetime is then none")
  void permanent() throws Exception {
    router.fault = call -> call.equals("AddPortMapping 3600") ? "725" : "";
    Mapping mapping = router.upnp().map(router.gateway(), WISH);
    assertEquals(Optional.empty(), mapping.lifetime());
    assertEquals("UPnP map 9009 3600 to 127.0.0.1:9009", router.next());
    assertEquals("UPnP map 9009 0 to 127.0.0.1:9009", router.next());
  }

  @Test
  @DisplayName("A port that leads elsewhere already, and any other no, are said as such; a mapping that is gone is "
      + "removed")
  void refusals() throws Exception {
    router.fault = call -> call.startsWith("AddPortMapping") ? "718" : "714";
    assertEquals("the router says no: port 9009 leads to another machine already", failure(Duration.ofSeconds(5)));
    router.fault = call -> call.startsWith("AddPortMapping") ? "606" : "714";
    assertEquals("the router says no: error 606", failure(Duration.ofSeconds(5)));
    router.upnp().unmap(router.gateway(), WISH);
    router.fault = call -> "<b>606</b>";
    assertEquals("the router answers with HTTP status 500", failure(Duration.ofSeconds(5)));
  }

  @Test
  @DisplayName("An outside address that is none is left out, and is never looked up as a name")
  void oddOutside() throws Exception {
    for (String odd : List.of("router.example", "0.0.0.0", "", "1.2.3", "999.1.1.1", "&lt;b&gt;")) {
      router.result = action -> "<r><NewExternalIPAddress>" + odd + "</NewExternalIPAddress></r>";
      assertEquals(Optional.empty(), router.upnp().map(router.gateway(), WISH).outside(), odd);
    }
    assertTrue(!dev.toq.app.RecordingResolver.asked().contains("router.example"));
  }

  @Test
  @DisplayName("A document type is refused, whatever it would do; so are bombs of entities and what is no XML")
  void documentTypes() {
    for (String bad : List.of(
        "<!DOCTYPE r SYSTEM \"file:///etc/passwd\"><r/>",
        "<!DOCTYPE r [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>",
        "<!DOCTYPE r [<!ENTITY f SYSTEM \"" + router.url("/ctl") + "\">]><r>&f;</r>")) {
      router.description = bad;
      assertEquals("the router's answer has a document type", failure(Duration.ofSeconds(5)), bad);
    }
    for (String bad : List.of("<r>&b;</r>", "<r>", "no", "<a>".repeat(20_000), "<r " + "a='b' ".repeat(2) + "/>")) {
      router.description = bad;
      assertEquals("the router's answer is no XML", failure(Duration.ofSeconds(5)), bad);
    }
    router.description =
        "<root><service><serviceType>urn:x</serviceType><controlURL>/ctl</controlURL></service></root>";
    assertEquals("the router describes no connection to the outside", failure(Duration.ofSeconds(5)));
  }

  @Test
  @DisplayName("A description that is too long, or leads on to another place, is not read")
  void tooLong() throws IOException {
    router.description = "<r>" + "x".repeat(RouterHttp.LONGEST) + "</r>";
    assertTrue(failure(Duration.ofSeconds(5)).startsWith("the router's answer cannot be read"));
    AtomicInteger calls = new AtomicInteger();
    try (ServerSocket other = new ServerSocket(0, 1, TinyRouter.HERE);
        ServerSocket moved = serving("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + other.getLocalPort()
            + "/\r\nContent-Length: 0\r\n\r\n", calls)) {
      router.location = "http://127.0.0.1:" + moved.getLocalPort() + "/d";
      assertEquals("the router's description is not there: HTTP status 302", failure(Duration.ofSeconds(5)));
      assertEquals(1, calls.get());
    }
  }

  @Test
  @DisplayName("An answer that never ends is given up at its deadline")
  void endless() throws IOException {
    try (ServerSocket slow = serving("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<r>", new AtomicInteger())) {
      router.location = "http://127.0.0.1:" + slow.getLocalPort() + "/d";
      assertEquals("the router did not finish its answer within 500 ms", failure(Duration.ofMillis(500)));
    }
  }

  /** Says this to whoever comes, and then nothing more, without closing. */
  private static ServerSocket serving(String answer, AtomicInteger calls) throws IOException {
    ServerSocket server = new ServerSocket(0, 4, TinyRouter.HERE);
    Thread.ofVirtual().start(() -> {
      while (!server.isClosed()) {
        try {
          Socket socket = server.accept();
          calls.incrementAndGet();
          socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException closed) {
          return;
        }
      }
    });
    return server;
  }
}
