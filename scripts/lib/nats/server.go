package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	startDeadline = 20 * time.Second
	stopDeadline  = 20 * time.Second
)

// server is a nats-server process with its scratch directory, which holds its store.
type server struct {
	directory string
	process   *exec.Cmd
	exited    chan error
	url       string
	trusted   *x509.CertPool
}

// ports is the file in which the server says where it listens.
type ports struct {
	Nats       []string `json:"nats"`
	Monitoring []string `json:"monitoring"`
}

// startServer starts the program and returns once it listens and has said that it forces every write.
func startServer(ctx context.Context, program string) (*server, error) {
	directory, err := os.MkdirTemp("", "toq-bench-nats-")
	if err != nil {
		return nil, err
	}
	s := &server{directory: directory, exited: make(chan error, 1)}
	if err := s.start(ctx, program); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) start(ctx context.Context, program string) error {
	if err := s.writeCertificate(); err != nil {
		return err
	}
	config := filepath.Join(s.directory, "nats.conf")
	if err := os.WriteFile(config, []byte(s.config()), 0o600); err != nil {
		return err
	}
	log, err := os.Create(s.file("server.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	process := exec.Command(program, "-c", config)
	process.Stdout, process.Stderr = log, log
	if err := process.Start(); err != nil {
		return err
	}
	s.process = process
	go func() { s.exited <- process.Wait() }()

	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	listens, err := s.awaitPorts(ctx)
	if err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%w\n%s", err, said)
	}
	s.url = listens.Nats[0]
	return checkForced(ctx, listens.Monitoring[0])
}

func (s *server) config() string {
	return fmt.Sprintf(`
listen: "127.0.0.1:-1"
http: "127.0.0.1:-1"
ports_file_dir: %[1]q
tls { cert_file: %[2]q, key_file: %[3]q }
jetstream { store_dir: %[4]q, sync_interval: always }
`, s.directory, s.file("cert.pem"), s.file("key.pem"), s.file("store"))
}

func (s *server) file(name string) string { return filepath.Join(s.directory, name) }

// writeCertificate makes a self-signed certificate for the loopback address and trusts it alone.
func (s *server) writeCertificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	privateKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	certificatePem := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	s.trusted = x509.NewCertPool()
	s.trusted.AppendCertsFromPEM(certificatePem)
	return errors.Join(
		os.WriteFile(s.file("cert.pem"), certificatePem, 0o600),
		os.WriteFile(s.file("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateKey}), 0o600))
}

func (s *server) awaitPorts(ctx context.Context) (ports, error) {
	for {
		if listens, ok := s.readPorts(); ok {
			return listens, nil
		}
		select {
		case err := <-s.exited:
			s.exited <- err
			return ports{}, fmt.Errorf("the server ended: %v", err)
		case <-ctx.Done():
			return ports{}, fmt.Errorf("the server does not listen: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// readPorts is false while the file is missing or half written.
func (s *server) readPorts() (ports, bool) {
	var listens ports
	found, err := filepath.Glob(s.file("*.ports"))
	if err != nil || len(found) != 1 {
		return listens, false
	}
	text, err := os.ReadFile(found[0])
	if err != nil || json.Unmarshal(text, &listens) != nil {
		return listens, false
	}
	return listens, len(listens.Nats) > 0 && len(listens.Monitoring) > 0
}

// checkForced asks the server whether it forces every write: figures of one that does not would be worth nothing here.
func checkForced(ctx context.Context, monitoring string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, monitoring+"/jsz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var says struct {
		Config struct {
			SyncAlways bool `json:"sync_always"`
		} `json:"config"`
	}
	if err := json.NewDecoder(response.Body).Decode(&says); err != nil {
		return err
	}
	if !says.Config.SyncAlways {
		return errors.New("the server does not force every write")
	}
	return nil
}

func (s *server) connect() (*nats.Conn, error) {
	return nats.Connect(s.url, nats.Secure(&tls.Config{RootCAs: s.trusted, MinVersion: tls.VersionTLS13}),
		nats.NoReconnect())
}

// residentMegabytes is the memory of the server process.
func (s *server) residentMegabytes() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kilobytes / 1024, err
		}
	}
	return 0, errors.New("the kernel does not tell the server's memory")
}

// stop ends the server and removes everything that it stored.
func (s *server) stop() error {
	if s.process != nil {
		if err := s.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-s.exited: // a server that is told to end says so by its code
		case <-time.After(stopDeadline):
			return errors.Join(errors.New("the server does not end"), s.process.Process.Kill())
		}
	}
	return os.RemoveAll(s.directory)
}
