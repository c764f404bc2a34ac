// Program gohost scrapes the host twice with the Go collector's hostmetrics receiver and writes the requests to standard output,
// each after its length in four bytes, big endian. Its argument is the receiver's configuration as YAML.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/receiver"
)

const rounds = 2

func run() error {
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(os.Args[1]))
	if err != nil {
		return err
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		return err
	}
	factory := hostmetricsreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	if err := conf.Unmarshal(config); err != nil {
		return err
	}
	requests := make(chan []byte, rounds)
	next, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
		data, err := pmetricotlp.NewExportRequestFromMetrics(metrics).MarshalProto()
		if err == nil {
			requests <- data
		}
		return err
	})
	if err != nil {
		return err
	}
	settings := receiver.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
		BuildInfo:         component.BuildInfo{Version: "0.149.0"},
	}
	started, err := factory.CreateMetrics(context.Background(), settings, config, next)
	if err != nil {
		return err
	}
	if err := started.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		return err
	}
	for range rounds {
		select {
		case data := <-requests:
			var length [4]byte
			binary.BigEndian.PutUint32(length[:], uint32(len(data)))
			if _, err := os.Stdout.Write(append(length[:], data...)); err != nil {
				return err
			}
		case <-time.After(30 * time.Second):
			return fmt.Errorf("no request within 30 s")
		}
	}
	return started.Shutdown(context.Background())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
