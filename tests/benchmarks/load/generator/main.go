// Program generator sends prepared OTLP requests over many connections, one request in flight on each, flat out or at a rate.
//
// It warms up, prints {"event":"warm",...}, waits for a line on stdin, measures, prints {"event":"measured",...} and ends:
// whoever started it can take the receiver's CPU time exactly around what the second line counts.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	var load load
	payload := flag.String("payload", "", "JSON file that names the prepared bodies")
	flag.StringVar(&load.endpoint, "endpoint", "127.0.0.1:4317", "host:port to send to")
	flag.StringVar(&load.protocol, "protocol", "grpc", "grpc or http")
	flag.IntVar(&load.connections, "connections", 4, "connections, each with one request in flight")
	flag.Float64Var(&load.rate, "rate", 0, "requests a second over all connections; 0 is flat out")
	flag.IntVar(&load.frame, "frame", 16384, "largest HTTP/2 DATA frame; grpc-go never sends more than 16384 bytes")
	warmup := flag.Duration("warmup", time.Second, "time of the first part, which is not measured")
	seconds := flag.Duration("time", 3*time.Second, "time of the measured part")
	flag.Parse()

	if err := run(load, *payload, *warmup, *seconds); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}

func run(load load, path string, warmup, seconds time.Duration) error {
	prepared, err := readPayload(path)
	if err != nil {
		return err
	}
	load.payload = prepared
	lanes, err := load.connect()
	if err != nil {
		return err
	}
	output := json.NewEncoder(os.Stdout)
	if err := output.Encode(load.send(lanes, warmup).report("warm")); err != nil {
		return err
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return fmt.Errorf("waiting for the line that starts the measured part: %w", err)
	}
	return output.Encode(load.send(lanes, seconds).report("measured"))
}
