package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/modship/modship/internal/werfcli/peer"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
	"github.com/modship/modship/pkg/remote"
)

const (
	moduleName = "bench"
	moduleTag  = "v0.1.0"
)

// publishing measures the registry's part of a publication on the channel
// alpha, the promotion to beta, and a copy.
func publishing(ctx context.Context, r *rig) ([]row, error) {
	delays, images := []time.Duration{0, 20 * time.Millisecond, 40 * time.Millisecond}, 60
	if r.quick {
		delays, images = delays[:1], 2
	}
	targets := map[string]float64{"first publish": 0.25, "publish again": 0.2}
	var rows []row
	for _, delay := range delays {
		ours, theirs := measured{}, measured{}
		for range r.runs {
			if err := r.publishOnce(ctx, ourPublisher{}, delay, images, ours); err != nil {
				return nil, err
			}
			if err := r.publishOnce(ctx, cranePublisher{}, delay, images, theirs); err != nil {
				return nil, err
			}
		}
		for _, step := range []string{"first publish", "publish again", "promote", "copy"} {
			what, target := fmt.Sprintf("%s, %d ms", step, delay.Milliseconds()), 0.0
			if delay == 40*time.Millisecond {
				target = targets[step]
			}
			rows = append(rows, row{what: what, unit: "s", ours: ours[step], theirs: theirs[step], target: target})
			if delay == delays[0] {
				rows = append(rows,
					row{what: step + ", requests", ours: ours[step+requests], theirs: theirs[step+requests]},
					row{what: step + ", bodies", unit: "kB", ours: ours[step+" bytes"], theirs: theirs[step+" bytes"]})
			}
		}
	}
	return rows, nil
}

// publisher is one side.
type publisher interface {
	name() string
	publish(ctx context.Context, v *version, first bool) error
	promote(ctx context.Context, v *version) error
	copy(ctx context.Context, v *version, to module.Repository) error
}

func (r *rig) publishOnce(ctx context.Context, p publisher, delay time.Duration, images int, into measured) error {
	here, err := serve(ctx, true)
	if err != nil {
		return err
	}
	defer here.stop()
	there, err := serve(ctx, true)
	if err != nil {
		return err
	}
	defer there.stop()
	v, err := makeVersion(here.source(), images)
	if err != nil {
		return err
	}
	target, err := module.NewRepository(there.source(), moduleName)
	if err != nil {
		return err
	}
	here.delay.Store(int64(delay))
	there.delay.Store(int64(delay))
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"first publish", func() error { return p.publish(ctx, v, true) }},
		{"publish again", func() error { return p.publish(ctx, v, false) }},
		{"promote", func() error { return p.promote(ctx, v) }},
		{"copy", func() error { return p.copy(ctx, v, target) }},
	} {
		here.take()
		there.take()
		start := time.Now()
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %s: %w", p.name(), step.name, err)
		}
		seconds := time.Since(start).Seconds()
		asked, bytes := here.take()
		more, moreBytes := there.take()
		r.logf("  %s, %s at %s: %.3f s, %.0f requests", p.name(), step.name, delay, seconds, asked+more)
		into.add(step.name, seconds)
		into.add(step.name+requests, asked+more)
		into.add(step.name+" bytes", (bytes+moreBytes)/1000)
	}
	return nil
}

// ourPublisher is pkg/publish; every step has a session of its own, as it has
// a process of its own in CI.
type ourPublisher struct{}

func (ourPublisher) name() string { return "modship" }

func (ourPublisher) publish(ctx context.Context, v *version, first bool) error {
	options := remote.ClientOptions{}
	if first { // what `modship publish` knows by then
		transport := http.DefaultTransport.(*http.Transport).Clone()
		defer transport.CloseIdleConnections()
		options.Transport = readManifests{transport, v}
	}
	client := remote.NewClient(options)
	defer client.Close()
	p := publish.New(client, publish.NewOptions{})
	plan, err := p.Plan(ctx, publish.Request{
		Repository: v.repository, Tag: moduleTag, Bundle: v.bundle, Release: v.release, Channels: []module.Channel{module.Alpha},
	})
	if err != nil {
		return err
	}
	return p.Apply(ctx, plan)
}

func (ourPublisher) promote(ctx context.Context, v *version) error {
	client := remote.NewClient(remote.ClientOptions{})
	defer client.Close()
	p := publish.New(client, publish.NewOptions{})
	plan, err := p.PlanPromote(ctx, publish.PromoteRequest{Repository: v.repository, Tag: moduleTag, Channels: []module.Channel{module.Beta}})
	if err != nil {
		return err
	}
	return p.Apply(ctx, plan)
}

func (ourPublisher) copy(ctx context.Context, v *version, to module.Repository) error {
	client := remote.NewClient(remote.ClientOptions{})
	defer client.Close()
	p := publish.New(client, publish.NewOptions{})
	plans, err := p.PlanCopy(ctx, publish.CopyRequest{From: v.repository, Tag: moduleTag, To: []module.Repository{to}})
	if err != nil {
		return err
	}
	for _, plan := range plans {
		if err := p.Apply(ctx, plan); err != nil {
			return err
		}
	}
	return nil
}

// cranePublisher is what the official action does after the build, and for a
// copy what a script around crane does.
type cranePublisher struct{}

func (cranePublisher) name() string { return "crane" }

func (cranePublisher) publish(ctx context.Context, v *version, _ bool) error {
	type image struct{ DockerRepo, DockerImageName string }
	report, err := json.Marshal(map[string]any{"Images": map[string]image{
		"bundle":                  {v.repository.BundleRepo(), v.bundle},
		"release-channel-version": {v.repository.BundleRepo(), v.release},
	}})
	if err != nil {
		return err
	}
	if err := peer.Publish(ctx, report, v.repository.Source, v.repository.Name, moduleTag, peer.PublishOptions{}); err != nil {
		return err
	}
	return peer.Promote(ctx, v.repository.Source, v.repository.Name, moduleTag, string(module.Alpha), peer.PublishOptions{})
}

func (cranePublisher) promote(ctx context.Context, v *version) error {
	return peer.Promote(ctx, v.repository.Source, v.repository.Name, moduleTag, string(module.Beta), peer.PublishOptions{})
}

func (cranePublisher) copy(ctx context.Context, v *version, to module.Repository) error {
	pairs := [][2]string{
		{v.repository.Release(moduleTag), to.Release(moduleTag)},
		{v.repository.Bundle(moduleTag), to.Bundle(moduleTag)},
		{v.repository.Registration(), to.Registration()},
	}
	for _, digest := range v.digests {
		pairs = append(pairs, [2]string{v.repository.Image(digest), to.Image(digest)})
	}
	for _, pair := range pairs {
		if err := crane.Copy(pair[0], pair[1], crane.WithContext(ctx)); err != nil {
			return err
		}
	}
	return nil
}
