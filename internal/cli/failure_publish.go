package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/prune"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/werfcfg"
)

var publishFailures = []failure{
	whenType(func(e *publish.RefusedError) advice { return advice{exit.Violated, refusalHint(e.Refusals[0])} }),
	whenType(func(e *publish.ConflictError) advice { return advice{exit.Violated, clashHint(e)} }),
	whenType(func(e *publish.NotPublishedError) advice {
		return advice{exit.Violated, "Publish the version first: `modship publish --tag " + e.Tag + "`."}
	}),
	when(publish.ErrNoChannel, advice{exit.Usage, "Give --channel NAME."}),
	when(publish.ErrNoTarget, advice{exit.Usage, "Give --to SOURCE."}),
	when(publish.ErrRequest, advice{exit.Usage, ""}),
	when(publish.ErrUnbuilt, advice{exit.Failed, "Plan again after the build."}),
	when(publish.ErrStale, advice{exit.Violated, "Run the command again: it plans anew with the present state of the registry."}),
	when(publish.ErrNoExtraImage, advice{exit.Violated, "Publish that image under the name, or copy the version without it: --waive 38."}),
	when(publish.ErrBroken, advice{exit.Violated, "`modship verify --tag VERSION` shows what is wrong with the version. Publish a new one."}),
	when(publish.ErrListRefused, advice{exit.Refused, "Use a login that may read the module's repositories."}),
	when(publish.ErrEmptyChannel, advice{exit.Violated, "`modship status` shows which channels are on a version."}),
	when(publish.ErrOtherVersion, advice{exit.Violated, "`modship status --history` shows who moved it."}),
	when(publish.ErrNoHistory, advice{exit.Violated, "Promote the version that you want to return to with --tag, --allow-downgrade and --skip-ladder."}),
}

var pruneFailures = []failure{
	when(prune.ErrRequest, advice{exit.Usage, "Say what to delete with --pattern, --older-than or --stages."}),
	when(prune.ErrUnknownNeeds, advice{exit.Violated, "Nothing was deleted. `modship status` and `modship verify --all` show the state of the module."}),
	when(werfcfg.ErrShallow, advice{exit.Failed, "Fetch it: git fetch --unshallow --tags; in CI check out with the whole history (fetch-depth: 0, GIT_DEPTH: 0)."}),
	when(werfcfg.ErrNoReferences, advice{exit.Failed, "Fetch them: git fetch --tags origin '+refs/heads/*:refs/remotes/origin/*'."}),
	when(prune.ErrStale, advice{exit.Failed, "Nothing was deleted. Run the command again."}),
}

// refusalHint adds to a refusal's remedy the option that allows the write all
// the same.
func refusalHint(r publish.Refusal) string {
	options := map[publish.Cause]string{
		publish.ContentDiffers: "; --force overwrites a version that no channel is on",
		publish.StepDown:       ", or allow the step down with --allow-downgrade",
		publish.LadderSkipped:  ", or skip the ladder with --skip-ladder",
		publish.Unreadable:     "; `modship verify --tag VERSION` shows what is wrong with this one",
	}
	return sentence(r.Remedy + options[r.Cause])
}

// clashHint says what to do after another run got in the way.
func clashHint(e *publish.ConflictError) string {
	switch e.Clash {
	case publish.RivalPublication:
		return fmt.Sprintf("Let one of the two runs publish. If the other one has died, wait until %s or use --force.", e.Until.Format(time.RFC3339))
	case publish.VersionOverwritten:
		return "`modship verify` shows which build is published. Publish this one under another version."
	default:
		return "`modship status --history` shows who moved it. Promote the right version."
	}
}

// sentence makes a sentence of a remedy, which libraries write without one.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
