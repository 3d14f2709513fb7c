// Command nats-load measures how many messages a second a NATS JetStream server acknowledges that forces each of them
// to its disk. The server is a process of its own, as released, on TLS 1.3; each caller has a connection of its own and
// waits for the acknowledgement of one message before it publishes the next.
//
// Prints "server VERSION", for each run "run CALLERS MESSAGES_PER_SECOND P50_MILLISECONDS P99_MILLISECONDS", and at the
// end "resident MEGABYTES" of the server. Linux only: it reads /proc.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type settings struct {
	server string
	bytes  int
	warmUp time.Duration
	length time.Duration
	runs   int
}

func main() {
	var asked settings
	flag.StringVar(&asked.server, "server", "", "the nats-server program")
	flag.IntVar(&asked.bytes, "bytes", 400, "size of a message's body")
	flag.DurationVar(&asked.warmUp, "warm-up", 10*time.Second, "load before the first run")
	flag.DurationVar(&asked.length, "length", 5*time.Second, "length of a run")
	flag.IntVar(&asked.runs, "runs", 3, "runs for each number of callers")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, asked); err != nil {
		fmt.Fprintln(os.Stderr, "nats-load:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, asked settings) (err error) {
	server, err := startServer(ctx, asked.server)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := server.stop(); err == nil {
			err = stopped
		}
	}()
	stream, err := createStream(ctx, server)
	if err != nil {
		return err
	}
	defer stream.close()
	fmt.Println("server", stream.serverVersion())

	for _, callers := range []int{1, 32} {
		if err := measureCallers(ctx, server, stream, callers, asked); err != nil {
			return fmt.Errorf("%d callers: %w", callers, err)
		}
	}
	resident, err := server.residentMegabytes()
	if err != nil {
		return err
	}
	fmt.Printf("resident %.1f\n", resident)
	return nil
}

func measureCallers(ctx context.Context, server *server, stream *stream, count int, asked settings) error {
	callers, err := connectCallers(server, count)
	if err != nil {
		return err
	}
	defer callers.close()
	body := make([]byte, asked.bytes)
	for i := range body {
		body[i] = 'x'
	}
	before, err := stream.stored(ctx)
	if err != nil {
		return err
	}
	warm, err := callers.run(ctx, body, asked.warmUp)
	if err != nil {
		return err
	}
	acknowledged := uint64(len(warm.latencies))
	for range asked.runs {
		result, err := callers.run(ctx, body, asked.length)
		if err != nil {
			return err
		}
		acknowledged += uint64(len(result.latencies))
		fmt.Printf("run %d %.1f %.3f %.3f\n", count, result.perSecond(), result.millis(0.50), result.millis(0.99))
	}
	after, err := stream.stored(ctx)
	if err == nil && after-before != acknowledged {
		err = fmt.Errorf("%d acknowledged, but %d stored", acknowledged, after-before)
	}
	return err
}
