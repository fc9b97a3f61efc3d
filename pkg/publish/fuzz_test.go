package publish

import (
	"slices"
	"testing"
	"time"

	"github.com/modship/modship/pkg/module"
)

func FuzzRecords(f *testing.F) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f.Add(newMoveTag(ChannelMove{Channel: module.Alpha, Time: at, From: "v1.0.0", To: "v1.1.0", Actor: "ci"}))
	f.Add(newClaimTag(Publication{Version: "v1.0.0", Time: at, Channels: []module.Channel{module.Alpha, module.LTS}, Actor: "ci", release: RegistrationDigest, bundle: RegistrationDigest}))
	f.Add(movePrefix + "____")
	f.Fuzz(func(t *testing.T, tag string) {
		if move, ok := parseMoveTag(tag); ok {
			if again, ok := parseMoveTag(newMoveTag(move)); !ok || again.To != move.To || !again.Time.Equal(move.Time) {
				t.Errorf("move %q reads back as %+v", tag, again)
			}
		}
		if entry, ok := parseClaimTag(tag); ok {
			again, ok := parseClaimTag(newClaimTag(entry))
			if !ok || again.Version != entry.Version || !again.Time.Equal(entry.Time) || again.release != entry.release || again.bundle != entry.bundle || !slices.Equal(again.Channels, entry.Channels) {
				t.Errorf("publication %q reads back as %+v", tag, again)
			}
		}
	})
}
