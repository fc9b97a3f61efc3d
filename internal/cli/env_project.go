package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/modship/modship/internal/projectfile"
	"github.com/modship/modship/internal/settings"
)

// projectSettings lists what modship.yaml sets.
func projectSettings(s *settings.Settings) []settingJSON {
	var list []settingJSON
	add := func(name, value, from string) { list = append(list, settingJSON{name, value, from}) }
	if names := s.File.TargetNames(); len(names) > 0 {
		add("targets", strings.Join(names, ","), s.File.At("targets"))
	}
	for _, v := range s.Variables {
		switch {
		case v.Err != nil:
			add("variable "+v.Name, "", v.Err.Error())
		case v.FromProcess:
			add("variable "+v.Name, withoutLogin(v.Shown), "environment, not "+projectfile.FileName)
		default:
			add("variable "+v.Name, withoutLogin(v.Shown), v.Value.From)
		}
	}
	for i, file := range s.File.Files {
		add("file "+file.Path, withoutLogin(file.URL), s.File.At("files", strconv.Itoa(i)))
	}
	if repositories, err := s.SecondaryRepositories(); err == nil {
		for _, repository := range repositories {
			add("secondary repository", repository, projectfile.FileName)
		}
	}
	if len(s.File.Channels) > 0 {
		add("channels of the module", strings.Join(s.File.Channels, ","), s.File.At("channels"))
	}
	for i, waiver := range s.File.WaivedRules {
		add(fmt.Sprintf("waived rule %d", waiver.Rule), waiver.Reason, s.File.At("waivedRules", strconv.Itoa(i)))
	}
	return list
}
