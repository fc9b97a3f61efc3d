package signature

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"testing"
)

func TestVerify(t *testing.T) {
	elliptic256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"ECDSA": elliptic256, "RSA": rsa2048, "Ed25519": ed} {
		m := Manifest{
			SchemaVersion: 2, MediaType: "application/vnd.docker.distribution.manifest.v2+json",
			Config: descriptor{"sha256:c", "config", 7}, Layers: []descriptor{{"sha256:a", "layer", 1}, {"sha256:b", "layer", 2}},
			Annotations: map[string]string{"io.deckhouse.delivery-kit.build-timestamp": "5"},
		}
		m.sign(t, key)
		if err := m.Verify(); !m.IsSigned() || err != nil {
			t.Errorf("%s: signed %v, %v", name, m.IsSigned(), err)
		}
		for what, change := range map[string]func(*Manifest){
			"configuration": func(m *Manifest) { m.Config.Digest = "sha256:d" },
			"layer":         func(m *Manifest) { m.Layers[1].Size++ },
			"annotation":    func(m *Manifest) { m.Annotations["more"] = "text" },
			"media type":    func(m *Manifest) { m.MediaType = "application/vnd.oci.image.manifest.v1+json" },
		} {
			other := m
			other.Layers, other.Annotations = append([]descriptor{}, m.Layers...), maps.Clone(m.Annotations)
			change(&other)
			if err := other.Verify(); !errors.Is(err, ErrMismatch) {
				t.Errorf("%s with another %s: %v", name, what, err)
			}
		}
		m.Annotations[certificateKey] = "bm9uZQ=="
		if err := m.Verify(); err == nil || errors.Is(err, ErrMismatch) {
			t.Errorf("%s without a certificate: %v", name, err)
		}
	}
}

// sign signs a manifest as delivery-kit does.
func (m *Manifest) sign(t *testing.T, key crypto.Signer) {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	payload, hash := []byte(m.payload()), crypto.SHA256
	digest := sha256.Sum256(payload)
	message := digest[:]
	if _, isEd := key.(ed25519.PrivateKey); isEd {
		message, hash = payload, 0
	}
	signed, err := key.Sign(rand.Reader, message, hash)
	if err != nil {
		t.Fatal(err)
	}
	m.Annotations[signatureKey] = base64.StdEncoding.EncodeToString(signed)
	m.Annotations[certificateKey] = base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
