// Program sink takes OTLP by gRPC and by HTTP on one port, answers OK, and counts what came: /stats on the second port.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	endpoint := flag.String("endpoint", "127.0.0.1:4317", "host:port for OTLP, gRPC and HTTP")
	control := flag.String("control", "127.0.0.1:8888", "host:port for /stats")
	flag.Parse()
	if err := run(*endpoint, *control); err != nil {
		fmt.Fprintln(os.Stderr, "sink:", err)
		os.Exit(1)
	}
}

func run(endpoint, control string) error {
	received := new(received)
	go func() {
		pages := http.NewServeMux()
		pages.HandleFunc("GET /stats", func(writer http.ResponseWriter, _ *http.Request) {
			writer.Header().Set("Content-Type", "application/json")
			json.NewEncoder(writer).Encode(received.stats())
		})
		fmt.Fprintln(os.Stderr, "sink:", http.ListenAndServe(control, pages))
		os.Exit(1)
	}()
	listener, err := net.Listen("tcp", endpoint)
	if err != nil {
		return err
	}
	return serve(received, listener)
}
