package publish

import (
	"encoding/json"
	"errors"
	"fmt"
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
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/module"
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
	return changed(func(r *http.Request, status *int, header http.Header, body *string) {
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
		r.Body = readCloser{teeReader{r.Body, &raw}, r.Body.Close}
		answer := serveBack(next, r)
		for key, values := range answer.Header() {
			w.Header()[key] = values
		}
		m := &Manifest{Digest: digestOf([]byte(raw.String())), MediaType: r.Header.Get("Content-Type"), Raw: []byte(raw.String())}
		if subject := subjectOf(m); subject != "" && answer.Code == http.StatusCreated {
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

func (api *referrersAPI) add(key string, m *Manifest) {
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
	r.t.Helper()
	hash, err := v1.NewHash(subject)
	if err != nil {
		r.t.Fatal(err)
	}
	made := mutate.ConfigMediaType(image(r.t, []file{{name: "note", content: note}}), types.MediaType(artifactType))
	annotated := mutate.Annotations(made, map[string]string{"note": note}).(v1.Image)
	referrer := mutate.Subject(annotated, v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: hash, Size: 7}).(v1.Image)
	r.push(repo, referrer)
	return digestOf(rawManifest(r.t, referrer))
}

// found are the referrers that ggcr's client finds, with type and note.
func (r *rig) found(repo, subject string) map[string]string {
	r.t.Helper()
	ref, err := name.NewDigest(repo + "@" + subject)
	if err != nil {
		r.t.Fatal(err)
	}
	index, err := remote.Referrers(ref, remote.WithAuth(&authn.Basic{Username: testUser, Password: testPassword}))
	if err != nil {
		r.t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		r.t.Fatal(err)
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
			if isDigest(identifier) {
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
	w.from.around((&referrersAPI{}).wrap)
	app := w.from.publish(w.session, "echo", "v1.0.0").app
	subject = app[strings.Index(app, "@")+1:]
	repo := w.from.repository("echo").BundleRepo()
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
			request := CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}}
			repo := request.To[0].BundleRepo()
			want := map[string]string{sbom: "application/spdx+json sbom", signature: "application/vnd.sig signature"}
			for digest, entry := range tc.at(w, repo, subject) {
				want[digest] = entry
			}
			w.to.log.take()
			plans, err := w.session.Copy(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(planned(w.to.addr, plans[0]), writes(w.to.log.take())); diff != "" {
				t.Errorf("writes (-planned +done):\n%s", diff)
			}
			tag := repo + ":" + digestTag(subject)
			if i := slices.IndexFunc(plans[0].Writes, func(write Write) bool { return write.Ref == tag }); i < 0 || plans[0].Writes[i].Action != tc.index {
				t.Errorf("the index is not planned: %+v", plans[0].Writes)
			}
			if diff := cmp.Diff(want, w.to.found(repo, subject)); diff != "" {
				t.Errorf("referrers that ggcr finds (-want +got):\n%s", diff)
			}
			w.to.log.take()
			again, err := w.newSession().Copy(t.Context(), request)
			if err != nil || again[0].Changes() || len(writes(w.to.log.take())) > 0 {
				t.Errorf("copying again: %v, plans %v", err, planned(w.to.addr, again[0]))
			}
		})
	}
}

// TestIndexesOfReferrersAreStable: two targets get the same bytes, whatever
// order the source lists in.
func TestIndexesOfReferrersAreStable(t *testing.T) {
	a, b := referrer{"sha256:a", json.RawMessage(`{"digest":"sha256:a"}`)}, referrer{"sha256:b", json.RawMessage(`{"digest":"sha256:b"}`)}
	want := `{"annotations":{"kept":"yes"},"manifests":[{"digest":"sha256:a"},{"digest":"sha256:b"}],"mediaType":"x","schemaVersion":2}`
	for _, listed := range [][]referrer{{a, b}, {b, a}, {b, a, b}} {
		m, err := indexOf(map[string]json.RawMessage{"annotations": json.RawMessage(`{"kept":"yes"}`)}, "x", listed)
		if err != nil || string(m.Raw) != want || m.Digest != digestOf([]byte(want)) {
			t.Errorf("%v: %v\n got %s\nwant %s", listed, err, m.Raw, want)
		}
	}
}

func TestDescribeReferrer(t *testing.T) {
	for raw, want := range map[string]string{
		`{"artifactType":"a","config":{"mediaType":"c"},"annotations":{"b":"1","a":"2"}}`: `"artifactType":"a","annotations":{"a":"2","b":"1"}`,
		`{"config":{"mediaType":"c"}}`: `"artifactType":"c"`,
		`{"manifests":[]}`:             `"size":16`,
	} {
		got, err := describe(&Manifest{Digest: "d", MediaType: "m", Raw: []byte(raw)})
		if err != nil || !strings.HasSuffix(string(got), want+"}") {
			t.Errorf("%s: %s, %v", raw, got, err)
		}
	}
}

// TestCopyToARegistryThatLists writes no fallback tag.
func TestCopyToARegistryThatLists(t *testing.T) {
	for name, api := range map[string]*referrersAPI{"OCI-Subject": {}, "without OCI-Subject": {silent: true}} {
		w := newWorld(t)
		subject, sbom, signature := w.referred()
		w.to.around(api.wrap)
		target := w.edition("ce")
		plans, err := w.session.Copy(t.Context(), CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}})
		if err != nil {
			t.Fatal(err)
		}
		for _, write := range plans[0].Writes {
			if strings.Contains(write.Ref, digestTag(subject)) {
				t.Errorf("%s: planned %+v", name, write)
			}
		}
		listed, ok, err := w.newSession().referrers(t.Context(), mustParse(t, w.session, target.Image(subject)))
		if err != nil || !ok || !listsAll(listed, []referrer{{digest: sbom}, {digest: signature}}) {
			t.Errorf("%s: the target lists %v, %v", name, listed, err)
		}
	}
}

// TestCopyToARegistryThatSaysItLists: the copy does not say that it went well,
// and the next one uses the tag.
func TestCopyToARegistryThatSaysItLists(t *testing.T) {
	w := newWorld(t)
	subject, _, _ := w.referred()
	w.to.around((&referrersAPI{silent: true, blind: true}).wrap)
	request := CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{w.edition("ce")}}
	_, err := w.session.Copy(t.Context(), request)
	if err == nil || !strings.Contains(exit.HintOf(err), digestTag(subject)) {
		t.Errorf("copy: %v, hint %q", err, exit.HintOf(err))
	}
	if _, err := w.newSession().Copy(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	index, found, err := readManifest(t, w.session, request.To[0].BundleRepo()+":"+digestTag(subject))
	if err != nil || !found {
		t.Fatalf("no index: %v", err)
	}
	if entries, err := entriesOf(index); err != nil || len(entries) != 2 {
		t.Errorf("the index lists %v, %v", entries, err)
	}
}

// TestFallbackTagOfAnotherUse is not written over.
func TestFallbackTagOfAnotherUse(t *testing.T) {
	w := newWorld(t)
	subject, _, _ := w.referred()
	target := w.edition("ce")
	w.to.tag(target.BundleRepo()+":"+digestTag(subject), image(t, []file{{name: "other"}}))
	w.to.log.take()
	_, err := w.session.Copy(t.Context(), CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}})
	if exit.CodeOf(err) != exit.Violated || len(writes(w.to.log.take())) > 0 {
		t.Errorf("copy: %v", err)
	}
}

// TestFallbackChangedMeanwhile: what came after the plan is not lost.
func TestFallbackChangedMeanwhile(t *testing.T) {
	w := newWorld(t)
	subject, _, _ := w.referred()
	target := w.edition("ce")
	plans, err := w.session.PlanCopy(t.Context(), CopyRequest{From: w.from.repository("echo"), Tag: "v1.0.0", To: []module.Repository{target}})
	if err != nil {
		t.Fatal(err)
	}
	other := w.to.refer(target.BundleRepo(), subject, "application/vex", "meanwhile")
	if err := w.session.Apply(t.Context(), plans[0]); !errors.Is(err, errRace) {
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
	w.from.around((&referrersAPI{}).wrap)
	version := w.from.build("echo", "v1.0.0", "")
	subject := version.bundle[strings.Index(version.bundle, "@")+1:]
	sbom := w.from.refer(w.from.repository("echo").BundleRepo(), subject, "application/spdx+json", "sbom")
	target := w.edition("ce")
	other := w.to.refer(target.BundleRepo(), subject, "application/vex", "of somebody else")
	w.to.apply(w.session, Request{Repository: target, Tag: "v1.0.0", Bundle: version.bundle, Release: version.release})
	want := map[string]string{sbom: "application/spdx+json sbom", other: "application/vex "}
	if diff := cmp.Diff(want, w.to.found(target.BundleRepo(), subject)); diff != "" {
		t.Errorf("referrers that ggcr finds (-want +got):\n%s", diff)
	}
}

func mustParse(t *testing.T, s *Session, ref string) reference {
	t.Helper()
	parsed, err := s.parseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
