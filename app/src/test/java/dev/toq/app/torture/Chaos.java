package dev.toq.app.torture;

import dev.toq.app.TestAgent;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Two agents send to each other through a {@link BadNetwork}, by their local interface, with {@code wait=true} and
 * {@code wait=false}. Of what was accepted (200, 202, or 504, after which retries go on) nothing may be lost, nothing
 * be delivered twice, and each thread must keep its order.
 */
final class Chaos implements Torture.Test {
  private static final int DELIVERED = 200;
  private static final int QUEUED = 202;
  private static final int TIMED_OUT = 504;
  private static final long PACE_MILLIS = 500;

  /** One message as its caller saw it; {@code code} is HTTP's. */
  private record Sent(TestAgent to, int caller, int number, int code) {
    String text() {
      return caller + "/" + number;
    }

    boolean isAccepted() {
      return code == DELIVERED || code == QUEUED || code == TIMED_OUT;
    }
  }

  private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int seconds = options.number("seconds", 20, 600);
    int callers = options.number("callers", 8, 48);
    int least = options.number("least", 50, 16_000);
    sent.clear();
    BadNetwork network = new BadNetwork(options.chance(0), Duration.ofSeconds(options.isShort() ? 4 : 15));
    try (Pair pair = Pair.start(Chaos::quick);
        Proxy toFirst = new Proxy(pair.first().port(), network::ways);
        Proxy toSecond = new Proxy(pair.second().port(), network::ways)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
          HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
        List<Future<?>> calling = new ArrayList<>();
        for (int caller = 0; caller < callers; caller++) {
          int number = caller;
          TestAgent from = caller % 2 == 0 ? pair.first() : pair.second();
          TestAgent to = caller % 2 == 0 ? pair.second() : pair.first();
          String address = Pair.at((caller % 2 == 0 ? toSecond : toFirst).port()).full();
          calling.add(threads.submit(() -> call(client, from, to, address, number, number / 2 % 2 == 0, end)));
        }
        for (Future<?> one : calling) {
          one.get(seconds + 60, TimeUnit.SECONDS);
        }
      }
      network.calm();
      long start = System.nanoTime();
      boolean settled = Waiting.until(Duration.ofSeconds(options.isShort() ? 15 : 60), () -> lost(pair).isEmpty());
      findings.figure("chaos: %d s, %d callers; connections by what the network did to them: %s", seconds, callers,
          network.drawn());
      judge(pair, least, findings);
      findings.figure("%s %.1f s after the network calmed",
          settled ? "all accepted had arrived" : "not all had arrived", (System.nanoTime() - start) / 1e9);
    }
  }

  /** Half-open connections are noticed within seconds, so that many of them fit into the test. */
  private static Config quick(Config config) {
    return config.with(ConfigKey.HEARTBEAT_INTERVAL, 1L).with(ConfigKey.HEARTBEAT_TIMEOUT, 5L)
        .with(ConfigKey.WRITE_TIMEOUT, 5L);
  }

  /** Sends one message after the other in a thread of its own. */
  private Void call(HttpClient client, TestAgent from, TestAgent to, String address, int caller, boolean waits,
      long end) throws Exception {
    for (int number = 0; System.nanoTime() < end; number++) {
      long start = System.nanoTime();
      String body = "{\"to\":\"" + address + "\",\"thread_id\":\"thread-" + caller + "\",\"body\":{\"text\":\"" + caller
          + "/" + number + "\"}}";
      URI uri = URI.create("http://127.0.0.1:" + from.port() + "/v1/messages?wait=" + waits + "&timeout=10");
      HttpResponse<String> answer = client.send(
          HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body)).build(),
          HttpResponse.BodyHandlers.ofString());
      boolean hasId = answer.body().contains("\"id\"");
      sent.add(new Sent(to, caller, number, answer.statusCode() < 300 && !hasId ? 0 : answer.statusCode()));
      if (!waits) {
        long left = PACE_MILLIS - (System.nanoTime() - start) / 1_000_000;
        TimeUnit.MILLISECONDS.sleep(Math.max(0, left));
      }
    }
    return null;
  }

  private List<Sent> lost(Pair pair) throws IOException {
    Map<TestAgent, Set<String>> arrived = new HashMap<>();
    for (TestAgent agent : List.of(pair.first(), pair.second())) {
      Set<String> texts = new HashSet<>();
      Stored.read(agent.directory().messages()).forEach(message -> texts.add(message.text()));
      arrived.put(agent, texts);
    }
    return sent.stream().filter(Sent::isAccepted)
        .filter(one -> !arrived.getOrDefault(one.to(), Set.of()).contains(one.text())).toList();
  }

  private void judge(Pair pair, int least, Findings findings) throws IOException {
    Map<Integer, Integer> codes = new TreeMap<>();
    sent.forEach(one -> codes.merge(one.code(), 1, Integer::sum));
    Map<Integer, Integer> lost = new TreeMap<>();
    lost(pair).forEach(one -> lost.merge(one.code(), 1, Integer::sum));
    int stored = 0;
    long twice = 0;
    long disordered = 0;
    for (TestAgent agent : List.of(pair.first(), pair.second())) {
      List<Stored> messages = Stored.read(agent.directory().messages());
      stored += messages.size();
      twice += Stored.twice(messages)
          + Stored.byText(messages).values().stream().filter(count -> count > 1).count();
      disordered += disordered(messages);
    }
    long accepted = sent.stream().filter(Sent::isAccepted).count();
    findings.figure("%d messages (answers: %s), %d accepted, %d stored; lost by answer: %s; twice: %d; out of order in "
        + "their thread: %d", sent.size(), codes, accepted, stored, lost, twice, disordered);
    findings.require(accepted >= least, "only " + accepted + " of " + least + " messages were accepted");
    findings.require(lost.isEmpty(), "accepted, but lost: " + lost);
    findings.require(twice == 0, twice + " messages were delivered twice");
    findings.require(disordered == 0, disordered + " messages came out of their thread's order");
  }

  /** How many messages come after a later one of the same caller. */
  private static long disordered(List<Stored> messages) {
    Map<String, Integer> highest = new HashMap<>();
    long count = 0;
    for (Stored message : messages) {
      String[] parts = message.text().split("/", 2);
      int number = Integer.parseInt(parts[1]);
      int before = highest.getOrDefault(parts[0], -1);
      count += number < before ? 1 : 0;
      highest.put(parts[0], Math.max(before, number));
    }
    return count;
  }
}
