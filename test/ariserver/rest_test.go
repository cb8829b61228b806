package ariserver

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// stage prepares what the table below talks about: an answered caller A, a
// ringing caller R, a caller O outside Stasis, an undialled leg B and a bridge b.
func stage(t *testing.T) (*Server, *client) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "A", Number: "15149072508", Exten: "15141115555"})
	s.Call(CallOptions{ID: "R", Exten: "15141115555"})
	s.Call(CallOptions{ID: "O", Outside: true})
	c.do("POST", "/channels/A/answer")
	c.do("POST", "/channels/create?endpoint=PJSIP/1@far&app=cccp&channelId=B")
	c.do("POST", "/bridges/b?type=mixing")
	return s, c
}

func TestReplies(t *testing.T) {
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string // contained in the reply
	}{
		{"unknown resource", "GET", "/nothing", "", 404, `{"message":"Resource not found"}`},
		{"method not known", "PUT", "/channels", "", 405, `{"message":"Invalid method"}`},
		{"not a WebSocket", "GET", "/events?app=x", "", 426, ""},
		{"ping", "GET", "/asterisk/ping", "", 200, `"ping":"pong"`},
		{"info in part", "GET", "/asterisk/info?only=system", "", 200, `{"system":{"version":"22.10.1","entity_id":"02:00:00:00:00:01"}}`},

		{"channels", "GET", "/channels", "", 200, `"app_name":"","app_data":""`},
		{"no channel", "GET", "/channels/none", "", 404, `{"message":"Channel not found"}`},
		{"hang up no channel", "DELETE", "/channels/none", "", 404, "Channel not found"},
		{"answer no channel", "POST", "/channels/none/answer", "", 404, "Channel not found"},
		{"answer outside Stasis", "POST", "/channels/O/answer", "", 409, "Channel not in Stasis application"},
		{"answer undialled", "POST", "/channels/B/answer", "", 412, "Channel in invalid state"},
		{"answer twice", "POST", "/channels/A/answer", "", 204, ""},
		{"ring undialled", "POST", "/channels/B/ring", "", 412, "Channel in invalid state"},
		{"ring", "POST", "/channels/R/ring", "", 204, ""},
		{"stop ringing", "DELETE", "/channels/R/ring", "", 204, ""},
		{"progress", "POST", "/channels/R/progress", "", 204, ""},

		{"reason unknown", "DELETE", "/channels/A?reason=nonsense", "", 400, "Invalid reason for hangup reason provided"},
		{"code no number", "DELETE", "/channels/A?reason_code=x", "", 400, "Invalid reason for hangup reason code provided"},
		{"reason and code", "DELETE", "/channels/A?reason=busy&reason_code=21", "", 400, "can't both be specified"},

		{"create without endpoint", "POST", "/channels/create?app=cccp", "", 400, "Endpoint must be specified"},
		{"create with half an endpoint", "POST", "/channels/create?app=cccp&endpoint=PJSIP", "", 400, "Invalid endpoint specified"},
		{"create twice", "POST", "/channels/create?app=cccp&endpoint=PJSIP/1@far&channelId=B", "", 409, "Channel with given unique ID already exists"},
		{"originator and formats", "POST", "/channels/create?app=cccp&endpoint=PJSIP/1@far&originator=A&formats=ulaw", "", 400, "Originator and formats"},
		{"variable no string", "POST", "/channels/create?app=cccp&endpoint=PJSIP/1@far", `{"variables":{"X":1}}`, 400, "Each value in 'variables'"},
		{"no JSON", "POST", "/channels/create?app=cccp&endpoint=PJSIP/1@far", `{"variab`, 400, "Error parsing request body"},
		{"create by body", "POST", "/channels/create", `{"app":"cccp","endpoint":"PJSIP/1@far","channelId":"C"}`, 200, `"id":"C","name":"PJSIP/far-`},
		{"dial inbound", "POST", "/channels/A/dial", "", 409, "Channel is not in the 'Down' state"},

		{"play nothing", "POST", "/channels/A/play/p", "", 500, "Failed to queue media for playback"},
		{"play undialled", "POST", "/channels/B/play/p?media=sound:x", "", 412, "Channel in invalid state"},
		{"play", "POST", "/channels/A/play/p?media=sound:x", "", 201, `{"id":"p","media_uri":"sound:x","target_uri":"channel:A","language":"en","state":"queued"}`},
		{"no playback", "GET", "/playbacks/none", "", 404, `{"message":"Playback not found"}`},
		{"stop no playback", "DELETE", "/playbacks/none", "", 404, `{"message":"Playback not found"}`},

		{"get without name", "GET", "/channels/A/variable", "", 400, "Variable name is required"},
		{"get from no channel", "GET", "/channels/none/variable?variable=X", "", 404, "Provided channel was not found"},
		{"get what is not set", "GET", "/channels/A/variable?variable=X", "", 404, "Provided variable was not found"},
		{"get from no function", "GET", "/channels/A/variable?variable=NOPE(x)", "", 500, "Unable to read provided function"},
		{"get caller", "GET", "/channels/A/variable?variable=CALLERID(num)", "", 200, `{"value":"15149072508"}`},
		{"get caller in full", "GET", "/channels/A/variable?variable=CALLERID(all)", "", 200, `{"value":"\"\" \u003c15149072508\u003e"}`},
		{"set connected line", "POST", "/channels/A/variable?variable=CONNECTEDLINE(all,i)&value=%22Ann%22%20%3C123%3E", "", 204, ""},
		{"get connected name", "GET", "/channels/A/variable?variable=CONNECTEDLINE(name)", "", 200, `{"value":"Ann"}`},
		{"get no presentation", "GET", "/channels/A/variable?variable=CONNECTEDLINE(pres)", "", 200, `{"value":"allowed_not_screened"}`},
		{"set presentation", "POST", "/channels/A/variable?variable=CONNECTEDLINE(pres,i)&value=prohib", "", 204, ""},
		{"get presentation", "GET", "/channels/A/variable?variable=CONNECTEDLINE(pres)", "", 200, `{"value":"prohib"}`},
		{"get no part", "GET", "/channels/A/variable?variable=CALLERID(x)", "", 500, "Unable to read"},
		{"get no limit", "GET", "/channels/A/variable?variable=TIMEOUT(absolute)", "", 200, `{"value":"0"}`},
		{"set without name", "POST", "/channels/A/variable", "", 400, "Variable name is required"},
		{"set on no channel", "POST", "/channels/none/variable?variable=X&value=1", "", 404, "Channel not found"},
		{"set outside Stasis", "POST", "/channels/O/variable?variable=X&value=1", "", 409, "not in Stasis"},
		{"set by body", "POST", "/channels/A/variable?variable=X&value=query", `{"value":"body"}`, 204, ""},
		{"get what is set", "GET", "/channels/A/variable?variable=X", "", 200, `{"value":"body"}`},

		{"bridges", "GET", "/bridges", "", 200, `[{"id":"b","technology":"simple_bridge","bridge_type":"mixing"`},
		{"bridge twice", "POST", "/bridges/b", "", 409, "Bridge with id 'b' already exists"},
		{"bridge twice by parameter", "POST", "/bridges?bridgeId=b", "", 409, "Bridge with id 'b' already exists"},
		{"bridge of no type", "POST", "/bridges/c?type=bogus", "", 500, "Unable to create bridge"},
		{"no bridge", "GET", "/bridges/none", "", 404, `{"message":"Bridge not found"}`},
		{"destroy no bridge", "DELETE", "/bridges/none", "", 404, `{"message":"Bridge not found"}`},
		{"add to no bridge", "POST", "/bridges/none/addChannel?channel=A", "", 404, "Bridge not found"},
		{"add nothing", "POST", "/bridges/b/addChannel", "", 400, "Missing parameter channel"},
		{"add no channel", "POST", "/bridges/b/addChannel?channel=A,none", "", 400, "Channel not found"},
		{"add from outside Stasis", "POST", "/bridges/b/addChannel?channel=O", "", 422, "Channel not in Stasis application"},
		{"remove what is not in", "POST", "/bridges/b/removeChannel?channel=A", "", 422, "Channel not in this bridge"},

		{"no application", "GET", "/applications/none", "", 404, "Application not found"},
		{"subscribe no application", "POST", "/applications/none/subscription?eventSource=channel:A", "", 404, "Application not found"},
		{"subscribe nothing", "POST", "/applications/cccp/subscription", "", 400, "Missing parameter eventSource"},
		{"subscribe to no channel", "POST", "/applications/cccp/subscription?eventSource=channel:none", "", 422, "Event source does not exist"},
		{"subscribe to no scheme", "POST", "/applications/cccp/subscription?eventSource=bogus:A", "", 400, "Invalid event source URI scheme"},
		{"unsubscribe from no channel", "DELETE", "/applications/cccp/subscription?eventSource=channel:none", "", 422, "Event source was not subscribed to"},
		{"applications", "GET", "/applications", "", 200, `[{"name":"cccp","channel_ids":["A","R","B","C"]`},
	}
	_, c := stage(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body, err := c.try(tt.method, tt.path, tt.body)
			if err != nil || status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%s %s\n got %d %s, %v\nwant %d %s", tt.method, tt.path, status, body, err, tt.status, tt.want)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	s, _ := start(t, Options{User: "u", Password: "p:w"})
	tests := []struct {
		name, query    string
		user, password string
		want           int
	}{
		{"basic", "", "u", "p:w", 200},
		{"api_key", "?api_key=u:p:w", "", "", 200},
		{"none", "", "", "", 401},
		{"wrong password", "", "u", "x", 401},
		{"wrong key", "?api_key=u:x", "", "", 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			request, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/channels"+tt.query, nil)
			if tt.user != "" {
				request.SetBasicAuth(tt.user, tt.password)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != tt.want {
				t.Errorf("got %d, want %d", response.StatusCode, tt.want)
			}
		})
	}
}

func TestChannelIDsAreUnescaped(t *testing.T) {
	s, c := start(t, Options{})
	s.Call(CallOptions{ID: "a/b c"})
	var got channelJSON
	if err := json.Unmarshal([]byte(c.do("GET", "/channels/a%2Fb%20c")), &got); err != nil || got.ID != "a/b c" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestForeignBodyIsIgnored(t *testing.T) {
	s, c := stage(t)
	request, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL()+"/channels/A/variable?variable=X&value=query", strings.NewReader(`{"value":"body"}`))
	request.SetBasicAuth("cccp", "secret")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := c.do("GET", "/channels/A/variable?variable=X"); got != `{"value":"query"}` {
		t.Errorf("got %s", got)
	}
}
