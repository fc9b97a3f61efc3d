package publish

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modship/modship/pkg/internal/errkind"
)

// The kinds of errors that a publisher returns, besides those of
// [github.com/modship/modship/pkg/remote]. Compare with [errors.Is].
var (
	// ErrRequest is the kind of requests that cannot be planned whatever the
	// registry has.
	ErrRequest = errors.New("invalid request")
	// ErrNoChannel means that a promotion names no channel. It is of kind
	// [ErrRequest].
	ErrNoChannel = errors.New("no release channel is given")
	// ErrNoTarget means that a copy names no target. It is of kind [ErrRequest].
	ErrNoTarget = errors.New("no target is given")
	// ErrUnbuilt means that the images were not built when the plan was made.
	ErrUnbuilt = errors.New("not built")
	// ErrStale means that the registry is no longer as it was when the plan was
	// made. Nothing was written; make the plan again.
	ErrStale = errors.New("stale plan")
	// ErrBroken means that a published version cannot be consumed.
	ErrBroken = errors.New("broken version")
	// ErrNoExtraImage means that an extra image, which a version names, does not
	// exist. It is of kind [ErrBroken].
	ErrNoExtraImage = errkind.With(ErrBroken, errors.New("extra image missing"))
	// ErrListRefused means that the login may not list the tags of a module.
	ErrListRefused = errors.New("list of tags refused")
	// ErrEmptyChannel means that there is no version to roll back from.
	ErrEmptyChannel = errors.New("empty channel")
	// ErrOtherVersion means that a channel is not on the version to roll back
	// from.
	ErrOtherVersion = errors.New("channel on another version")
	// ErrNoHistory means that the history has no version to roll back to.
	ErrNoHistory = errors.New("no earlier version")
)

// NotPublishedError means that a version, or a part of it, does not exist.
type NotPublishedError struct {
	Tag string // the version
	Ref string // the reference that does not exist
}

// Error names both.
func (e *NotPublishedError) Error() string {
	return fmt.Sprintf("%s is not published: %s does not exist", e.Tag, e.Ref)
}

// Cause says why a write of a plan is refused.
type Cause string

// The causes. The values are for callers to branch on, not for people to read.
const (
	NotAVersion     Cause = "not a version"      // a channel takes vX.Y.Z only
	ContentDiffers  Cause = "content differs"    // the version is published with different content
	OnChannel       Cause = "on a channel"       // the version cannot be overwritten: a channel is on it
	StepDown        Cause = "step down"          // the channel is on a higher version
	LadderSkipped   Cause = "ladder"             // the channel below is not on the version
	BrokenSequence  Cause = "broken sequence"    // clusters cannot step to the version
	Unreadable      Cause = "unreadable version" // clusters cannot read the version
	RivalPublishing Cause = "rival"              // another run publishes at the moment
	TagInUse        Cause = "tag in use"         // the fallback tag for referrers has another use
)

// Refusal is a write that a plan refuses.
type Refusal struct {
	Ref    string
	Cause  Cause
	Reason string
	// Remedy says what to do, without the options of a caller that may allow the
	// write all the same. It may be empty.
	Remedy string
}

// RefusedError means that a plan must not be applied.
type RefusedError struct{ Refusals []Refusal }

// Error lists the refused writes with their reasons.
func (e *RefusedError) Error() string {
	texts := make([]string, len(e.Refusals))
	for i, refusal := range e.Refusals {
		texts[i] = refusal.Ref + ": " + refusal.Reason
	}
	return strings.Join(texts, "; ")
}

// Clash says in what way two runs got in each other's way.
type Clash string

// The clashes. The values are for callers to branch on, not for people to read.
const (
	RivalPublication   Clash = "rival publication"   // another run publishes the version or on the channel
	VersionOverwritten Clash = "version overwritten" // another run published other content
	ChannelMoved       Clash = "channel moved"       // another run moved the channel
)

// ConflictError means that another run wrote at the same time. It wraps
// [remote.ErrConflict].
type ConflictError struct {
	Clash Clash
	// Until is when the entry of a rival that has died no longer counts; zero
	// where waiting does not help.
	Until time.Time
	err   error
}

// Error says what was being done and what the other run does.
func (e *ConflictError) Error() string { return e.err.Error() }

// Unwrap returns the wrapped error.
func (e *ConflictError) Unwrap() error { return e.err }

func conflict(clash Clash, format string, args ...any) error {
	return &ConflictError{Clash: clash, err: fmt.Errorf(format, args...)}
}

// isViolation reports whether err was decided by the rules or by another run,
// and not by a failure on the way.
func isViolation(err error) bool {
	var (
		refused      *RefusedError
		conflicting  *ConflictError
		notPublished *NotPublishedError
	)
	return errors.As(err, &refused) || errors.As(err, &conflicting) || errors.As(err, &notPublished) || errors.Is(err, ErrBroken)
}
