package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// referrersAPI gives distribution, which has none, the referrers API.
type referrersAPI struct {
	silent bool // no OCI-Subject
	blind  bool // lists nothing

	mu     sync.Mutex
	listed map[string][]json.RawMessage // by repository and subject
}

func (api *referrersAPI) wrap(next http.Handler) http.Handler {
	api.listed = map[string][]json.RawMessage{}
	return registrytest.Changed(func(r *http.Request, status *int, header http.Header, body *string) {
		api.mu.Lock()
		defer api.mu.Unlock()
		if repo, subject, ok := strings.Cut(r.URL.Path, "/referrers/"); ok && *status == http.StatusNotFound {
			api.list(r, repo+"@"+subject, header, body)
			*status = http.StatusOK
		}
	})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repo, _, ok := strings.Cut(r.URL.Path, "/manifests/")
		if !ok || r.Method != http.MethodPut {
			next.ServeHTTP(w, r)
			return
		}
		var raw strings.Builder
		r.Body = readCloser{teeReader{r.Body, &raw}, r.Body}
		answer := registrytest.ServeBack(next, r)
		maps.Copy(w.Header(), answer.Header())
		m := &remote.Manifest{Digest: remote.DigestOf([]byte(raw.String())), MediaType: r.Header.Get("Content-Type"), Raw: []byte(raw.String())}
		if subject := remote.SubjectOf(m); subject != "" && answer.Code == http.StatusCreated {
			api.add(repo+"@"+subject, m)
			if !api.silent {
				w.Header().Set("OCI-Subject", subject)
			}
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	}))
}

type teeReader struct {
	from interface{ Read([]byte) (int, error) }
	to   *strings.Builder
}

func (t teeReader) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	t.to.Write(p[:n])
	return n, err
}

func (api *referrersAPI) add(key string, m *remote.Manifest) {
	api.mu.Lock()
	defer api.mu.Unlock()
	entry := json.RawMessage(fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, m.MediaType, m.Digest, len(m.Raw)))
	if !slices.ContainsFunc(api.listed[key], func(e json.RawMessage) bool { return string(e) == string(entry) }) {
		api.listed[key] = append(api.listed[key], entry)
	}
}

// list answers with one entry a page.
func (api *referrersAPI) list(r *http.Request, key string, header http.Header, body *string) {
	entries, page := api.listed[key], 0
	fmt.Sscan(r.URL.Query().Get("page"), &page)
	if api.blind {
		entries = nil
	}
	if page+1 < len(entries) {
		header.Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, r.URL.Path, page+1))
	}
	header.Set("Content-Type", string(types.OCIImageIndex))
	index := map[string]any{"schemaVersion": 2, "mediaType": types.OCIImageIndex, "manifests": []json.RawMessage{}}
	if page < len(entries) {
		index["manifests"] = entries[page : page+1]
	}
	raw, _ := json.Marshal(index)
	*body = string(raw)
}

// refer pushes an image that refers to a digest of repo.
func (r *rig) refer(repo, subject, artifactType, note string) (digest string) {
	r.T.Helper()
	hash, err := v1.NewHash(subject)
	if err != nil {
		r.T.Fatal(err)
	}
	made := mutate.ConfigMediaType(registrytest.Image(r.T, []registrytest.File{{Name: "note", Content: note}}), types.MediaType(artifactType))
	annotated := mutate.Annotations(made, map[string]string{"note": note}).(v1.Image)
	referrer := mutate.Subject(annotated, v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hash, Size: 7}).(v1.Image)
	r.Push(repo, referrer)
	return remote.DigestOf(registrytest.RawManifest(r.T, referrer))
}

// found are the referrers that ggcr's client finds, with type and note.
func (r *rig) found(repo, subject string) map[string]string {
	r.T.Helper()
	ref, err := name.NewDigest(repo + "@" + subject)
	if err != nil {
		r.T.Fatal(err)
	}
	index, err := ggcr.Referrers(ref, ggcr.WithAuth(&authn.Basic{Username: registrytest.TestUser, Password: registrytest.TestPassword}))
	if err != nil {
		r.T.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		r.T.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range manifest.Manifests {
		found[m.Digest.String()] = m.ArtifactType + " " + m.Annotations["note"]
	}
	return found
}

// writes are the manifests that were put, without the log's rest.
func writes(lines []string) (refs []string) {
	for _, line := range lines {
		if parts := strings.Fields(line); parts[0] == http.MethodPut && strings.Contains(line, "/manifests/") && parts[2] == "201" {
			repo, identifier, _ := strings.Cut(strings.TrimPrefix(parts[1], "/v2/"), "/manifests/")
			separator := ":"
			if remote.IsDigest(identifier) {
				separator = "@"
			}
			if isEntry(identifier) {
				continue
			}
			refs = append(refs, repo+separator+identifier)
		}
	}
	slices.Sort(refs)
	return refs
}

// planned are the writes of a plan that change anything.
func planned(addr string, plan *Plan) (refs []string) {
	for _, w := range plan.Writes {
		if w.Action == Create || w.Action == Move {
			refs = append(refs, strings.TrimPrefix(w.Ref, addr+"/"))
		}
	}
	slices.Sort(refs)
	return refs
}

// referred publishes a version at the source, whose registry has the referrers
// API, with two referrers of its application image, and returns its digest.
func (w world) referred() (subject, sbom, signature string) {
	w.from.Around((&referrersAPI{}).wrap)
	app := w.from.publish(w.session, "echo", "v1.0.0").App
	subject = app[strings.Index(app, "@")+1:]
	repo := w.from.Repository("echo").BundleRepo()
	return subject, w.from.refer(repo, subject, "application/spdx+json", "sbom"), w.from.refer(repo, subject, "application/vnd.sig", "signature")
}

// TestCopyListsReferrers copies from a registry with the referrers API to one
// without: there, they are listed under the fallback tag.
func TestCopyListsReferrers(t *testing.T) {
	for name, tc := range map[string]struct {
		at    func(w world, repo, subject string) (other map[string]string)
		index Action
	}{
		"new": {func(world, string, string) map[string]string { return nil }, Create},
		"beside other entries": {func(w world, repo, subject string) map[string]string {
			digest := w.to.refer(repo, subject, "application/vex", "of somebody else")
			return map[string]string{digest: "application/vex "} // ggcr writes the tag, without annotations
		}, Move},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			subject, sbom, signature := w.referred()
			request := CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}}
			repo := request.To[0].BundleRepo()
			want := map[string]string{sbom: "application/spdx+json sbom", signature: "application/vnd.sig signature"}
			maps.Copy(want, tc.at(w, repo, subject))
			w.to.Log.Take()
			plans, err := copyVersion(t.Context(), w.session, request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(planned(w.to.Addr, plans[0]), writes(w.to.Log.Take())); diff != "" {
				t.Errorf("writes (-planned +done):\n%s", diff)
			}
			tag := repo + ":" + remote.DigestTag(subject)
			if i := slices.IndexFunc(plans[0].Writes, func(write Write) bool { return write.Ref == tag }); i < 0 || plans[0].Writes[i].Action != tc.index {
				t.Errorf("the index is not planned: %+v", plans[0].Writes)
			}
			if diff := cmp.Diff(want, w.to.found(repo, subject)); diff != "" {
				t.Errorf("referrers that ggcr finds (-want +got):\n%s", diff)
			}
			w.to.Log.Take()
			again, err := copyVersion(t.Context(), w.newPublisher(), request)
			if err != nil || again[0].Changes() || len(writes(w.to.Log.Take())) > 0 {
				t.Errorf("copying again: %v, plans %v", err, planned(w.to.Addr, again[0]))
			}
		})
	}
}

// TestCopyToARegistryThatLists writes no fallback tag.
func TestCopyToARegistryThatLists(t *testing.T) {
	for name, api := range map[string]*referrersAPI{"OCI-Subject": {}, "without OCI-Subject": {silent: true}} {
		w := newWorld(t)
		subject, sbom, signature := w.referred()
		w.to.Around(api.wrap)
		target := w.edition("ce")
		plans, err := copyVersion(t.Context(), w.session, CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}})
		if err != nil {
			t.Fatal(err)
		}
		for _, write := range plans[0].Writes {
			if strings.Contains(write.Ref, remote.DigestTag(subject)) {
				t.Errorf("%s: planned %+v", name, write)
			}
		}
		listed, ok, err := w.newPublisher().client.Referrers(t.Context(), mustParse(t, w.session, target.Image(subject)))
		if err != nil || !ok || !remote.ListsAll(listed, []remote.Referrer{{Digest: sbom}, {Digest: signature}}) {
			t.Errorf("%s: the target lists %v, %v", name, listed, err)
		}
	}
}

// TestCopyToARegistryThatSaysItLists: the copy does not say that it went well,
// and the next one uses the tag.
func TestCopyToARegistryThatSaysItLists(t *testing.T) {
	w := newWorld(t)
	subject, _, _ := w.referred()
	w.to.Around((&referrersAPI{silent: true, blind: true}).wrap)
	request := CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}}
	_, err := copyVersion(t.Context(), w.session, request)
	if !errors.Is(err, remote.ErrNotListed) {
		t.Errorf("copy: %v", err)
	}
	if _, err := copyVersion(t.Context(), w.newPublisher(), request); err != nil {
		t.Fatal(err)
	}
	index, found, err := readManifest(t, w, request.To[0].BundleRepo()+":"+remote.DigestTag(subject))
	if err != nil || !found {
		t.Fatalf("no index: %v", err)
	}
	if entries, err := remote.EntriesOf(index); err != nil || len(entries) != 2 {
		t.Errorf("the index lists %v, %v", entries, err)
	}
}

// TestFallbackTagOfAnotherUse is not written over.
func TestFallbackTagOfAnotherUse(t *testing.T) {
	w := newWorld(t)
	subject, _, _ := w.referred()
	target := w.edition("ce")
	w.to.Tag(target.BundleRepo()+":"+remote.DigestTag(subject), registrytest.Image(t, []registrytest.File{{Name: "other"}}))
	w.to.Log.Take()
	_, err := copyVersion(t.Context(), w.session, CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}})
	if !isRefused(err) || len(writes(w.to.Log.Take())) > 0 {
		t.Errorf("copy: %v", err)
	}
}

// TestFallbackChangedMeanwhile: what came after the plan is not lost.
func TestFallbackChangedMeanwhile(t *testing.T) {
	w := newWorld(t)
	subject, _, _ := w.referred()
	target := w.edition("ce")
	plans, err := w.session.PlanCopy(t.Context(), CopyRequest{From: w.from.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}})
	if err != nil {
		t.Fatal(err)
	}
	other := w.to.refer(target.BundleRepo(), subject, "application/vex", "meanwhile")
	if err := w.session.Apply(t.Context(), plans[0]); !errors.Is(err, remote.ErrConflict) {
		t.Errorf("apply: %v", err)
	}
	if found := w.to.found(target.BundleRepo(), subject); len(found) != 1 || found[other] == "" {
		t.Errorf("found are %v", found)
	}
}

// TestPublishListsReferrers publishes what was built in another registry, which
// has the referrers API.
func TestPublishListsReferrers(t *testing.T) {
	w := newWorld(t)
	w.from.Around((&referrersAPI{}).wrap)
	version := w.from.Build("echo", "v1.0.0", "")
	subject := version.Bundle[strings.Index(version.Bundle, "@")+1:]
	sbom := w.from.refer(w.from.Repository("echo").BundleRepo(), subject, "application/spdx+json", "sbom")
	target := w.edition("ce")
	other := w.to.refer(target.BundleRepo(), subject, "application/vex", "of somebody else")
	w.to.apply(w.session, Request{Repository: target, Tag: "v1.0.0", Bundle: version.Bundle, Release: version.Release})
	want := map[string]string{sbom: "application/spdx+json sbom", other: "application/vex "}
	if diff := cmp.Diff(want, w.to.found(target.BundleRepo(), subject)); diff != "" {
		t.Errorf("referrers that ggcr finds (-want +got):\n%s", diff)
	}
}

func mustParse(t *testing.T, s *Publisher, ref string) remote.Reference {
	t.Helper()
	parsed, err := s.client.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

type readCloser struct {
	io.Reader
	io.Closer
}
