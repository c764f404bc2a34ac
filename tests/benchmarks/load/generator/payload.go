package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// prefix is the length of a gRPC message's head: a flag for compression and four bytes of length.
const prefix = 5

// payload is what one kind of request is made of.
type payload struct {
	Signal   string `json:"signal"` // traces, metrics or logs
	Items    int64  `json:"items"`  // spans, data points or records of one request
	Encoding string `json:"encoding"`
	Bodies   []body `json:"bodies"`
}

// body is one prepared request; the ids of a compressed one cannot be rewritten, so there are several to take in turn.
type body struct {
	File   string  `json:"file"`
	Traces [][]int `json:"traces"` // for each trace, where its id stands in the body
	frame  []byte  // the body behind its gRPC prefix
}

func readPayload(path string) (*payload, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	prepared := new(payload)
	if err := json.Unmarshal(text, prepared); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for number := range prepared.Bodies {
		body := &prepared.Bodies[number]
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), body.File))
		if err != nil {
			return nil, err
		}
		body.frame = make([]byte, prefix, prefix+len(content))
		if prepared.Encoding != "" {
			body.frame[0] = 1
		}
		binary.BigEndian.PutUint32(body.frame[1:], uint32(len(content)))
		body.frame = append(body.frame, content...)
	}
	if len(prepared.Bodies) == 0 {
		return nil, fmt.Errorf("%s names no bodies", path)
	}
	return prepared, nil
}

// supply hands one connection its requests, with trace ids that no other request has where they can be written.
type supply struct {
	bodies []body
	next   int
	serial uint64
}

// newSupply copies what it will write to; lane keeps the ids of connections apart.
func newSupply(prepared *payload, lane int) *supply {
	bodies := make([]body, len(prepared.Bodies))
	for number, original := range prepared.Bodies {
		bodies[number] = original
		if len(original.Traces) > 0 {
			bodies[number].frame = append([]byte(nil), original.frame...)
		}
	}
	return &supply{bodies: bodies, next: lane % len(bodies), serial: uint64(lane) << 40}
}

// take returns the next request; it is valid until the next call.
func (s *supply) take() []byte {
	body := &s.bodies[s.next]
	s.next = (s.next + 1) % len(s.bodies)
	for _, places := range body.Traces {
		s.serial++
		id := mix(s.serial)
		for _, place := range places {
			binary.LittleEndian.PutUint64(body.frame[prefix+place:], id)
		}
	}
	return body.frame
}

// mix spreads a serial number over 64 bits (the finaliser of SplitMix64), as samplers and shards expect of trace ids.
func mix(number uint64) uint64 {
	number += 0x9e3779b97f4a7c15
	number = (number ^ number>>30) * 0xbf58476d1ce4e5b9
	number = (number ^ number>>27) * 0x94d049bb133111eb
	return number ^ number>>31
}
