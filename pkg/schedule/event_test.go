package schedule

import (
	"encoding/json"
	"testing"
)

func TestEventJSON(t *testing.T) {
	const line = `{"time":"2026-11-22T10:00:00.5Z","id":"image:a","name":"a","state":"built","seconds":1.235,"message":""}`
	var e Event
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	e.Seconds = 1.2345678
	got, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != line {
		t.Errorf("got  %s\nwant %s", got, line)
	}
	if Running.IsFinal() || Queued.IsFinal() || !Canceled.IsFinal() {
		t.Error("IsFinal is wrong about running, queued or canceled")
	}
}
