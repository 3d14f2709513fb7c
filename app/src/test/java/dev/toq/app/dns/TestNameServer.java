package dev.toq.app.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A name server on loopback, over real UDP and TCP sockets, that says what a test wants it to say, right or wrong. What
 * it was told nothing about does not exist.
 */
public final class TestNameServer implements AutoCloseable {
  private static final int MOST_UDP_BYTES = 1232;

  /** Bytes for one query; empty for silence. */
  public interface Behaviour {
    Optional<byte[]> answer(Message query, boolean tcp) throws IOException;
  }

  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile Behaviour otherwise = (query, overTcp) -> Optional.of(reply(query, Rcode.NXDOMAIN).toWire());

  public TestNameServer() throws IOException {
    Sockets sockets = Sockets.open(20);
    udp = sockets.udp();
    tcp = sockets.tcp();
    Thread.ofVirtual().start(this::serveUdp);
    Thread.ofVirtual().start(this::serveTcp);
  }

  /** One port for both kinds. */
  private record Sockets(DatagramSocket udp, ServerSocket tcp) {
    static Sockets open(int tries) throws IOException {
      DatagramSocket udp = new DatagramSocket(0, InetAddress.getLoopbackAddress());
      try {
        return new Sockets(udp, new ServerSocket(udp.getLocalPort(), 50, InetAddress.getLoopbackAddress()));
      } catch (IOException taken) {
        udp.close();
        if (tries == 0) {
          throw taken;
        }
        return open(tries - 1);
      }
    }
  }

  /** As {@code dns_servers} names it. */
  public String place() {
    return "127.0.0.1:" + udp.getLocalPort();
  }

  /** The names that were asked for, with their types, as in {@code _toq._tcp.example.com. TXT}, in their order. */
  public List<String> asked() {
    return List.copyOf(asked);
  }

  /** Answers what is asked about this name and type in this way. */
  public TestNameServer on(String name, int type, Behaviour behaviour) {
    behaviours.put(key(name(name), type), behaviour);
    return this;
  }

  /** What it says about everything else. */
  public void otherwise(Behaviour behaviour) {
    otherwise = behaviour;
  }

  /** Answers with these records, over TCP where they are too long for a datagram. */
  public TestNameServer holds(String name, int type, Record... records) {
    return on(name, type, (query, overTcp) -> Optional.of(fitting(answer(query, records), overTcp)));
  }

  /** A domain with these toq records, one string each. */
  public TestNameServer publishes(String domain, String... texts) {
    String name = "_toq._tcp." + domain + ".";
    return holds(name, Type.TXT, Arrays.stream(texts).map(text -> txt(name, List.of(text))).toArray(Record[]::new));
  }

  public static Record txt(String name, List<String> strings) {
    return new TXTRecord(name(name), DClass.IN, 300, strings);
  }

  public static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (TextParseException wrong) {
      throw new IllegalArgumentException(wrong);
    }
  }

  public static Message reply(Message query, int rcode) {
    Message reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    reply.getHeader().setRcode(rcode);
    reply.addRecord(query.getQuestion(), Section.QUESTION);
    return reply;
  }

  public static Message answer(Message query, Record... records) {
    Message reply = reply(query, Rcode.NOERROR);
    for (Record record : records) {
      reply.addRecord(record, Section.ANSWER);
    }
    return reply;
  }

  /** A datagram that would be too long says no more than that it is. */
  static byte[] fitting(Message message, boolean tcp) {
    byte[] whole = message.toWire(Message.MAXLENGTH);
    if (tcp || whole.length <= MOST_UDP_BYTES) {
      return whole;
    }
    Message cut = new Message(message.getHeader().getID());
    cut.getHeader().setFlag(Flags.QR);
    cut.getHeader().setFlag(Flags.TC);
    cut.addRecord(message.getQuestion(), Section.QUESTION);
    return cut.toWire();
  }

  private static String key(Name name, int type) {
    return name.toString().toLowerCase(Locale.ROOT) + " " + Type.string(type);
  }

  private Optional<byte[]> answer(byte[] bytes, boolean overTcp) throws IOException {
    Message query = new Message(bytes);
    String key = key(query.getQuestion().getName(), query.getQuestion().getType());
    asked.add(key);
    return behaviours.getOrDefault(key, otherwise).answer(query, overTcp);
  }

  private void serveUdp() {
    byte[] buffer = new byte[65_535];
    while (!udp.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        udp.receive(packet);
        Optional<byte[]> answer = answer(Arrays.copyOf(packet.getData(), packet.getLength()), false);
        if (answer.isPresent()) {
          udp.send(new DatagramPacket(answer.get(), answer.get().length, packet.getSocketAddress()));
        }
      } catch (SocketException closed) {
        return;
      } catch (IOException broken) {
        throw new IllegalStateException(broken);
      }
    }
  }

  private void serveTcp() {
    while (!tcp.isClosed()) {
      try (Socket socket = tcp.accept()) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        Optional<byte[]> answer = answer(in.readNBytes(in.readUnsignedShort()), true);
        if (answer.isPresent()) {
          DataOutputStream out = new DataOutputStream(socket.getOutputStream());
          out.writeShort(answer.get().length);
          out.write(answer.get());
          out.flush();
          socket.shutdownOutput();
          in.readAllBytes();
        }
      } catch (IOException closed) {
        if (tcp.isClosed()) {
          return;
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    udp.close();
    tcp.close();
  }
}
