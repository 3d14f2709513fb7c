package dev.toq.app.nat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** The Port Control Protocol (RFC 6887), of which only the MAP operation is used. */
final class Pcp implements MappingProtocol {
  static final int PORT = 5351;

  private final int port;
  private final UdpExchange exchange;

  Pcp() {
    this(PORT, UdpExchange.STANDARD);
  }

  Pcp(int port, UdpExchange exchange) {
    this.port = port;
    this.exchange = exchange;
  }

  @Override
  public String title() {
    return "PCP";
  }

  @Override
  public Mapping map(Gateway gateway, Wish wish) throws IOException {
    PcpMessage.Granted granted = ask(gateway, wish, wish.seconds());
    if (granted.port() == 0 || granted.lifetime().isZero()) {
      throw new IOException("the router gave the port for no time at all");
    }
    return new Mapping(granted.outside(), granted.port(), Optional.of(granted.lifetime()));
  }

  @Override
  public void unmap(Gateway gateway, Wish wish) throws IOException {
    ask(gateway, wish, 0);
  }

  private PcpMessage.Granted ask(Gateway gateway, Wish wish, int seconds) throws IOException {
    return exchange.ask(new InetSocketAddress(gateway.router(), port),
        PcpMessage.request(gateway.local(), wish, seconds), message -> PcpMessage.answer(message, wish));
  }
}
