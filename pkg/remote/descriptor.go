package remote

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// referring is what a manifest says of itself as a referrer.
type referring struct {
	ArtifactType string            `json:"artifactType"`
	Annotations  map[string]string `json:"annotations"`
	Config       struct {
		MediaType string `json:"mediaType"`
	} `json:"config"`
	Subject struct {
		Digest string `json:"digest"`
	} `json:"subject"`
}

// Describe makes the descriptor of a referrer as the distribution specification
// says ("Listing Referrers"): the artifact type of an image without one is the
// media type of its config, and annotations are the manifest's.
func Describe(m *Manifest) (json.RawMessage, error) {
	var own referring
	if err := json.Unmarshal(m.Raw, &own); err != nil {
		return nil, fmt.Errorf("manifest %s is not valid: %w", m.Digest, err)
	}
	return json.Marshal(struct {
		MediaType    string            `json:"mediaType"`
		Digest       string            `json:"digest"`
		Size         int               `json:"size"`
		ArtifactType string            `json:"artifactType,omitempty"`
		Annotations  map[string]string `json:"annotations,omitempty"`
	}{m.MediaType, m.Digest, len(m.Raw), cmp.Or(own.ArtifactType, own.Config.MediaType), own.Annotations})
}

// SubjectOf is the digest of the image that a manifest refers to, or empty.
func SubjectOf(m *Manifest) string {
	var own referring
	if json.Unmarshal(m.Raw, &own) != nil {
		return ""
	}
	return own.Subject.Digest
}
