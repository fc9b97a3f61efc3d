package logins

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FileError is a configuration that cannot be used. It never quotes the
// content, which holds passwords.
type FileError struct {
	File string // path, or name of a variable
	Key  string // of the registry, if the error is about one
	Err  error
}

// Error names the file and the fault.
func (e *FileError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("read registry logins: %s, login for %s: %v", e.File, e.Key, e.Err)
	}
	return fmt.Sprintf("read registry logins: %s: %v", e.File, e.Err)
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// config is what Docker's and Podman's configurations say of logins.
type config struct {
	Auths       map[string]auth   `json:"auths"`
	CredsStore  string            `json:"credsStore"`
	CredHelpers map[string]string `json:"credHelpers"`
}

// auth is one login, in any of the forms that programs write.
type auth struct {
	Auth          string `json:"auth,omitempty"`
	Username      string `json:"username,omitempty"`
	Password      string `json:"password,omitempty"`
	IdentityToken string `json:"identitytoken,omitempty"`
	RegistryToken string `json:"registrytoken,omitempty"`
}

// parse reads a configuration. An empty file is one without logins, as it is
// for Docker.
func parse(from source) ([]entry, error) {
	var c config
	if strings.TrimSpace(from.text) == "" {
		return nil, nil
	}
	if json.Unmarshal([]byte(from.text), &c) != nil { // its error may quote the text
		return nil, &FileError{File: from.origin, Err: errNotJSON}
	}
	var entries []entry
	for _, key := range slices.Sorted(maps.Keys(c.Auths)) {
		login, err := c.Auths[key].login()
		if err != nil {
			return nil, &FileError{File: from.origin, Key: key, Err: err}
		}
		login.Origin = from.origin
		entries = append(entries, entry{key: fileKey(key), login: login, origin: from.origin, rank: from.rank})
	}
	for _, key := range slices.Sorted(maps.Keys(c.CredHelpers)) {
		if helper := c.CredHelpers[key]; helper != "" {
			entries = append(entries, entry{key: fileKey(key), helper: helper, origin: from.origin, rank: from.rank})
		}
	}
	if c.CredsStore != "" {
		entries = append(entries, entry{helper: c.CredsStore, origin: from.origin, rank: from.rank})
	}
	return entries, nil
}

// fileKey is the key of a login in a file. One with a scheme is the address of
// an API, so it is for the whole registry.
func fileKey(key string) string {
	if strings.Contains(key, "://") {
		key, _, _ = strings.Cut(normalise(key), "/")
	}
	return normalise(key)
}

// otherFields are the fields of a configuration that are not about logins.
func otherFields(text string) map[string]any {
	fields := map[string]any{}
	_ = json.Unmarshal([]byte(text), &fields) // parse reports it
	for _, name := range []string{"auths", "credsStore", "credHelpers"} {
		delete(fields, name)
	}
	return fields
}

type parseError string

func (e parseError) Error() string { return string(e) }

const (
	errNotJSON = parseError("it is not valid JSON of the expected form")
	errNotAuth = parseError("auth is not a user name and a password in base64")
)

// login decodes auth, which wins over username and password.
func (a auth) login() (Login, error) {
	l := Login{Username: a.Username, Password: a.Password, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken}
	if a.Auth == "" {
		return l, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(a.Auth))
	if err != nil {
		return l, errNotAuth
	}
	user, password, ok := strings.Cut(strings.TrimRight(string(decoded), "\x00\n"), ":")
	if !ok {
		return l, errNotAuth
	}
	l.Username, l.Password = user, password
	return l, nil
}
