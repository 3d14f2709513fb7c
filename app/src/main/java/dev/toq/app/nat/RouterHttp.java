package dev.toq.app.nat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * HTTP with a router: no redirects, no proxy, an answer of bounded length within one deadline.
 *
 * @param deadline from the first packet to the last byte of the answer
 */
record RouterHttp(Duration deadline) {
  static final RouterHttp STANDARD = new RouterHttp(Duration.ofSeconds(5));

  /** Descriptions of real routers have 3 to 30 kB. */
  static final int LONGEST = 256 * 1024;

  record Answer(int status, byte[] body) {}

  /** The description at this address. */
  byte[] get(URI uri) throws IOException {
    Answer answer = ask(HttpRequest.newBuilder(uri).GET());
    if (answer.status != 200) {
      throw new IOException("the router's description is not there: HTTP status " + answer.status);
    }
    return answer.body;
  }

  /** Calls an action of UPnP; a refusal is an answer with status 500 (UPnP Device Architecture 1.1 section 3.2). */
  Answer call(URI uri, String action, String envelope) throws IOException {
    return ask(HttpRequest.newBuilder(uri)
        .header("Content-Type", "text/xml; charset=\"utf-8\"").header("SOAPAction", "\"" + action + "\"")
        .POST(HttpRequest.BodyPublishers.ofString(envelope, StandardCharsets.UTF_8)));
  }

  private Answer ask(HttpRequest.Builder request) throws IOException {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
        .proxy(HttpClient.Builder.NO_PROXY).followRedirects(HttpClient.Redirect.NEVER).build();
    try {
      CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(request.timeout(deadline).build(),
          HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), LONGEST));
      HttpResponse<byte[]> whole = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      return new Answer(whole.statusCode(), whole.body());
    } catch (TimeoutException slow) {
      throw new IOException("the router did not finish its answer within " + deadline.toMillis() + " ms");
    } catch (ExecutionException failed) {
      throw new IOException("the router's answer cannot be read: " + failed.getCause(), failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while a router was asked");
    } finally {
      client.shutdownNow();
    }
  }
}
