package contract

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// TestPromoteAgreesWithVerify makes random sets of published versions, bridges
// and channels, and asks of every version and channel whether promote would
// move the one to the other and whether verify finds an error in that. The
// ladder aside, which is a question of promotion only, both say the same.
func TestPromoteAgreesWithVerify(t *testing.T) {
	sets := 60
	if testing.Short() {
		sets = 6
	}
	server, count := startRegistry(t), map[string]int{}
	for seed := range sets {
		w, versions := randomWorld(rand.New(rand.NewPCG(uint64(seed), 7)))
		session := server.serve(t, w.reg, fmt.Sprint("agree", seed))
		for _, tag := range versions {
			for _, ch := range module.Channels() {
				refusal := promoteRefusal(publish.New(session, publish.NewOptions{}), tag, ch)
				fault := promotionFault(t, w.reg, tag, ch)
				switch {
				case (refusal == nil) != (fault == ""):
					t.Errorf("set %d, %s to %s (on %s): promote says %v, verify says %q", seed, tag, ch, w.heldBy(ch), refusal, fault)
				case refusal == nil:
					count["allowed"]++
				default:
					count["refused"]++
					count[fault]++
				}
			}
		}
	}
	t.Logf("%d sets of versions, %d moves: %d allowed, %d refused, by rule: %v",
		sets, count["allowed"]+count["refused"], count["allowed"], count["refused"], refusedByRule(count))
	for _, what := range []string{"allowed", "rule 8", "rule 19", "rule 22"} {
		if count[what] == 0 {
			t.Errorf("no move was %s: the sets show nothing", what)
		}
	}
}

func refusedByRule(count map[string]int) map[string]int {
	rules := map[string]int{}
	for what, n := range count {
		if strings.HasPrefix(what, "rule") {
			rules[what] = n
		}
	}
	return rules
}

// promoteRefusal returns why promote does not move the channel to the version.
func promoteRefusal(publisher *publish.Publisher, tag string, ch module.Channel) error {
	plan, err := publisher.PlanPromote(context.Background(), publish.PromoteRequest{
		Repository: echo, Tag: tag, Channels: []module.Channel{ch}, SkipLadder: true,
	})
	if err != nil {
		return err
	}
	return plan.Refusal()
}

// promotionFault returns the first rule whose violation verify calls an error.
func promotionFault(t *testing.T, reader Reader, tag string, ch module.Channel) string {
	found, err := CheckPromotion(context.Background(), reader, echo, tag, []module.Channel{ch}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		if v.Severity == Error && v.Rule != RulePromotionOrder {
			return fmt.Sprintf("rule %d", v.Rule)
		}
	}
	return ""
}

// heldBy returns the version on a channel, as its release image says.
func (w *world) heldBy(ch module.Channel) string {
	digest := w.reg.tags[echo.ReleaseRepo()][string(ch)]
	for tag, d := range w.reg.tags[echo.ReleaseRepo()] {
		if d == digest && module.IsVersion(tag) {
			return tag
		}
	}
	return "nothing"
}

// randomWorld publishes some versions, with and without release images and
// bridges, and puts channels on them.
func randomWorld(r *rand.Rand) (w *world, versions []string) {
	w = &world{repo: echo, reg: newFakeRegistry()}
	w.reg.tag(echo.Registration(), w.reg.push(echo.Source, fakeImage{}))
	var complete []string
	for _, tag := range []string{"v0.8.0", "v0.9.0", "v1.0.0", "v1.0.5", "v1.1.0", "v1.1.2", "v1.2.0", "v1.3.0", "v1.3.1", "v1.4.0", "v1.10.0", "v2.0.0", "v2.1.0"} {
		if r.IntN(5) < 2 {
			continue
		}
		c := newContent(tag, w.pushImages(tag))
		c.setBoth("module.yaml", "name: echo\nstage: Preview\n"+randomBridges(r, tag))
		w.publish(tag, c)
		if r.IntN(8) > 0 {
			complete = append(complete, tag)
		} else {
			defer w.reg.untag(echo.Release(tag)) // after the channels are on it
		}
		versions = append(versions, tag)
	}
	for _, ch := range module.Channels() {
		if len(complete) > 0 && r.IntN(3) > 0 {
			w.reg.tag(echo.Channel(ch), w.reg.digestOf(echo.Release(complete[r.IntN(len(complete))])))
		}
	}
	return w, versions
}

// randomBridges returns an update section, or nothing. Most entries lead to the
// version itself, in one of the spellings that occur.
func randomBridges(r *rand.Rand, tag string) string {
	if r.IntN(3) > 0 {
		return ""
	}
	numbers := strings.Split(tag[1:], ".")
	own := numbers[0] + "." + numbers[1]
	from := []string{`"1.0"`, `1.0`, `"1"`, `v1.0`, `"1.0.5"`, `"1.1"`, `"0.8"`, `0.9`, `"1.3.1"`, "abc"}
	to := []string{own, `"` + own + `"`, "v" + own, `"` + own + `.0"`, own, `"1.3"`, `"1"`, "latest"}
	var entries []string
	for range 1 + r.IntN(2) {
		entries = append(entries, fmt.Sprintf("{from: %s, to: %s}", from[r.IntN(len(from))], to[r.IntN(len(to))]))
	}
	return "update: {versions: [" + strings.Join(slices.Compact(entries), ", ") + "]}\n"
}
