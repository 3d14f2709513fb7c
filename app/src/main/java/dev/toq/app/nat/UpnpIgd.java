package dev.toq.app.nat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** UPnP's Internet Gateway Device: its services WANIPConnection and WANPPPConnection. Used by one thread. */
final class UpnpIgd implements MappingProtocol {
  /** The best first. */
  private static final List<String> SERVICES = List.of(
      "urn:schemas-upnp-org:service:WANIPConnection:2",
      "urn:schemas-upnp-org:service:WANIPConnection:1",
      "urn:schemas-upnp-org:service:WANPPPConnection:1");

  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final String CONFLICT = "718";
  private static final String ONLY_PERMANENT = "725";
  private static final String NOT_THERE = "714";

  private final Ssdp ssdp;
  private final RouterHttp http;
  private @Nullable Control control;

  /** Where the router takes calls, and for which service. */
  private record Control(URI uri, String service) {}

  UpnpIgd() {
    this(Ssdp.STANDARD, RouterHttp.STANDARD);
  }

  UpnpIgd(Ssdp ssdp, RouterHttp http) {
    this.ssdp = ssdp;
    this.http = http;
  }

  @Override
  public String title() {
    return "UPnP";
  }

  @Override
  public Mapping map(Gateway gateway, Wish wish) throws IOException {
    Control known = control;
    Control at = known == null ? find(gateway) : known;
    control = at;
    try {
      return map(at, gateway, wish);
    } catch (IOException failed) {
      if (!Thread.currentThread().isInterrupted()) {
        control = null; // it may have moved: it is looked for again
      }
      throw failed;
    }
  }

  private Mapping map(Control at, Gateway gateway, Wish wish) throws IOException {
    Optional<Duration> lifetime = Optional.of(wish.lifetime());
    Optional<String> fault = add(at, gateway, wish, wish.seconds());
    if (fault.filter(ONLY_PERMANENT::equals).isPresent()) {
      lifetime = Optional.empty();
      fault = add(at, gateway, wish, 0);
    }
    if (fault.isPresent()) {
      throw new RefusedException(fault.get().equals(CONFLICT)
          ? "the router says no: port " + wish.port() + " leads to another machine already"
          : "the router says no: error " + fault.get());
    }
    return new Mapping(outside(at), wish.port(), lifetime);
  }

  @Override
  public void unmap(Gateway gateway, Wish wish) throws IOException {
    Control known = control;
    Control at = known == null ? find(gateway) : known;
    Optional<String> fault = fault(call(at, "DeletePortMapping", place(wish)));
    if (fault.isPresent() && !fault.get().equals(NOT_THERE)) {
      throw new RefusedException("the router says no: error " + fault.get());
    }
  }

  private Control find(Gateway gateway) throws IOException {
    URI location = ssdp.find(gateway);
    UpnpXml.Description description = UpnpXml.description(http.get(location));
    for (String wanted : SERVICES) {
      for (UpnpXml.Service service : description.services()) {
        Optional<URI> uri = service.type().equals(wanted)
            ? control(location, description.base(), service.controlUrl(), gateway.router()) : Optional.empty();
        if (uri.isPresent()) {
          return new Control(uri.get(), wanted);
        }
      }
    }
    throw new IOException("the router describes no connection to the outside");
  }

  /** Where calls go to: an address of the router's own, as the location of the description. */
  static Optional<URI> control(URI location, Optional<String> base, String url, InetAddress router) {
    try {
      URI from = base.flatMap(text -> Ssdp.own(text, router)).orElse(location);
      return Ssdp.own(from.resolve(new URI(url)).toString(), router);
    } catch (URISyntaxException | IllegalArgumentException noAddress) {
      return Optional.empty();
    }
  }

  /** Empty where it is done, else the number of the router's error. */
  private Optional<String> add(Control at, Gateway gateway, Wish wish, int seconds) throws IOException {
    return fault(call(at, "AddPortMapping", place(wish)
        + element("NewInternalPort", Integer.toString(wish.port()))
        + element("NewInternalClient", gateway.local().getHostAddress())
        + element("NewEnabled", "1")
        + element("NewPortMappingDescription", "toq")
        + element("NewLeaseDuration", Integer.toString(seconds))));
  }

  private static String place(Wish wish) {
    return element("NewRemoteHost", "") + element("NewExternalPort", Integer.toString(wish.port()))
        + element("NewProtocol", "TCP");
  }

  /** Nice to know; the mapping stands without it. */
  private Optional<InetAddress> outside(Control at) {
    try {
      RouterHttp.Answer answer = call(at, "GetExternalIPAddress", "");
      Optional<InetAddress> address = answer.status() == 200
          ? UpnpXml.text(answer.body(), "NewExternalIPAddress").filter(text -> IPV4.matcher(text).matches())
              .map(InetAddress::ofLiteral)
          : Optional.empty();
      return address.filter(known -> !known.isAnyLocalAddress());
    } catch (IOException | IllegalArgumentException untold) {
      return Optional.empty();
    }
  }

  private RouterHttp.Answer call(Control at, String action, String arguments) throws IOException {
    String envelope = "<?xml version=\"1.0\"?>\r\n"
        + "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\""
        + " s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:" + action
        + " xmlns:u=\"" + at.service + "\">" + arguments + "</u:" + action + "></s:Body></s:Envelope>\r\n";
    return http.call(at.uri, at.service + "#" + action, envelope);
  }

  /** No argument of ours has a character that XML escapes. */
  private static String element(String name, String text) {
    return "<" + name + ">" + text + "</" + name + ">";
  }

  private static Optional<String> fault(RouterHttp.Answer answer) throws IOException {
    if (answer.status() == 200) {
      return Optional.empty();
    }
    String code = UpnpXml.text(answer.body(), "errorCode").orElse("");
    if (answer.status() != 500 || !code.matches("[0-9]{1,5}")) {
      throw new IOException("the router answers with HTTP status " + answer.status());
    }
    return Optional.of(code);
  }
}
