package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const subject = "bench"

// stream is the one stream that everything is published to, seen over a connection that carries no load.
type stream struct {
	connection *nats.Conn
	stream     jetstream.Stream
}

// createStream makes a stream of a single replica in files, without limits.
func createStream(ctx context.Context, server *server) (*stream, error) {
	connection, err := server.connect()
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(connection)
	if err != nil {
		connection.Close()
		return nil, err
	}
	created, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "bench", Subjects: []string{subject}, Storage: jetstream.FileStorage, Replicas: 1,
	})
	if err != nil {
		connection.Close()
		return nil, err
	}
	return &stream{connection, created}, nil
}

func (s *stream) serverVersion() string { return s.connection.ConnectedServerVersion() }

// stored is how many messages the stream holds.
func (s *stream) stored(ctx context.Context) (uint64, error) {
	info, err := s.stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.Msgs, nil
}

func (s *stream) close() { s.connection.Close() }

type caller struct {
	connection *nats.Conn
	js         jetstream.JetStream
}

type callers []caller

func connectCallers(server *server, count int) (callers, error) {
	var all callers
	for range count {
		connection, err := server.connect()
		if err != nil {
			all.close()
			return nil, err
		}
		js, err := jetstream.New(connection)
		if err != nil {
			connection.Close()
			all.close()
			return nil, err
		}
		all = append(all, caller{connection, js})
	}
	return all, nil
}

func (all callers) close() {
	for _, caller := range all {
		caller.connection.Close()
	}
}

// result is what one run measured: the latency of every acknowledged message, ascending.
type result struct {
	latencies []time.Duration
	took      time.Duration
}

func (r result) perSecond() float64 { return float64(len(r.latencies)) / r.took.Seconds() }

func (r result) millis(share float64) float64 {
	at := min(len(r.latencies)-1, int(math.Floor(float64(len(r.latencies))*share)))
	return float64(r.latencies[at]) / float64(time.Millisecond)
}

// run has every caller publish without pause for a time. One failed message fails it.
func (all callers) run(ctx context.Context, body []byte, length time.Duration) (result, error) {
	type outcome struct {
		latencies []time.Duration
		err       error
	}
	outcomes := make(chan outcome, len(all))
	start := time.Now()
	end := start.Add(length)
	for _, caller := range all {
		go func() {
			latencies, err := caller.publishUntil(ctx, body, end)
			outcomes <- outcome{latencies, err}
		}()
	}
	var total result
	var failed error
	for range all {
		one := <-outcomes
		total.latencies = append(total.latencies, one.latencies...)
		if one.err != nil {
			failed = one.err
		}
	}
	total.took = time.Since(start)
	slices.Sort(total.latencies)
	if failed == nil && len(total.latencies) == 0 {
		failed = fmt.Errorf("nothing was acknowledged in %v", length)
	}
	return total, failed
}

func (c caller) publishUntil(ctx context.Context, body []byte, end time.Time) ([]time.Duration, error) {
	var latencies []time.Duration
	before := time.Now()
	for before.Before(end) {
		if _, err := c.js.Publish(ctx, subject, body, jetstream.WithRetryAttempts(0)); err != nil {
			return latencies, err
		}
		after := time.Now()
		latencies = append(latencies, after.Sub(before))
		before = after
	}
	return latencies, nil
}
