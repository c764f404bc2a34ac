package main

import (
	"fmt"
	"sync"
	"time"
)

// dialAtOnce bounds connection attempts under way: a listen backlog is 128 on many systems.
const dialAtOnce = 32

// load says what is sent where.
type load struct {
	endpoint    string
	protocol    string
	connections int
	rate        float64
	frame       int
	payload     *payload
}

// connection sends one request and waits for its answer.
type connection interface {
	// send returns "" when the receiver took all of the request, else in a few words what it said.
	send(frame []byte) (refusal string, err error)
	close()
}

// lane is one connection with its requests.
type lane struct {
	connection connection
	supply     *supply
	dial       func() (connection, error)
}

func (l load) dialer() (func() (connection, error), error) {
	switch l.protocol {
	case "grpc":
		return func() (connection, error) { return dialGRPC(l.endpoint, l.payload, l.frame) }, nil
	case "http":
		return func() (connection, error) { return dialHTTP(l.endpoint, l.payload) }, nil
	}
	return nil, fmt.Errorf("protocol %q is neither grpc nor http", l.protocol)
}

func (l load) connect() ([]*lane, error) {
	dial, err := l.dialer()
	if err != nil {
		return nil, err
	}
	lanes := make([]*lane, l.connections)
	failures := make(chan error, l.connections)
	slots := make(chan struct{}, dialAtOnce)
	var group sync.WaitGroup
	for number := range lanes {
		group.Add(1)
		go func() {
			defer group.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			opened, err := dial()
			if err != nil {
				failures <- fmt.Errorf("connection %d: %w", number, err)
				return
			}
			lanes[number] = &lane{opened, newSupply(l.payload, number), dial}
		}()
	}
	group.Wait()
	select {
	case err := <-failures:
		return nil, err
	default:
		return lanes, nil
	}
}

// send uses all lanes for a while and returns when the last answer has come.
func (l load) send(lanes []*lane, lasting time.Duration) *tally {
	begin := time.Now()
	end := begin.Add(lasting)
	tallies := make([]*tally, len(lanes))
	var group sync.WaitGroup
	for number, lane := range lanes {
		group.Add(1)
		go func() {
			defer group.Done()
			tallies[number] = lane.send(l.pace(begin, number), end)
		}()
	}
	group.Wait()
	total := newTally()
	for _, part := range tallies {
		total.add(part)
	}
	total.seconds = time.Since(begin).Seconds()
	total.items = total.accepted * l.payload.Items
	return total
}

// pace returns when a lane's request with a given number is due; lanes take turns. Flat out everything is due at once.
func (l load) pace(begin time.Time, lane int) func(request int) time.Time {
	if l.rate <= 0 {
		return func(int) time.Time { return time.Time{} }
	}
	each := float64(time.Second) / l.rate
	return func(request int) time.Time {
		return begin.Add(time.Duration(each * float64(request*l.connections+lane)))
	}
}

// send measures from when a request was due, so that a receiver that stalls cannot hide the requests it kept waiting.
func (l *lane) send(due func(request int) time.Time, end time.Time) *tally {
	tally := newTally()
	for request := 0; ; request++ {
		start := due(request)
		now := time.Now()
		if start.IsZero() {
			start = now
		}
		if !start.Before(end) || !now.Before(end) {
			return tally
		}
		time.Sleep(start.Sub(now))
		refusal, err := l.connection.send(l.supply.take())
		if err != nil {
			tally.fail(err.Error())
			l.reconnect(tally, end)
			continue
		}
		tally.answer(refusal, time.Since(start))
	}
}

func (l *lane) reconnect(tally *tally, end time.Time) {
	l.connection.close()
	for time.Now().Before(end) {
		time.Sleep(50 * time.Millisecond)
		opened, err := l.dial()
		if err == nil {
			l.connection = opened
			return
		}
		tally.fail(err.Error())
	}
}
