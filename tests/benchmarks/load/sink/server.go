package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"sync"
)

const (
	grpcPrefix = 5
	// largest request: batches of 8192 spans are 4 MB, a collector that joins without a maximum may send more.
	largest = 256 << 20
)

var signals = map[string]signal{
	"/v1/traces":  traces,
	"/v1/metrics": metrics,
	"/v1/logs":    logs,
	"/opentelemetry.proto.collector.trace.v1.TraceService/Export":     traces,
	"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export": metrics,
	"/opentelemetry.proto.collector.logs.v1.LogsService/Export":       logs,
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// newServer serves HTTP/1.1 and HTTP/2 with prior knowledge on one port, with windows that never make a sender wait.
func newServer(received *received) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Protocols: protocols,
		HTTP2: &http.HTTP2Config{
			MaxReadFrameSize:              1 << 20,
			MaxReceiveBufferPerConnection: 64 << 20,
			MaxReceiveBufferPerStream:     16 << 20,
		},
		Handler: http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
			signal, known := signals[request.URL.Path]
			switch {
			case !known:
				received.refuse()
				http.NotFound(writer, request)
			case request.ProtoMajor == 2 && request.Header.Get("Content-Type") != "application/x-protobuf":
				takeGRPC(received, signal, writer, request)
			default:
				takeHTTP(received, signal, writer, request)
			}
		}),
	}
}

func takeHTTP(received *received, signal signal, writer http.ResponseWriter, request *http.Request) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	if err := fill(buffer, request.Body, request.ContentLength); err != nil {
		received.refuse()
		http.Error(writer, err.Error(), http.StatusBadRequest)
		return
	}
	encoding := request.Header.Get("Content-Encoding")
	received.take(signal, *buffer, encoding == "gzip")
	if encoding != "" && encoding != "gzip" {
		received.refuse()
	}
	writer.Header().Set("Content-Type", "application/x-protobuf")
	writer.WriteHeader(http.StatusOK)
}

func takeGRPC(received *received, signal signal, writer http.ResponseWriter, request *http.Request) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	var head [grpcPrefix]byte
	_, err := io.ReadFull(request.Body, head[:])
	if err == nil {
		err = fill(buffer, request.Body, int64(binary.BigEndian.Uint32(head[1:])))
	}
	writer.Header().Set("Content-Type", "application/grpc")
	writer.Header().Set("Trailer", "Grpc-Status")
	if err != nil {
		received.refuse()
		writer.WriteHeader(http.StatusOK)
		writer.Header().Set("Grpc-Status", "13")
		return
	}
	io.Copy(io.Discard, request.Body) // the end of the stream
	received.take(signal, *buffer, head[0] == 1)
	writer.WriteHeader(http.StatusOK)
	writer.Write(make([]byte, grpcPrefix))
	writer.Header().Set("Grpc-Status", "0")
}

// fill reads a body of known size, or of unknown size when it is negative, into the buffer.
func fill(buffer *[]byte, body io.Reader, size int64) error {
	if size > largest {
		return fmt.Errorf("%d bytes are more than %d", size, largest)
	}
	if size < 0 {
		content, err := io.ReadAll(io.LimitReader(body, largest))
		*buffer = content
		return err
	}
	if int64(cap(*buffer)) < size {
		*buffer = make([]byte, size)
	}
	*buffer = (*buffer)[:size]
	_, err := io.ReadFull(body, *buffer)
	return err
}
