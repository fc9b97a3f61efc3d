package ci

import (
	"bufio"
	"os"
	"strings"
)

// readTeamCity reads the properties that TeamCity writes for each build: its
// environment names neither branch nor pull request. The file of system
// properties names the file of configuration parameters,
// https://www.jetbrains.com/help/teamcity/predefined-build-parameters.html.
func readTeamCity(env Env) Run {
	const file = "TEAMCITY_BUILD_PROPERTIES_FILE"
	system := readProperties(env(file))
	parameters := readProperties(system["teamcity.configuration.properties.file"])
	parameter := func(name string) Value {
		if v := parameters[name]; v != "" {
			return Value{v, name}
		}
		return Value{}
	}
	run := Run{
		Branch:      parameter("teamcity.build.branch"),
		PullRequest: parameter("teamcity.pullRequest.number"),
		Project:     projectOf(parameter("vcsroot.url")),
		URL:         env("BUILD_URL"),
	}
	if tag, ok := strings.CutPrefix(run.Branch.Value, "refs/tags/"); ok {
		run.Tag, run.Branch = Value{tag, run.Branch.From}, Value{}
	}
	if number := PullRequestOf(run.Branch.Value); number != "" {
		run.PullRequest = Value{number, run.Branch.From}
	}
	if run.Branch.Value == "<default>" { // the name of the default branch is not told
		run.Branch = Value{}
	}
	return run
}

// readProperties reads a Java properties file as TeamCity writes it: one
// property a line, with backslashes before special characters. A file that
// cannot be read has no properties.
func readProperties(name string) map[string]string {
	properties := map[string]string{}
	file, err := os.Open(name)
	if err != nil {
		return properties
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, value, found := cutProperty(lines.Text())
		if found && !strings.HasPrefix(key, "#") {
			properties[key] = value
		}
	}
	return properties
}

// cutProperty splits a line at the first = that no backslash is before.
func cutProperty(line string) (key, value string, found bool) {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		case c == '=' && !found:
			key, found = strings.TrimSpace(b.String()), true
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return key, strings.TrimSpace(b.String()), found
}
