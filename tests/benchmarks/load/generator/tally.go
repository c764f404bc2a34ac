package main

import (
	"slices"
	"time"
)

// kindsOfError bounds how many different texts are reported; what is beyond is counted under otherErrors.
const (
	kindsOfError = 20
	otherErrors  = "other errors"
)

// tally counts what one connection, or all of them, did.
type tally struct {
	accepted  int64
	items     int64
	seconds   float64
	errors    map[string]int64
	latencies []uint32 // microseconds
}

// report is the line that is printed. Latencies are milliseconds.
type report struct {
	Event    string             `json:"event"`
	Requests int64              `json:"requests"`
	Items    int64              `json:"items"`
	Seconds  float64            `json:"seconds"`
	Failed   int64              `json:"failed"`
	Errors   map[string]int64   `json:"errors"`
	Latency  map[string]float64 `json:"latency_ms"`
}

func newTally() *tally {
	return &tally{errors: map[string]int64{}}
}

func (t *tally) fail(why string) {
	t.failed(why, 1)
}

func (t *tally) failed(why string, times int64) {
	if _, known := t.errors[why]; !known && len(t.errors) >= kindsOfError {
		why = otherErrors
	}
	t.errors[why] += times
}

func (t *tally) answer(refusal string, took time.Duration) {
	if refusal != "" {
		t.fail(refusal)
		return
	}
	t.accepted++
	t.latencies = append(t.latencies, uint32(min(took.Microseconds(), 1<<32-1)))
}

func (t *tally) add(other *tally) {
	t.accepted += other.accepted
	t.latencies = append(t.latencies, other.latencies...)
	for why, times := range other.errors {
		t.failed(why, times)
	}
}

func (t *tally) report(event string) report {
	made := report{event, t.accepted, t.items, t.seconds, 0, t.errors, map[string]float64{}}
	for _, times := range t.errors {
		made.Failed += times
	}
	slices.Sort(t.latencies)
	for name, part := range map[string]float64{"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1} {
		if count := len(t.latencies); count > 0 {
			made.Latency[name] = float64(t.latencies[min(count-1, int(part*float64(count)))]) / 1000
		}
	}
	return made
}
