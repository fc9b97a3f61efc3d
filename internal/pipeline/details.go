package pipeline

import "regexp"

// details are what registry clients append to a registry's answer: its machine
// readable part, printed as Go prints maps.
var details = regexp.MustCompile(`;? *\[?(?:map\[[^\[\]]*\] ?)+\]?`)

// withoutDetails cuts them off the text of an error.
func withoutDetails(err error) error {
	text := err.Error()
	cut := details.ReplaceAllString(text, "")
	if cut == text {
		return err
	}
	return &cutError{text: cut, err: err}
}

type cutError struct {
	text string
	err  error
}

func (e *cutError) Error() string { return e.text }
func (e *cutError) Unwrap() error { return e.err }
