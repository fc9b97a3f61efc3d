package publish

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/modship/modship/internal/registrytest"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/remote"
)

// BenchmarkAgainstCrane does the official action's calls with the crane library
// and the same with ours, in turn, against the same kind of registry: real
// HTTP, Bearer scopes, and a delay on each request. Besides the time it reports
// requests and bytes of both directions. Every run of ours begins with a cold
// session.
func BenchmarkAgainstCrane(b *testing.B) {
	for _, delay := range []time.Duration{0, 20 * time.Millisecond, 40 * time.Millisecond} {
		for _, job := range benchJobs {
			for _, tool := range []string{"crane", "modship"} {
				b.Run(fmt.Sprintf("%s/delay=%s/%s", job.name, delay, tool), func(b *testing.B) {
					do := job.modship
					if tool == "crane" {
						do = job.crane
					}
					benchmark(b, delay, job.set, do)
				})
			}
		}
	}
}

// stand is a registry with something to do on it.
type stand struct {
	*rig
	target *rig // of copies
	built  registrytest.Built
	digest []string // what a copy carries
}

type benchJob struct {
	name           string
	set            func(*stand)
	crane, modship func(*stand) error
}

func benchmark(b *testing.B, delay time.Duration, set func(*stand), do func(*stand) error) {
	var traffic traffic
	for range b.N {
		b.StopTimer()
		s := &stand{rig: newRig(b), target: newRig(b)}
		set(s)
		s.Around(traffic.count(delay))
		s.target.Around(traffic.count(delay))
		b.StartTimer()
		if err := do(s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(traffic.requests.Load())/float64(b.N), "requests/op")
	b.ReportMetric(float64(traffic.bytes.Load())/float64(b.N), "bytes/op")
}

// traffic counts what passes.
type traffic struct{ requests, bytes atomic.Int64 }

func (t *traffic) count(delay time.Duration) registrytest.Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t.requests.Add(1)
			t.bytes.Add(max(r.ContentLength, 0))
			time.Sleep(delay)
			next.ServeHTTP(countingWriter{w, &t.bytes}, r)
		})
	}
}

type countingWriter struct {
	http.ResponseWriter
	bytes *atomic.Int64
}

func (w countingWriter) Write(p []byte) (int, error) {
	w.bytes.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

var benchJobs = []benchJob{
	{"first publish", func(s *stand) { s.built = s.Build("echo", "v1.0.0", "") }, cranePublish, ourPublish},
	{"publish again", func(s *stand) {
		s.built = s.Build("echo", "v1.0.0", "")
		s.must(ourPublish(s))
	}, cranePublish, ourPublish},
	{"promote", func(s *stand) {
		s.built = s.Build("echo", "v1.0.0", "")
		s.must(ourPublish(s))
	}, cranePromote, ourPromote},
	{"copy 60 images", setCopy, craneCopy, ourCopy},
}

func (s *stand) must(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

func craneLogin() crane.Option {
	return crane.WithAuth(&authn.Basic{Username: registrytest.TestUser, Password: registrytest.TestPassword})
}

// cranePublish is build/action.yml and deploy/action.yml.
func cranePublish(s *stand) error {
	repository := s.Repository("echo")
	if err := crane.Copy(s.built.Bundle, repository.Bundle("v1.0.0"), craneLogin()); err != nil {
		return err
	}
	if err := crane.Copy(s.built.Release, repository.Release("v1.0.0"), craneLogin()); err != nil {
		return err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if err := crane.Push(base, repository.Registration(), craneLogin()); err != nil {
		return err
	}
	return crane.Copy(repository.Release("v1.0.0"), repository.Channel(module.Alpha), craneLogin())
}

func ourPublish(s *stand) error {
	request := s.request("echo", "v1.0.0", s.built)
	request.Channels = []module.Channel{module.Alpha}
	return publishRequest(s.T.Context(), newPublisher(s.rig), request)
}

func cranePromote(s *stand) error {
	repository := s.Repository("echo")
	return crane.Copy(repository.Release("v1.0.0"), repository.Channel(module.Beta), craneLogin())
}

func ourPromote(s *stand) error {
	_, err := promote(s.T.Context(), newPublisher(s.rig), PromoteRequest{
		Repository: s.Repository("echo"), Tag: "v1.0.0", Channels: []module.Channel{module.Beta},
	})
	return err
}

// setCopy publishes a version of 60 images that share a layer.
func setCopy(s *stand) {
	repository := s.Repository("echo")
	base := []registrytest.File{{Name: "base", Content: strings.Repeat("shared ", 10_000)}}
	var keys []string
	for n := range 60 {
		ref := s.Push(repository.BundleRepo(), registrytest.Image(s.T, base, []registrytest.File{{Name: "app", Content: fmt.Sprint(n)}}))
		s.digest = append(s.digest, ref[strings.Index(ref, "@")+1:])
		keys = append(keys, fmt.Sprintf("%q:%q", fmt.Sprintf("app%d", n), s.digest[n]))
	}
	bundle := registrytest.Image(s.T, []registrytest.File{{Name: "images_digests.json", Content: "{" + strings.Join(keys, ",") + "}"}})
	release := registrytest.Image(s.T, []registrytest.File{{Name: "version.json", Content: `{"version":"v1.0.0"}`}})
	s.built = registrytest.Built{Bundle: s.pushImage(bundle), Release: s.pushImage(release)}
	s.must(ourPublish(s))
}

func (s *stand) pushImage(what v1.Image) string {
	return s.Push(s.Repository("echo").BundleRepo(), what)
}

// craneCopy is what a script does today: one copy after the other.
func craneCopy(s *stand) error {
	from, to := s.Repository("echo"), s.target.Repository("echo")
	pairs := [][2]string{}
	for _, digest := range s.digest {
		pairs = append(pairs, [2]string{from.Image(digest), to.Image(digest)})
	}
	pairs = append(pairs, [2]string{from.Bundle("v1.0.0"), to.Bundle("v1.0.0")},
		[2]string{from.Release("v1.0.0"), to.Release("v1.0.0")}, [2]string{from.Registration(), to.Registration()})
	for _, pair := range pairs {
		if err := crane.Copy(pair[0], pair[1], craneLogin()); err != nil {
			return err
		}
	}
	return nil
}

func ourCopy(s *stand) error {
	session := newPublisher(s.rig, func(o *remote.ClientOptions) { s.target.WriteLogin(o.DockerConfig) })
	_, err := copyVersion(s.T.Context(), session, CopyRequest{
		From: s.Repository("echo"), Tag: "v1.0.0", To: []module.Repository{s.target.Repository("echo")},
	})
	return err
}
