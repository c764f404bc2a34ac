package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"golang.org/x/net/http2"
)

// largest request: batches of 8192 spans are 4 MB, a collector that joins without a maximum may send more.
const largest = 256 << 20

var signals = map[string]signal{
	"/v1/traces":  traces,
	"/v1/metrics": metrics,
	"/v1/logs":    logs,
	"/opentelemetry.proto.collector.trace.v1.TraceService/Export":     traces,
	"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": metrics,
	"/opentelemetry.proto.collector.logs.v1.LogsService/Export":       logs,
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// serve takes both protocols on one port: a connection's first bytes say which it speaks.
func serve(received *received, listener net.Listener) error {
	plain := &handedOn{Listener: listener, connections: make(chan net.Conn)}
	go newHTTPServer(received).Serve(plain)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			reader := bufio.NewReaderSize(conn, 64<<10)
			start, err := reader.Peek(3)
			switch {
			case err != nil:
				conn.Close()
			case strings.HasPrefix(http2.ClientPreface, string(start)):
				if err := serveGRPC(received, conn, reader); err != nil && !closed(err) {
					received.refuse()
					fmt.Fprintln(os.Stderr, "sink:", err)
				}
			default:
				plain.connections <- begun{conn, reader}
			}
		}()
	}
}

// closed tells a connection that ended, in whatever way, from one that broke the protocol.
func closed(err error) bool {
	var broken *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &broken)
}

// handedOn is a listener for connections that someone else has accepted.
type handedOn struct {
	net.Listener
	connections chan net.Conn
}

func (h *handedOn) Accept() (net.Conn, error) {
	return <-h.connections, nil
}

// begun is a connection whose first bytes are in a buffer already.
type begun struct {
	net.Conn
	reader *bufio.Reader
}

func (b begun) Read(into []byte) (int, error) {
	return b.reader.Read(into)
}
