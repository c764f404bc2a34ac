//go:build tools

// Package h2spec pins the conformance tests of HTTP/2 that the fuzzing runs against the OTLP ports.
package h2spec

import _ "github.com/summerwind/h2spec/cmd/h2spec"
