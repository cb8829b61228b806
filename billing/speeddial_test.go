package billing

import (
	"testing"
)

func TestSpeedDialValidate(t *testing.T) {
	checkValidate(t, SpeedDial{Account: "alice", Digits: "1", Number: "15145550123"}, []validateCase[SpeedDial]{
		{"two digits", func(d *SpeedDial) { d.Digits = "07" }, ""},
		{"no account", func(d *SpeedDial) { d.Account = "" }, "account"},
		{"no digits", func(d *SpeedDial) { d.Digits = "" }, "speed dial"},
		{"three digits", func(d *SpeedDial) { d.Digits = "123" }, "speed dial"},
		{"a star", func(d *SpeedDial) { d.Digits = "*" }, "speed dial"},
		{"no number", func(d *SpeedDial) { d.Number = "" }, "number"},
		{"number with a plus", func(d *SpeedDial) { d.Number = "+15145550123" }, "number"},
	})
}
