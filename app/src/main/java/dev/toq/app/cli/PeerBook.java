package dev.toq.app.cli;

import dev.toq.app.daemon.KnownPeers;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.PeersFile;
import dev.toq.store.PermissionsFile;
import dev.toq.store.StateFile;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** The peers of an agent, asked of its daemon where one runs, else of its files. All answers are those of the API. */
interface PeerBook {
  JsonObject list() throws IOException, Failure;

  JsonObject show(String name) throws IOException, Failure;

  JsonObject forget(String name) throws IOException, Failure;

  JsonObject accept(Address address, PublicKey key) throws IOException, Failure;

  static PeerBook of(Home home) throws IOException, Failure {
    Optional<LocalApi> api = home.api();
    if (api.isPresent()) {
      return new OfDaemon(api.get());
    }
    home.requireSetUp();
    return new OfFiles(home);
  }

  private static Failure unknown(String name) {
    return Failure.of("no peer is known by \"" + PeerText.shown(name) + "\"",
        "\"toq peers\" lists them; name one by its key, its fingerprint or its address");
  }

  /** Through the daemon. */
  record OfDaemon(LocalApi api) implements PeerBook {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    @Override
    public JsonObject list() throws IOException, Failure {
      return ask("GET", "/v1/peers", Optional.empty(), "");
    }

    @Override
    public JsonObject show(String name) throws IOException, Failure {
      return ask("GET", "/v1/peers/" + LocalApi.encoded(name), Optional.empty(), name);
    }

    @Override
    public JsonObject forget(String name) throws IOException, Failure {
      return ask("DELETE", "/v1/peers/" + LocalApi.encoded(name), Optional.empty(), name);
    }

    @Override
    public JsonObject accept(Address address, PublicKey key) throws IOException, Failure {
      return ask("POST", "/v1/peers/accept", Optional.of(JsonObject.builder()
          .put("address", address.full()).put("public_key", key.toString()).build()), "");
    }

    private JsonObject ask(String method, String path, Optional<JsonValue> body, String name)
        throws IOException, Failure {
      LocalApi.Answer answer = api.ask(method, path, body, TIMEOUT);
      if (answer.status() == 404 && !name.isEmpty()) {
        throw unknown(name);
      }
      return answer.jsonOr("\"toq peers\" shows who is known");
    }
  }

  /** In the files, which no daemon may take up meanwhile. */
  record OfFiles(Home home) implements PeerBook {
    @Override
    public JsonObject list() throws IOException, Failure {
      return with(KnownPeers::list);
    }

    @Override
    public JsonObject show(String name) throws IOException, Failure {
      return with(peers -> peers.show(name).orElseThrow(() -> unknown(name)));
    }

    @Override
    public JsonObject forget(String name) throws IOException, Failure {
      return with(peers -> peers.forget(name).orElseThrow(() -> unknown(name)));
    }

    @Override
    public JsonObject accept(Address address, PublicKey key) throws IOException, Failure {
      return with(peers -> peers.accept(address, key));
    }

    private interface Question {
      JsonObject about(KnownPeers peers) throws IOException, Failure;
    }

    private JsonObject with(Question question) throws IOException, Failure {
      PermissionsFile permissions = PermissionsFile.open(home.directory(), Clock.systemUTC());
      try (StateFile.Hold hold = StateFile.hold(home.directory());
          PeersFile peers = PeersFile.open(home.directory(), permissions::approvedKeys)) {
        return question.about(KnownPeers.resting(peers, permissions, Clock.systemUTC()));
      } catch (IllegalArgumentException unclear) {
        throw Failure.of(String.valueOf(unclear.getMessage()), "\"toq peers\" shows who is known");
      }
    }
  }
}
