package dev.toq.app.nat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/** The NAT Port Mapping Protocol (RFC 6886), which came before PCP and shares its port. */
final class NatPmp implements MappingProtocol {
  private final int port;
  private final UdpExchange exchange;

  NatPmp() {
    this(Pcp.PORT, UdpExchange.STANDARD);
  }

  NatPmp(int port, UdpExchange exchange) {
    this.port = port;
    this.exchange = exchange;
  }

  @Override
  public String title() {
    return "NAT-PMP";
  }

  @Override
  public Mapping map(Gateway gateway, Wish wish) throws IOException {
    NatPmpMessage.Granted granted = ask(gateway, wish, wish.seconds());
    if (granted.port() == 0 || granted.seconds() == 0) {
      throw new IOException("the router gave the port for no time at all");
    }
    return new Mapping(outside(gateway), granted.port(), Optional.of(Mapping.seconds(granted.seconds())));
  }

  @Override
  public void unmap(Gateway gateway, Wish wish) throws IOException {
    ask(gateway, wish, 0);
  }

  private NatPmpMessage.Granted ask(Gateway gateway, Wish wish, int seconds) throws IOException {
    return exchange.ask(server(gateway), NatPmpMessage.mapRequest(wish.port(), seconds),
        message -> NatPmpMessage.granted(message, wish.port()));
  }

  /** Nice to know; the mapping stands without it. */
  private Optional<InetAddress> outside(Gateway gateway) {
    try {
      InetAddress address =
          exchange.ask(server(gateway), NatPmpMessage.addressRequest(), NatPmpMessage::address);
      return address.isAnyLocalAddress() ? Optional.empty() : Optional.of(address);
    } catch (IOException untold) {
      return Optional.empty();
    }
  }

  private InetSocketAddress server(Gateway gateway) {
    return new InetSocketAddress(gateway.router(), port);
  }
}
