package main

import (
	"fmt"
	"io"
	"net/http"
)

func newHTTPServer(received *received) *http.Server {
	return &http.Server{Handler: http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		signal, known := signals[request.URL.Path]
		encoding := request.Header.Get("Content-Encoding")
		buffer := buffers.Get().(*[]byte)
		defer buffers.Put(buffer)
		switch err := fill(buffer, request.Body, request.ContentLength); {
		case err != nil:
			received.refuse()
			http.Error(writer, err.Error(), http.StatusBadRequest)
		case !known:
			received.refuse()
			http.NotFound(writer, request)
		case encoding != "" && encoding != "gzip":
			received.refuse()
			http.Error(writer, encoding, http.StatusUnsupportedMediaType)
		default:
			received.take(signal, *buffer, encoding == "gzip")
			writer.Header().Set("Content-Type", "application/x-protobuf")
			writer.WriteHeader(http.StatusOK)
		}
	})}
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
