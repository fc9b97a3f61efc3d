package werferr

// Kind says what has to change before the same command can succeed.
type Kind int

// The kinds of errors.
const (
	// Module means the module's files, its repository or its settings.
	Module Kind = iota + 1
	// Image means an image that cannot be built.
	Image
	// Refused means a registry that refused the login or the operation.
	Refused
	// Environment means the machine, the network or a registry in trouble.
	Environment
)

// Error is an explained error. It keeps nothing of the original, which may hold
// rendered secrets.
type Error struct {
	Kind    Kind
	Message string // one line
	Hint    string // what the user can do about it, or empty
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }
