package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	grpcPrefix = 5
	// plentyOfWindow lets senders never wait; it is given again when a part of it is used up.
	plentyOfWindow = 1 << 30
	giveWindowAt   = 1 << 26
	largestFrame   = 1 << 20
)

var errNoWindow = errors.New("the sender leaves no window for five bytes of answer")

// grpcSession serves the unary calls of one HTTP/2 connection. It does in one goroutine what a server library does in
// several with pipes between them, which would cost the shared core more than the collector spends on the same bytes.
type grpcSession struct {
	received *received
	writer   *bufio.Writer
	framer   *http2.Framer
	block    bytes.Buffer
	encoder  *hpack.Encoder
	calls    map[uint32]*call
	used     uint32 // of the window given to the sender
	window   int64  // given by the sender for answers
}

type call struct {
	signal signal
	known  bool
	body   *[]byte
}

// serveGRPC returns when the sender has closed the connection, or broken the protocol.
func serveGRPC(received *received, conn net.Conn, reader *bufio.Reader) error {
	defer conn.Close()
	if _, err := reader.Discard(len(http2.ClientPreface)); err != nil {
		return err
	}
	session := &grpcSession{received: received, writer: bufio.NewWriter(conn), calls: map[uint32]*call{}, window: 65535}
	session.framer = http2.NewFramer(session.writer, reader)
	session.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	session.framer.SetMaxReadFrameSize(largestFrame)
	session.framer.SetReuseFrames()
	session.encoder = hpack.NewEncoder(&session.block)
	session.framer.WriteSettings(
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: plentyOfWindow},
		http2.Setting{ID: http2.SettingMaxFrameSize, Val: largestFrame},
	)
	session.framer.WriteWindowUpdate(0, plentyOfWindow)
	for {
		if reader.Buffered() == 0 {
			if err := session.writer.Flush(); err != nil {
				return err
			}
		}
		frame, err := session.framer.ReadFrame()
		if err == nil {
			err = session.handle(frame)
		}
		if err != nil {
			return err
		}
	}
}

func (s *grpcSession) handle(frame http2.Frame) error {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if frame.IsAck() {
			return nil
		}
		if size, set := frame.Value(http2.SettingHeaderTableSize); set {
			s.encoder.SetMaxDynamicTableSizeLimit(size)
		}
		return s.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if !frame.IsAck() {
			return s.framer.WritePing(true, frame.Data)
		}
	case *http2.WindowUpdateFrame:
		if frame.StreamID == 0 {
			s.window += int64(frame.Increment)
		}
	case *http2.RSTStreamFrame:
		s.end(frame.StreamID)
	case *http2.MetaHeadersFrame:
		signal, known := signals[frame.PseudoValue("path")]
		buffer := buffers.Get().(*[]byte)
		*buffer = (*buffer)[:0]
		s.calls[frame.StreamID] = &call{signal, known, buffer}
		if frame.StreamEnded() {
			return s.answer(frame.StreamID)
		}
	case *http2.DataFrame:
		return s.data(frame)
	}
	return nil
}

func (s *grpcSession) data(frame *http2.DataFrame) error {
	if s.used += frame.Length; s.used > giveWindowAt {
		if err := s.framer.WriteWindowUpdate(0, s.used); err != nil {
			return err
		}
		s.used = 0
	}
	call, open := s.calls[frame.StreamID]
	if !open {
		return nil
	}
	if len(*call.body)+len(frame.Data()) > largest {
		return fmt.Errorf("a request is larger than %d bytes", largest)
	}
	*call.body = append(*call.body, frame.Data()...)
	if frame.StreamEnded() {
		return s.answer(frame.StreamID)
	}
	return nil
}

func (s *grpcSession) end(stream uint32) {
	if call, open := s.calls[stream]; open {
		buffers.Put(call.body)
		delete(s.calls, stream)
	}
}

// answer counts a whole request and says OK, or that the request was none.
func (s *grpcSession) answer(stream uint32) error {
	defer s.end(stream)
	call := s.calls[stream]
	body := *call.body
	if !call.known || len(body) < grpcPrefix || int(binary.BigEndian.Uint32(body[1:])) != len(body)-grpcPrefix {
		s.received.refuse()
		status := "13" // Internal
		if !call.known {
			status = "12" // Unimplemented
		}
		return s.headers(stream, true, ":status", "200", "content-type", "application/grpc", "grpc-status", status)
	}
	s.received.take(call.signal, body[grpcPrefix:], body[0] == 1)
	if s.window -= grpcPrefix; s.window < 0 {
		return errNoWindow
	}
	if err := s.headers(stream, false, ":status", "200", "content-type", "application/grpc"); err != nil {
		return err
	}
	if err := s.framer.WriteData(stream, false, make([]byte, grpcPrefix)); err != nil {
		return err
	}
	return s.headers(stream, true, "grpc-status", "0")
}

func (s *grpcSession) headers(stream uint32, last bool, fields ...string) error {
	s.block.Reset()
	for ; len(fields) > 0; fields = fields[2:] {
		s.encoder.WriteField(hpack.HeaderField{Name: fields[0], Value: fields[1]})
	}
	return s.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, BlockFragment: s.block.Bytes(), EndHeaders: true, EndStream: last,
	})
}
