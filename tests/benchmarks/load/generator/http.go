package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
)

// httpConnection is a kept-alive HTTP/1.1 connection; the head of every request is prepared but for its length.
type httpConnection struct {
	conn   net.Conn
	reader *bufio.Reader
	head   string
}

func dialHTTP(endpoint string, prepared *payload) (connection, error) {
	conn, err := net.Dial("tcp", endpoint)
	if err != nil {
		return nil, err
	}
	head := "POST /v1/" + prepared.Signal + " HTTP/1.1\r\nHost: " + endpoint +
		"\r\nUser-Agent: benchmark\r\nContent-Type: application/x-protobuf\r\n"
	if prepared.Encoding != "" {
		head += "Content-Encoding: " + prepared.Encoding + "\r\n"
	}
	return &httpConnection{conn, bufio.NewReaderSize(conn, 512), head}, nil
}

func (c *httpConnection) send(frame []byte) (string, error) {
	body := frame[prefix:]
	parts := net.Buffers{fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n", c.head, len(body)), body}
	if _, err := parts.WriteTo(c.conn); err != nil {
		return "", err
	}
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return "", err
	case answer.StatusCode != http.StatusOK:
		return "HTTP " + answer.Status, nil
	case len(said) > 0 && !emptyPartialSuccess(said):
		return "partial success", nil
	}
	return "", nil
}

func (c *httpConnection) close() {
	c.conn.Close()
}

// emptyPartialSuccess tells an ExportResponse that only says "nothing was rejected": field 1, of length 0.
func emptyPartialSuccess(message []byte) bool {
	return len(message) == 2 && message[0] == 0x0a && message[1] == 0
}
