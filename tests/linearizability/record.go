package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Codes of the ABI that an operation may end with, as the worker answers them.
const (
	codeConflict    = -7
	codeUnavailable = -9 // nothing was done
	codeUnknown     = -10
)

// recorder asks a server with several clients at once.
type recorder struct {
	address string
	path    string // of the worker
	clients int
	keys    int // at a time
	perKeys int // operations, after which there are other keys
	// operations is how many there are to be, and begun how many there were, but for those of which nothing was done.
	operations int64
	begun      atomic.Int64
	quarters   atomic.Int64
	begin      time.Time
	// progress is called once for each quarter of the operations but the first, when it begins.
	progress func()
}

// record returns the history of all clients.
func (r *recorder) record(seed uint64) ([]operation, error) {
	histories := make([][]operation, r.clients)
	failures := make([]error, r.clients)
	r.begin = time.Now()
	var all sync.WaitGroup
	for id := range r.clients {
		all.Add(1)
		go func() {
			defer all.Done()
			c := client{recorder: r, id: id, dice: rand.New(rand.NewPCG(seed, uint64(id))), versions: map[string]uint64{}}
			histories[id], failures[id] = c.run()
		}()
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(histories...), nil
}

// perConnection is how many operations a client does before it connects anew. A server whose processes are idle may give
// all connections to one of them; one that is busy leaves new ones to the others.
const perConnection = 50

// client has one connection, and one operation on its way at a time.
type client struct {
	*recorder
	id         int
	dice       *rand.Rand
	connection net.Conn
	answers    *bufio.Reader
	// versions are what it was told last of each key: what its swaps expect.
	versions map[string]uint64
}

func (c *client) run() ([]operation, error) {
	if err := c.connect(); err != nil {
		return nil, err
	}
	defer func() { c.connection.Close() }()
	var history []operation
	for {
		if len(history)%perConnection == perConnection-1 {
			c.connection.Close()
			if err := c.connect(); err != nil {
				return nil, err
			}
		}
		number := c.begun.Add(1) - 1
		if number >= c.operations {
			return history, nil
		}
		if quarter := number / (c.operations/4 + 1); c.quarters.CompareAndSwap(quarter-1, quarter) {
			c.progress()
		}
		one := c.choose(number)
		wasDone, err := c.ask(&one)
		if err != nil {
			return nil, err
		}
		if !wasDone {
			c.begun.Add(-1)
			time.Sleep(time.Millisecond) // the store is on its way back
			continue
		}
		history = append(history, one)
	}
}

func (c *client) connect() error {
	connection, err := net.Dial("tcp", c.address)
	if err == nil {
		c.connection, c.answers = connection, bufio.NewReader(connection)
	}
	return err
}

func (c *client) choose(number int64) operation {
	kinds := []string{get, get, get, get, put, put, remove, increment, increment, swap, swap}
	one := operation{
		Client: c.id,
		Kind:   kinds[c.dice.IntN(len(kinds))],
		Key:    fmt.Sprintf("%d.%d", number/int64(c.perKeys), c.dice.IntN(c.keys)),
	}
	switch one.Kind {
	case put:
		one.Given = c.dice.Int64N(1 << 40)
	case increment:
		one.Given = c.dice.Int64N(1000) - 500
	case swap:
		one.Given, one.Expected = c.dice.Int64N(1<<40), c.versions[one.Key]
	}
	return one
}

// ask does the operation. False: nothing was done.
func (c *client) ask(one *operation) (bool, error) {
	one.Call = int64(time.Since(c.begin))
	c.connection.SetDeadline(time.Now().Add(time.Minute))
	_, err := fmt.Fprintf(c.connection, "GET %s?op=%s&key=%s&given=%d&expected=%d HTTP/1.1\r\nHost: t\r\n\r\n",
		c.path, one.Kind, one.Key, one.Given, one.Expected)
	if err != nil {
		return false, err
	}
	response, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return false, err
	}
	body, err := io.ReadAll(response.Body)
	one.Return = int64(time.Since(c.begin))
	if err != nil {
		return false, err
	}
	var code int64
	switch response.StatusCode {
	case http.StatusOK:
		one.Outcome = done
		if _, err := fmt.Sscanf(string(body), "%d %d", &one.Version, &one.Value); err != nil {
			return false, fmt.Errorf("%s answered %q", one.Kind, body)
		}
		c.versions[one.Key] = one.Version
		return true, nil
	case http.StatusConflict:
		fmt.Sscanf(string(body), "%d", &code)
	}
	switch {
	case code == codeConflict && one.Kind == swap:
		one.Outcome = conflict
	case code == codeUnknown:
		one.Outcome = unknown
	case code == codeUnavailable:
		return false, nil
	default:
		return false, fmt.Errorf("%s was answered by status %d: %q", one.Kind, response.StatusCode, body)
	}
	return true, nil
}
