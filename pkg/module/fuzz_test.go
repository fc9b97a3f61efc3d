package module

import (
	"strings"
	"testing"
)

func FuzzParseVersionFile(f *testing.F) {
	f.Add([]byte(`{"version":"v1.2.3"}`))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := ParseVersionFile(data); (v == "") == (err == nil) {
			t.Errorf("version %q with error %v", v, err)
		}
	})
}

func FuzzParseDefinition(f *testing.F) {
	f.Add([]byte("name: echo\nweight: 900\n"))
	f.Add([]byte("requirements: {modules: {a: \">1\"}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if def, err := ParseDefinition(data); err != nil && def.Name != "" {
			t.Errorf("a definition with the error %v", err)
		}
	})
}

func FuzzParseDigests(f *testing.F) {
	f.Add([]byte(`{"a":"sha256:` + strings.Repeat("0", 64) + `"}`))
	f.Add([]byte(`{"a":{"b":"c"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		digests, err := ParseDigests(data)
		if err != nil {
			return
		}
		for key, digest := range digests {
			if !IsDigest(digest) {
				t.Errorf("%q is %q", key, digest)
			}
		}
	})
}

func FuzzParseExtraImages(f *testing.F) {
	for _, seed := range []string{`{"a":"v1"}`, `{"a":1e3}`, `{"a":[]}`, `[]`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		images, err := ParseExtraImages(data)
		for _, image := range images {
			if usable := image.Fault == nil && !image.Ignored; err == nil && usable != (CheckTag(image.Tag) == nil) {
				t.Errorf("%+v", image)
			}
		}
	})
}

func FuzzDevTag(f *testing.F) {
	for _, s := range []string{"feature/x", "v1.2.3", "", "ветка", strings.Repeat("v1.", 60), "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, branch string) { checkDevTag(t, branch, DevTag(branch)) })
}

func FuzzNewRepository(f *testing.F) {
	f.Add("registry.example.com/modules", "echo")
	f.Add("[::1]:5000/a/b", "csi-nfs")
	f.Fuzz(func(t *testing.T, source, name string) {
		r, err := NewRepository(source, name)
		if err != nil {
			return
		}
		if err := CheckTag(r.Name); err != nil {
			t.Errorf("the registration tag of an accepted name: %v", err)
		}
		if strings.ContainsAny(r.String(), " @\n") || r.Host() == "" {
			t.Errorf("accepted repository %q", r)
		}
	})
}
