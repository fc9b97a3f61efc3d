// Package signature verifies the signatures that delivery-kit leaves in the
// annotations of image manifests.
package signature

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The annotations of a signature (delivery-kit-sdk, pkg/signature/bundle.go).
const (
	signatureKey   = "io.deckhouse.delivery-kit.signature"
	certificateKey = "io.deckhouse.delivery-kit.cert"
	chainKey       = "io.deckhouse.delivery-kit.chain"
)

// ErrMismatch is wrapped by the error for a signature that is not one of the
// manifest that carries it.
var ErrMismatch = errors.New("the signature does not match the manifest")

// Manifest is what the package reads of an image manifest or an index.
type Manifest struct {
	SchemaVersion int64             `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        descriptor        `json:"config"`
	Layers        []descriptor      `json:"layers"`
	Manifests     []descriptor      `json:"manifests"`
	Annotations   map[string]string `json:"annotations"`
}

type descriptor struct {
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`
}

// Read reads a manifest.
func Read(raw []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return Manifest{}, fmt.Errorf("the manifest is not JSON: %w", err)
	}
	return m, nil
}

// Children returns the digests of the manifests of an index.
func (m Manifest) Children() []string {
	var digests []string
	for _, child := range m.Manifests {
		digests = append(digests, child.Digest)
	}
	return digests
}

// IsSigned reports whether the manifest carries a signature.
func (m Manifest) IsSigned() bool { return m.Annotations[signatureKey] != "" }

// Verify checks a signed manifest against the certificate that it carries. It
// does not check who issued the certificate: the roots are on the nodes.
func (m Manifest) Verify() error {
	signed, err := base64.StdEncoding.DecodeString(m.Annotations[signatureKey])
	if err != nil {
		return fmt.Errorf("the signature is not base64: %w", err)
	}
	certificate, err := m.certificate()
	if err != nil {
		return err
	}
	algorithm, err := algorithmOf(certificate)
	if err != nil {
		return err
	}
	if certificate.CheckSignature(algorithm, []byte(m.payload()), signed) != nil {
		return ErrMismatch
	}
	return nil
}

func (m Manifest) certificate() (*x509.Certificate, error) {
	data, err := base64.StdEncoding.DecodeString(m.Annotations[certificateKey])
	if err != nil {
		return nil, fmt.Errorf("the certificate of the signature is not base64: %w", err)
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	certificate, err := x509.ParseCertificate(data)
	if err != nil {
		return nil, fmt.Errorf("the certificate of the signature cannot be read: %w", err)
	}
	return certificate, nil
}

// algorithmOf returns the algorithm that delivery-kit signs with for a key.
func algorithmOf(certificate *x509.Certificate) (x509.SignatureAlgorithm, error) {
	switch certificate.PublicKeyAlgorithm {
	case x509.ECDSA:
		return x509.ECDSAWithSHA256, nil
	case x509.RSA:
		return x509.SHA256WithRSA, nil
	case x509.Ed25519:
		return x509.PureEd25519, nil
	default:
		return 0, fmt.Errorf("the certificate of the signature has a key of the unknown type %s", certificate.PublicKeyAlgorithm)
	}
}

// payload returns the signed payload: a hash over the configuration, the layers and
// all other annotations (delivery-kit-sdk, pkg/signature/image/manifest.go).
func (m Manifest) payload() string {
	parts := []string{strconv.FormatInt(m.SchemaVersion, 10), m.MediaType}
	for _, d := range append([]descriptor{m.Config}, m.Layers...) {
		parts = append(parts, d.Digest, d.MediaType, strconv.FormatInt(d.Size, 10))
	}
	for _, key := range slices.Sorted(maps.Keys(m.Annotations)) {
		if key != signatureKey && key != certificateKey && key != chainKey {
			parts = append(parts, key, m.Annotations[key])
		}
	}
	hash := sha256.Sum256([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(hash[:])
}
