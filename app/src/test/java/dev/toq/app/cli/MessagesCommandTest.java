package dev.toq.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.protocol.identity.Address;
import dev.toq.store.DataDirectory;
import dev.toq.store.ProcessMark;
import dev.toq.store.StateFile;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code toq messages --follow} makes of an event stream. */
@Timeout(60)
class MessagesCommandTest {
  @TempDir Path home;

  /** Answers the two requests of the command: for the stream, then for the history. */
  private static CompletableFuture<String> serve(ServerSocket server, String events) {
    CompletableFuture<String> requests = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                String stream = answer(server, events);
                requests.complete(stream + ", " + answer(server, "{\"messages\":[]}"));
              } catch (IOException e) {
                requests.completeExceptionally(e);
              }
            });
    return requests;
  }

  private static String answer(ServerSocket server, String body) throws IOException {
    try (Socket socket = server.accept()) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String first = String.valueOf(in.readLine());
      String line = first;
      while (line != null && !line.isEmpty()) {
        line = in.readLine();
      }
      String answer = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      return first;
    }
  }

  @Test
  @DisplayName("Messages that a follower missed are counted on standard error; keep-alive comments are not told")
  void lagged() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
      Map<String, String> variables = Map.of("HOME", home.toString());
      DataDirectory directory = DataDirectory.resolve(variables, home, Optional.of(home.resolve("agent")));
      directory.create();
      StateFile.publish(directory, new StateFile.Running(Address.parse("toq://localhost/agent"),
          server.getLocalPort(), "approval", ProcessMark.own(), Instant.EPOCH));
      CompletableFuture<String> requests = serve(server, ":\n\n: lagged 1\n\n"
          + "data: {\"id\":\"7\",\"from\":\"toq://localhost/bob\"}\n\n: lagged 3\n\n: lagged x\n\n");
      Environment environment = new Environment(variables, home, new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8), new Nobody());
      int code = Toq.run(List.of("--config-dir", directory.root().toString(), "messages", "--follow", "--json"),
          environment);
      assertEquals("GET /v1/messages HTTP/1.1, GET /v1/messages/history?limit=20 HTTP/1.1",
          requests.get(10, TimeUnit.SECONDS));
      assertEquals(Toq.SUCCESS, code);
    }
    assertEquals("toq: warning: 1 message was missed here and can be found in the history: toq messages\n"
        + "toq: warning: 3 messages were missed here and can be found in the history: toq messages\n",
        err.toString(StandardCharsets.UTF_8));
    assertEquals("{\"id\":\"7\",\"from\":\"toq://localhost/bob\"}\n", out.toString(StandardCharsets.UTF_8));
  }

  /** No user is there to ask. */
  private record Nobody() implements Environment.Asking {
    @Override
    public boolean atTerminal() {
      return false;
    }

    @Override
    public Optional<String> ask(String question) {
      return Optional.empty();
    }
  }
}
