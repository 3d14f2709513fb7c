package dev.toq.app.daemon;

import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.Agent.Recipient;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.identity.Address;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends the local caller's messages: finds or opens the connection, transmits, and waits for the peer's answer. A
 * message whose connection ends before the answer is sent once more, with the same id and body, on a fresh one.
 */
final class Delivery {
  private static final int TRANSMISSIONS = 2;

  private final Node node;
  private final Dialer dialer;

  Delivery(Node node, Dialer dialer) {
    this.node = node;
    this.dialer = dialer;
  }

  Outcome send(Address to, Outgoing message, boolean wait, Duration timeout) throws InterruptedException {
    String threadId = message.threadId().orElseGet(() -> UUID.randomUUID().toString());
    return new Sending(to, draft(UUID.randomUUID(), List.of(to), message, threadId), threadId).run(wait, timeout);
  }

  /**
   * One message for several: every copy has the same id and names all recipients. Each goes its own way. Where one
   * of them is this agent itself, nothing is sent to anyone.
   */
  List<Recipient> sendAll(List<Address> to, Outgoing message) {
    if (to.stream().anyMatch(node::isOwn)) {
      return to.stream().map(recipient -> new Recipient(recipient, new Outcome.SelfMessage())).toList();
    }
    String threadId = message.threadId().orElseGet(() -> UUID.randomUUID().toString());
    Envelope draft = draft(UUID.randomUUID(), to, message, threadId);
    List<CompletableFuture<Outcome>> outcomes = to.stream().map(recipient -> {
      CompletableFuture<Outcome> outcome = new CompletableFuture<>();
      Thread.ofVirtual().name("toq-send").start(() -> {
        try {
          outcome.complete(new Sending(recipient, draft, threadId).run(false, Duration.ZERO));
        } catch (InterruptedException stopped) {
          outcome.complete(new Outcome.NotReachable("this agent is stopping"));
          Thread.currentThread().interrupt();
        } catch (RuntimeException fault) {
          Journal.bug("sending", fault);
          outcome.complete(new Outcome.NotReachable("internal error; the log says more"));
        }
      });
      return outcome;
    }).toList();
    List<Recipient> recipients = new ArrayList<>();
    for (int i = 0; i < to.size(); i++) {
      recipients.add(new Recipient(to.get(i), outcomes.get(i).join()));
    }
    return recipients;
  }

  private Envelope draft(UUID id, List<Address> to, Outgoing message, String threadId) {
    MessageType type = message.closeThread() ? MessageType.THREAD_CLOSE : MessageType.MESSAGE_SEND;
    return new Envelope(id, type, node.self().address(), to, 0, node.timestamp(), Optional.of(threadId),
        message.replyTo(), Optional.empty(), message.contentType(), OptionalLong.empty(), Optional.empty(),
        Optional.empty(), message.body());
  }

  /** One copy of one message on its way to one recipient. */
  private final class Sending {
    private final Address to;
    private final Envelope draft;
    private final String threadId;

    Sending(Address to, Envelope draft, String threadId) {
      this.to = to;
      this.draft = draft;
      this.threadId = threadId;
    }

    Outcome run(boolean wait, Duration timeout) throws InterruptedException {
      if (node.isOwn(to)) {
        return new Outcome.SelfMessage(); // R-10.8-01, before anything is dialled
      }
      try {
        Session session = session();
        if (wait) {
          return await(session, timeout);
        }
        CompletableFuture<InFlight.Answer> answer = session.transmit(draft);
        Thread.ofVirtual().name("toq-follow").start(() -> follow(answer));
        return new Outcome.Queued(draft.id(), threadId);
      } catch (Dialer.DialException unreachable) {
        return new Outcome.NotReachable(String.valueOf(unreachable.getMessage()));
      } catch (TooLargeException tooLarge) {
        return new Outcome.TooLarge(tooLarge.size, tooLarge.limit);
      } catch (IOException lost) {
        return new Outcome.NotReachable("the connection to " + to.full() + " was lost: " + lost.getMessage());
      }
    }

    private Session session() throws Dialer.DialException, InterruptedException {
      Optional<Session> kept = node.registry().to(to);
      return kept.isPresent() ? kept.get() : dialer.dial(to);
    }

    private Outcome await(Session first, Duration timeout)
        throws InterruptedException, IOException, TooLargeException, Dialer.DialException {
      long deadline = System.nanoTime() + timeout.toNanos();
      Session session = first;
      for (int transmission = 1; ; transmission++) {
        InFlight.Answer answer;
        try {
          answer = session.transmit(draft).get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (IOException lost) {
          answer = new InFlight.Answer.Lost();
        } catch (TimeoutException silent) {
          session.giveUp(draft.id());
          return new Outcome.TimedOut(draft.id(), threadId);
        } catch (ExecutionException impossible) {
          throw new IllegalStateException(impossible);
        }
        switch (answer) {
          case InFlight.Answer.Acknowledged() -> {
            return new Outcome.Delivered(draft.id(), threadId);
          }
          case InFlight.Answer.Refused refused -> {
            return new Outcome.Refused(refused.codeText(), refused.reason());
          }
          case InFlight.Answer.Lost() -> {
            if (transmission == TRANSMISSIONS) {
              return new Outcome.NotReachable("the connection to " + to.full() + " was lost before the message was "
                  + "acknowledged; the peer may have it");
            }
            session = dialer.dial(to);
          }
        }
      }
    }

    /** The caller does not wait: a lost message is sent once more, and what became of it is logged. */
    private void follow(CompletableFuture<InFlight.Answer> answer) {
      try {
        if (answer.get() instanceof InFlight.Answer.Lost) {
          dialer.dial(to).transmit(draft);
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException | IOException | TooLargeException | Dialer.DialException failed) {
        Journal.warn("message " + draft.id() + " was not acknowledged: " + failed.getMessage());
      }
    }
  }
}
