package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.List;
import java.util.Locale;

/** {@code GET /v1/discover?host=}: the agents that a domain publishes in DNS. A name that cannot be asked has none. */
final class DiscoverApi implements Resource {
  private final Agent agent;

  DiscoverApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/discover", this::discover);
  }

  private void discover(Call call) throws Exception {
    String host = call.query("host").orElseThrow(() -> ApiError.invalid("name a domain, as in ?host=example.com"));
    Address any = Texts.address("toq://" + host.toLowerCase(Locale.ROOT) + "/any").orElseThrow(ApiError::invalid);
    if (!DnsRecord.mayBeAt(any)) {
      throw ApiError.invalid("this is no domain of the public name system");
    }
    String domain = any.host();
    JsonObject.Builder answer = JsonObject.builder();
    switch (agent.discover(domain)) {
      case DnsAnswer.Found<DnsRecord> found -> answer.put("agents", new JsonArray(
          found.all().stream().<JsonValue>map(record -> entry(domain, record)).toList()))
          .put("signed", found.isSecure());
      case DnsAnswer.Nothing<DnsRecord> nothing -> answer.put("agents", new JsonArray(List.of()));
      case DnsAnswer.Bogus<DnsRecord>(String reason) -> answer.put("agents", new JsonArray(List.of()))
          .put("error", Texts.shown("the records of " + domain + " are not to be trusted: " + reason));
      case DnsAnswer.Unanswered<DnsRecord>(String reason) -> answer.put("agents", new JsonArray(List.of()))
          .put("error", Texts.shown(reason));
    }
    call.reply(200, answer.build());
  }

  /** {@code public_key} is the base64 alone, as other implementations of this interface have it. */
  private static JsonObject entry(String domain, DnsRecord record) {
    return JsonObject.builder()
        .put("address", record.address(domain).full())
        .put("public_key", record.key().base64())
        .put("key", record.key().toString())
        .build();
  }
}
