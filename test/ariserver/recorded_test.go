package ariserver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/CyCoreSystems/ari/v5"
)

// skeleton is the structure of a JSON text: its keys in their order, with the
// types of the values. Arrays, all of strings, are alike whether empty or not.
func skeleton(text string) string {
	var b strings.Builder
	d := json.NewDecoder(strings.NewReader(text))
	if err := bones(&b, d); err != nil {
		return fmt.Sprintf("%s: %v", text, err)
	}
	return strings.ReplaceAll(b.String(), "[string ]", "[]")
}

func bones(b *strings.Builder, d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		b.WriteString("{")
		for d.More() {
			key, _ := d.Token()
			fmt.Fprintf(b, "%s:", key)
			if err := bones(b, d); err != nil {
				return err
			}
		}
		b.WriteString("}")
	case json.Delim('['):
		b.WriteString("[")
		element := &strings.Builder{}
		for d.More() {
			element.Reset()
			if err := bones(element, d); err != nil {
				return err
			}
		}
		b.WriteString(element.String())
		b.WriteString("]")
	default:
		fmt.Fprintf(b, "%T ", token)
		return nil
	}
	_, err = d.Token()
	return err
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []string
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		all = append(all, scanner.Text())
	}
	return all
}

// everything makes the fake send every event it knows, and returns them.
func everything(t *testing.T) []string {
	s, c := start(t, Options{})
	s.SetPlayTime(playTimes)
	s.OnDial(Answers)
	s.OnEndpoint("PJSIP/busy@*", Busy)
	s.OnEndpoint("PJSIP/silent@*", Silent)
	a := s.Call(CallOptions{ID: "A", Number: "15149072508", Name: "Ann", Exten: "15141115555"})
	c.do("POST", "/applications/cccp/subscription?eventSource=channel:A")
	c.do("POST", "/channels/A/answer")
	a.Press("1")
	c.do("POST", "/channels/A/play/p?media=sound:a,sound:long")
	a.EndSound()
	c.do("POST", "/channels/A/play/p?media=sound:long,sound:a")
	c.do("DELETE", "/playbacks/p")
	c.do("POST", "/bridges/b?type=mixing")
	c.do("POST", createB)
	c.do("POST", "/bridges/b/addChannel?channel=A,B")
	c.do("POST", "/channels/B/dial")
	c.check(s.Channel("B").WaitAnswered(c.ctx))
	s.Channel("B").Hangup(CauseNormal)
	c.do("POST", "/channels/create?endpoint=PJSIP/busy@far&app=cccp&appArgs=b&channelId=C")
	busy := s.Channel("C")
	c.do("POST", "/channels/C/dial")
	_, err := busy.WaitGone(c.ctx)
	c.check(err)
	c.do("POST", "/channels/create?endpoint=PJSIP/silent@far&app=cccp&appArgs=b&channelId=D")
	c.do("POST", "/channels/D/dial")
	c.do("POST", "/channels/D/dial")
	c.do("POST", "/bridges/b/addChannel?channel=A")
	c.do("DELETE", "/channels/A")
	c.do("DELETE", "/bridges/b")
	s.Replace()
	return c.all("ApplicationReplaced")
}

// all returns the messages up to one of the type.
func (c *client) all(last string) []string {
	c.t.Helper()
	var messages []string
	for {
		message, err := c.raw()
		c.check(err)
		messages = append(messages, message)
		if strings.Contains(message, `"type":"`+last+`"`) {
			return messages
		}
	}
}

// Every event sent has the structure of one recorded from Asterisk, and every
// event recorded is sent.
func TestEventsHaveTheRecordedStructure(t *testing.T) {
	recorded := map[string]string{}
	for _, line := range lines(t, "testdata/events.jsonl") {
		recorded[skeleton(line)] = line
	}
	missing := map[string]string{}
	for structure, line := range recorded {
		missing[structure] = line
	}
	for _, message := range everything(t) {
		structure := skeleton(message)
		if recorded[structure] == "" {
			t.Errorf("Asterisk never sent the like of\n%s", message)
		}
		delete(missing, structure)
	}
	for _, line := range missing {
		t.Errorf("never sent:\n%s", line)
	}
}

// The library that most Go clients decode events with understands all of them.
func TestEventsAreDecodedByTheLibrary(t *testing.T) {
	for _, message := range everything(t) {
		e, err := ari.DecodeEvent([]byte(message))
		if err != nil {
			t.Errorf("%v:\n%s", err, message)
			continue
		}
		if e.GetType() == "" || e.GetApplication() != "cccp" || time.Time(timeOf(e)).IsZero() {
			t.Errorf("decoded as %+v:\n%s", e, message)
		}
	}
}

// timeOf is the time of those events that a client settles by.
func timeOf(e ari.Event) ari.DateTime {
	switch e := e.(type) {
	case *ari.ChannelStateChange:
		return e.Timestamp
	case *ari.ChannelDestroyed:
		return e.Timestamp
	case *ari.StasisEnd:
		return e.Timestamp
	}
	return ari.DateTime(time.Now())
}

func TestRepliesHaveTheRecordedStructure(t *testing.T) {
	s, c := start(t, Options{})
	s.SetPlayTime(playTimes)
	s.Call(CallOptions{ID: "A"})
	c.do("POST", "/channels/A/variable?variable=X&value=1")
	c.do("POST", "/bridges/b")
	c.do("POST", "/bridges/b/addChannel?channel=A")
	c.do("POST", "/channels/A/play/p?media=sound:long,sound:b")
	paths := map[string]string{
		"GET /channels/*":          "/channels/A",
		"GET /bridges/*":           "/bridges/b",
		"GET /playbacks/*":         "/playbacks/p",
		"GET /channels/*/variable": "/channels/A/variable?variable=X",
		"GET /applications/*":      "/applications/cccp",
		"GET /asterisk/ping":       "/asterisk/ping",
		"GET /asterisk/info":       "/asterisk/info",
	}
	for _, line := range lines(t, "testdata/replies.jsonl") {
		var recorded struct {
			Request string
			Body    json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &recorded); err != nil {
			t.Fatal(err)
		}
		t.Run(recorded.Request, func(t *testing.T) {
			got, want := skeleton(c.do("GET", paths[recorded.Request])), skeleton(string(recorded.Body))
			if got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}
