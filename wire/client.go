package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// Client talks to a running ccd over its admin socket.
type Client struct {
	socket string
	as     string
	http   *http.Client
}

// requestWithin bounds a request; importing a large deck takes the longest.
const requestWithin = 10 * time.Minute

// AsHeader names the administrator a platform owner acts as.
const AsHeader = "X-Cccp-As"

// idleConnections are kept for many requests at once.
const idleConnections = 64

// NewClient makes a client; nothing is connected before the first request.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	return &Client{socket: socket, http: &http.Client{
		Timeout:   requestWithin,
		Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: idleConnections},
	}}
}

// As is the same client in the part of another administrator; "" is in one's own.
func (c *Client) As(username string) *Client {
	other := *c
	other.as = username
	return &other
}

// Do sends in as JSON (or as it is, if it is an io.Reader of CSV), and decodes the
// reply into out, or writes it as it is, if that is an io.Writer. Either may be nil.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	response, err := c.Send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		p := &Problem{Status: response.StatusCode, Title: response.Status}
		_ = json.NewDecoder(response.Body).Decode(p) // whatever came, the status says enough
		if p.Code == "" {
			p.Code = CodeOf(p.Status)
		}
		return p
	}
	switch out := out.(type) {
	case nil:
		_, err = io.Copy(io.Discard, response.Body)
	case io.Writer:
		_, err = io.Copy(out, response.Body)
	default:
		err = json.NewDecoder(response.Body).Decode(out)
	}
	return err
}

// Send sends in as Do does and answers what comes, whatever its status. Whoever sends closes
// the answer's body.
func (c *Client) Send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	request, err := newRequest(ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	if c.as != "" {
		request.Header.Set(AsHeader, c.as)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(err)
	}
	return response, nil
}

func newRequest(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader = http.NoBody
	kind := "application/json"
	switch in := in.(type) {
	case nil:
	case io.Reader:
		body, kind = in, "text/csv"
	default:
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://ccd"+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", kind)
	return request, nil
}

// unreachable says what to do about a socket nobody answers on.
func (c *Client) unreachable(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		const remedy = "start it with ccd --config FILE, or name its socket with --socket"
		return fmt.Errorf("%w on %s: %s", ErrUnreachable, c.socket, remedy)
	case errors.Is(err, os.ErrPermission):
		return onTheWay{fmt.Errorf("open %s: %w: only its owner and group may", c.socket, os.ErrPermission)}
	}
	return onTheWay{err}
}

// onTheWay is an error of the way to ccd, which says by itself what it is.
type onTheWay struct{ error }

func (e onTheWay) Unwrap() error { return e.error }

func (e onTheWay) Is(target error) bool { return target == ErrUnreachable }
