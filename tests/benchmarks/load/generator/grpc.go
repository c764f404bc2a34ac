package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// plentyOfWindow is given to the receiver once, so that no answer ever waits for an update of ours.
const plentyOfWindow = 1 << 30

var services = map[string]string{
	"traces":  "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	"metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
	"logs":    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}

// grpcConnection sends unary calls one after the other over HTTP/2. It does its reading itself, between writes: a client
// library's goroutines would cost the generator more than the collector spends on the request.
type grpcConnection struct {
	conn    net.Conn
	writer  *bufio.Writer
	framer  *http2.Framer
	headers []hpack.HeaderField
	block   bytes.Buffer
	encoder *hpack.Encoder

	frame         int   // bytes in a DATA frame at most
	initialWindow int64 // of a new stream
	window        int64 // left for the connection
	streamWindow  int64 // left for the present stream
	stream        uint32
}

// outcome is what the frames of one call have said so far.
type outcome struct {
	ended   bool
	status  string // grpc-status
	message string
	answer  []byte
}

func dialGRPC(endpoint string, prepared *payload, frame int) (connection, error) {
	conn, err := net.Dial("tcp", endpoint)
	if err != nil {
		return nil, err
	}
	c := &grpcConnection{conn: conn, writer: bufio.NewWriterSize(conn, 32<<10), frame: frame, initialWindow: 65535, window: 65535, stream: 1}
	c.framer = http2.NewFramer(c.writer, bufio.NewReaderSize(conn, 512))
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.SetReuseFrames()
	c.encoder = hpack.NewEncoder(&c.block)
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", services[prepared.Signal]}, {":authority", endpoint},
		{"content-type", "application/grpc"}, {"user-agent", "benchmark"}, {"te", "trailers"}, {"grpc-encoding", prepared.Encoding},
	} {
		if field[1] != "" {
			c.headers = append(c.headers, hpack.HeaderField{Name: field[0], Value: field[1]})
		}
	}
	if err := c.greet(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// greet exchanges the settings; the receiver's windows must be known before anything is sent.
func (c *grpcConnection) greet() error {
	c.writer.WriteString(http2.ClientPreface)
	c.framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush, Val: 0})
	c.framer.WriteWindowUpdate(0, plentyOfWindow)
	if err := c.writer.Flush(); err != nil {
		return err
	}
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return err
		}
		if err := c.handle(frame, &outcome{}); err != nil {
			return err
		}
		if settings, is := frame.(*http2.SettingsFrame); is && !settings.IsAck() {
			return nil
		}
	}
}

func (c *grpcConnection) send(frame []byte) (string, error) {
	c.block.Reset()
	for _, field := range c.headers {
		c.encoder.WriteField(field)
	}
	c.streamWindow = c.initialWindow
	c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.stream, BlockFragment: c.block.Bytes(), EndHeaders: true})
	var call outcome
	rest := frame
	for len(rest) > 0 && !call.ended {
		size := min(int64(len(rest)), int64(c.frame), c.window, c.streamWindow)
		if size <= 0 {
			if err := c.advance(&call); err != nil {
				return "", err
			}
			continue
		}
		if err := c.framer.WriteData(c.stream, size == int64(len(rest)), rest[:size]); err != nil {
			return "", err
		}
		c.window -= size
		c.streamWindow -= size
		rest = rest[size:]
	}
	for !call.ended {
		if err := c.advance(&call); err != nil {
			return "", err
		}
	}
	if len(rest) > 0 { // answered before all was sent: nothing more will be read of it
		if err := c.framer.WriteRSTStream(c.stream, http2.ErrCodeCancel); err != nil {
			return "", err
		}
	}
	c.stream += 2
	return call.refusal(), nil
}

// advance sends what is buffered and reads one frame.
func (c *grpcConnection) advance(call *outcome) error {
	if err := c.writer.Flush(); err != nil {
		return err
	}
	frame, err := c.framer.ReadFrame()
	if err != nil {
		return err
	}
	return c.handle(frame, call)
}

func (c *grpcConnection) handle(frame http2.Frame, call *outcome) error {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if frame.IsAck() {
			return nil
		}
		frame.ForeachSetting(func(setting http2.Setting) error {
			switch setting.ID {
			case http2.SettingInitialWindowSize:
				c.streamWindow += int64(setting.Val) - c.initialWindow
				c.initialWindow = int64(setting.Val)
			case http2.SettingMaxFrameSize:
				c.frame = min(c.frame, int(setting.Val))
			case http2.SettingHeaderTableSize:
				c.encoder.SetMaxDynamicTableSizeLimit(setting.Val)
			}
			return nil
		})
		return c.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if !frame.IsAck() {
			return c.framer.WritePing(true, frame.Data)
		}
	case *http2.WindowUpdateFrame:
		if frame.StreamID == 0 {
			c.window += int64(frame.Increment)
		} else if frame.StreamID == c.stream {
			c.streamWindow += int64(frame.Increment)
		}
	case *http2.MetaHeadersFrame:
		for _, field := range frame.Fields {
			switch field.Name {
			case "grpc-status":
				call.status = field.Value
			case "grpc-message":
				call.message = field.Value
			}
		}
		call.ended = call.ended || frame.StreamEnded()
	case *http2.DataFrame:
		call.answer = append(call.answer, frame.Data()...)
		call.ended = call.ended || frame.StreamEnded()
	case *http2.RSTStreamFrame:
		if frame.StreamID == c.stream && !call.ended {
			call.ended, call.status, call.message = true, "reset", frame.ErrCode.String()
		}
	case *http2.GoAwayFrame:
		return fmt.Errorf("receiver closes the connection: %s", frame.ErrCode)
	}
	return nil
}

func (o *outcome) refusal() string {
	switch {
	case o.status != "0":
		return fmt.Sprintf("gRPC status %q: %s", o.status, o.message)
	case len(o.answer) < prefix:
		return "OK without a message"
	case !o.tookAll():
		return "partial success"
	}
	return ""
}

// tookAll reads the answer, which a receiver may compress as the request was.
func (o *outcome) tookAll() bool {
	message := o.answer[prefix:]
	if o.answer[0] == 1 {
		reader, err := gzip.NewReader(bytes.NewReader(message))
		if err != nil {
			return false
		}
		if message, err = io.ReadAll(reader); err != nil {
			return false
		}
	}
	return len(message) == 0 || emptyPartialSuccess(message)
}

func (c *grpcConnection) close() {
	c.conn.Close()
}
