package main

import (
	"bytes"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// keptPacked bounds the compressed requests that wait to be counted.
const keptPacked = 1 << 30

// received adds up what came. Compressed requests are kept and unpacked when someone asks, so that during a measurement the
// sink does not take the processor from the generator.
type received struct {
	mutex  sync.Mutex
	total  Stats
	packed []packed
	kept   int
}

type packed struct {
	signal  signal
	content []byte
}

// Stats is the answer of /stats.
type Stats struct {
	Requests int64 `json:"requests"`
	Items    int64 `json:"items"`
	Bytes    int64 `json:"bytes"` // as sent, compressed or not
	Bad      int64 `json:"bad"`   // requests that were refused, or could not be unpacked or counted
}

func (r *received) refuse() {
	r.mutex.Lock()
	r.total.Bad++
	r.mutex.Unlock()
}

// take counts a request; content may be reused by the caller afterwards.
func (r *received) take(signal signal, content []byte, isPacked bool) {
	var items int64
	var err error
	if !isPacked {
		items, err = count(signal, content)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.total.Requests++
	r.total.Bytes += int64(len(content))
	if isPacked {
		r.packed = append(r.packed, packed{signal, bytes.Clone(content)})
		if r.kept += len(content); r.kept > keptPacked {
			r.unpack()
		}
		return
	}
	r.add(items, err)
}

func (r *received) stats() Stats {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.unpack()
	return r.total
}

func (r *received) add(items int64, err error) {
	if err != nil {
		r.total.Bad++
	}
	r.total.Items += items
}

func (r *received) unpack() {
	var reader gzip.Reader
	var plain bytes.Buffer
	for _, request := range r.packed {
		plain.Reset()
		err := reader.Reset(bytes.NewReader(request.content))
		if err == nil {
			_, err = io.Copy(&plain, &reader)
		}
		var items int64
		if err == nil {
			items, err = count(request.signal, plain.Bytes())
		}
		r.add(items, err)
	}
	r.packed, r.kept = nil, 0
}
