package dev.toq.app;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * The resolver of this process (found by the platform as a service): notes each name that is looked up, knows none
 * below {@code .invalid}, and leaves the others to the platform.
 */
public final class RecordingResolver extends InetAddressResolverProvider {
  private static final List<String> ASKED = new CopyOnWriteArrayList<>();

  /** Every name that was looked up since the process began. */
  public static List<String> asked() {
    return List.copyOf(ASKED);
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver platform = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
        ASKED.add(host);
        if (host.endsWith(".invalid")) {
          throw new UnknownHostException(host);
        }
        return platform.lookupByName(host, policy);
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return platform.lookupByAddress(address);
      }
    };
  }

  @Override
  public String name() {
    return "records";
  }
}
