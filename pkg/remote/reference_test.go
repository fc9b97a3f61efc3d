package remote

import (
	"errors"
	"strings"
	"testing"
)

// TestPathsThatAreNotAccepted: the error says what is wrong with the path.
func TestPathsThatAreNotAccepted(t *testing.T) {
	s := NewClient(ClientOptions{})
	long := strings.Repeat("q", 256)
	for path, want := range map[string]string{
		"q":              `, the path of 2 characters or more: "q" is too short`,
		long:             ", the path of 255 characters at most: this one has 256",
		"modules/Echo":   ", the path of small letters, digits and . _ - / only",
		"modules/Echo/x": ", the path of small letters, digits and . _ - / only",
		"":               "",
	} {
		repository := "127.0.0.1:5621/" + path
		_, err := s.ParseRepository(repository)
		if full := `repository "` + repository + `": expected registry/path` + want; !errors.Is(err, ErrReference) || err.Error() != full {
			t.Errorf("%v, want %s", err, full)
		}
		for _, identifier := range []string{":v1.0.0", "@sha256:" + strings.Repeat("0", 64)} {
			_, err := s.ParseReference(repository + identifier)
			if !errors.Is(err, ErrReference) || !strings.HasSuffix(err.Error(), "@sha256:…"+want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
	}
}
