package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrDuplicateKey is wrapped by the error of [ParseDigests] for a key that
// occurs twice: every reader but the last value's loses an image.
var ErrDuplicateKey = errors.New("duplicate key")

// ParseDigests returns the digests of an images_digests.json: a flat JSON
// object from image key to sha256:<64 hex>. Nested objects, as in the Deckhouse
// monorepo, are an error, because the consumers of modules decode a flat map.
func ParseDigests(data []byte) (map[string]string, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	open, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("images_digests.json is not JSON: %w", err)
	}
	if open != json.Delim('{') {
		return nil, fmt.Errorf("images_digests.json is not a JSON object from image key to digest")
	}
	digests := map[string]string{}
	var duplicate string
	for dec.More() {
		key, digest, err := digestEntry(dec)
		if err != nil {
			return nil, err
		}
		if _, seen := digests[key]; seen {
			duplicate = key
		}
		digests[key] = digest
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("images_digests.json is not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("images_digests.json has text after the JSON object")
	}
	if duplicate != "" {
		return digests, fmt.Errorf("images_digests.json names %q twice: %w", duplicate, ErrDuplicateKey)
	}
	return digests, nil
}

// digestEntry reads one key and its digest.
func digestEntry(dec *json.Decoder) (key, digest string, err error) {
	token, err := dec.Token()
	if err != nil {
		return "", "", fmt.Errorf("images_digests.json is not JSON: %w", err)
	}
	key, _ = token.(string) // a key of an object is always a string
	var value any
	if err := dec.Decode(&value); err != nil {
		return "", "", fmt.Errorf("images_digests.json is not JSON: %w", err)
	}
	digest, ok := value.(string)
	if !ok {
		return "", "", fmt.Errorf("images_digests.json is not flat: %q is not a string but %s", key, jsonKind(value))
	}
	if !IsDigest(digest) {
		return "", "", fmt.Errorf("images_digests.json: %q is %q, expected sha256: and 64 hexadecimal digits", key, digest)
	}
	return key, digest, nil
}

// jsonKind names the kind of a decoded JSON value.
func jsonKind(value any) string {
	switch value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case nil:
		return "null"
	case bool:
		return "a boolean"
	default:
		return "a number"
	}
}
