package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	cranecmd "github.com/google/go-containerregistry/cmd/crane/cmd"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/spf13/cobra"
)

// PublishOptions are the options of [Publish].
type PublishOptions struct {
	Crane []crane.Option // credentials, plain HTTP and so on
}

// Publish does with crane's own commands what the official CI action does after
// `werf build` (deckhouse/modules-actions, build/action.yml): it copies the
// bundle and the release image of the build report to their tags and makes the
// registration tag <source>:<name>.
func Publish(ctx context.Context, report []byte, source, name, tag string, opts PublishOptions) error {
	var built struct {
		Images map[string]struct{ DockerRepo, DockerImageName string }
	}
	if err := json.Unmarshal(report, &built); err != nil {
		return fmt.Errorf("read werf's build report: %w", err)
	}
	bundle, release := built.Images["bundle"], built.Images["release-channel-version"]
	options := append([]crane.Option{crane.WithContext(ctx)}, opts.Crane...)
	for _, step := range []struct {
		command *cobra.Command
		args    []string
	}{
		{cranecmd.NewCmdCopy(&options), []string{bundle.DockerImageName, bundle.DockerRepo + ":" + tag}},
		{cranecmd.NewCmdCopy(&options), []string{release.DockerImageName, release.DockerRepo + "/release:" + tag}},
		{cranecmd.NewCmdAppend(&options), []string{"--oci-empty-base", "--new_layer", "", "--new_tag", source + ":" + name}},
	} {
		if err := runCrane(ctx, step.command, step.args); err != nil {
			return err
		}
	}
	return nil
}

// Promote is the official deploy action: `crane copy` of the version's release
// image to the channel's tag.
func Promote(ctx context.Context, source, name, tag, channel string, opts PublishOptions) error {
	options := append([]crane.Option{crane.WithContext(ctx)}, opts.Crane...)
	release := source + "/" + name + "/release:"
	return runCrane(ctx, cranecmd.NewCmdCopy(&options), []string{release + tag, release + channel})
}

func runCrane(ctx context.Context, command *cobra.Command, args []string) error {
	command.SetArgs(args)
	command.SetOut(io.Discard)
	command.SetErr(io.Discard)
	command.SilenceUsage = true
	if err := command.ExecuteContext(ctx); err != nil {
		return fmt.Errorf("crane %s %q: %w", command.Name(), args, err)
	}
	return nil
}
