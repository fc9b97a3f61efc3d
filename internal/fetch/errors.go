package fetch

import "fmt"

// ChecksumError reports that a server sent other content than modship.yaml
// expects.
type ChecksumError struct {
	URL       string // as it is written in modship.yaml
	Want, Got string // SHA-256 in hexadecimal digits
}

// Error has both checksums, so that the right one can be copied.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s has the SHA-256 %s: modship.yaml expects %s", e.URL, e.Got, e.Want)
}

// StatusError reports a server that did not send the file.
type StatusError struct {
	URL    string // as it is written in modship.yaml
	Status int    // of HTTP
}

// Error has the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered with status %d: expected 200", e.URL, e.Status)
}

// ForeignError reports a file that is in the way.
type ForeignError struct{ Path string }

// Error names the file.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is there with content that modship did not fetch, and is not committed", e.Path)
}
