package main

import (
	"encoding/binary"
	"errors"
	"slices"
)

// signal is the way down to the items of a request: on each level the fields to enter, and at the last those to count.
type signal [][]uint64

// Field numbers of opentelemetry-proto 1.x: resource, scope, and then spans or log records, or metrics with the points of
// gauge, sum, histogram, exponential histogram and summary.
var (
	traces  = signal{{1}, {2}, {2}}
	logs    = signal{{1}, {2}, {2}}
	metrics = signal{{1}, {2}, {2}, {5, 7, 9, 10, 11}, {1}}
)

var errMalformed = errors.New("not a protobuf message")

// count walks the message's length-prefixed fields and looks into no more of them than it must.
func count(way signal, message []byte) (int64, error) {
	var items int64
	for len(message) > 0 {
		tag, size := binary.Uvarint(message)
		if size <= 0 {
			return items, errMalformed
		}
		message = message[size:]
		switch tag & 7 {
		case 0:
			_, size = binary.Uvarint(message)
		case 1:
			size = 8
		case 5:
			size = 4
		case 2:
			length, head := binary.Uvarint(message)
			if head <= 0 || length > uint64(len(message)-head) {
				return items, errMalformed
			}
			content := message[head : head+int(length)]
			size = head + int(length)
			if !slices.Contains(way[0], tag>>3) {
				break
			}
			if len(way) == 1 {
				items++
				break
			}
			below, err := count(way[1:], content)
			if err != nil {
				return items, err
			}
			items += below
		default:
			return items, errMalformed
		}
		if size <= 0 || size > len(message) {
			return items, errMalformed
		}
		message = message[size:]
	}
	return items, nil
}
