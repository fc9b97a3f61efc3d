package contract

import (
	"context"

	"github.com/modship/modship/pkg/module"
)

func channelFixtures() []fixture {
	return []fixture{
		{RuleChannelName, "camel case", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.ReleaseRepo()+":EarlyAccess", w.reg.digestOf(echo.Release(w.tag)))
		}},
		{RuleChannelName, "typo", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.ReleaseRepo()+":stabel", w.reg.digestOf(echo.Release(w.tag)))
		}},
		{RuleChannelName, "no channel", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.reg.tag(echo.ReleaseRepo()+":production", w.reg.digestOf(echo.Release(oldTag)))
		}},
		{RuleChannelIsVersion, "other image", Error, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			c := newContent(w.tag, w.subject.digests)
			c.setRelease("changelog.yaml", "fixes: []\n")
			_, release := c.images()
			w.reg.tag(echo.Channel(module.Beta), w.reg.push(echo.ReleaseRepo(), release))
		}},
		{RuleNoStepDown, "promotion", Error, []Scope{ScopePromotion}, nil, func(w *world, _ Scope) { w.tag = oldTag }},
		{RuleNoStepDown, "history", Warning, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			w.opts.History = []Move{{module.Beta, oldTag}, {module.Beta, "v1.2.9"}, {module.Alpha, curTag}}
		}},
		{RulePromotionOrder, "skipped", Error, []Scope{ScopePromotion}, nil, func(w *world, _ Scope) { w.channels = []module.Channel{module.Beta} }},
		{RulePromotionOrder, "ahead", Warning, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			w.publishBase("v1.2.4")
			w.reg.tag(echo.Channel(module.Beta), w.reg.digestOf(echo.Release("v1.2.4")))
			w.reg.tag(echo.Channel(module.EarlyAccess), w.reg.digestOf(echo.Release("v1.2.4")))
			w.reg.tag(echo.Channel(module.Stable), w.reg.digestOf(echo.Release("v1.2.4")))
			w.reg.tag(echo.Channel(module.RockSolid), w.reg.digestOf(echo.Release("v1.2.4")))
		}},
		{RuleEveryChannel, "not on rock-solid", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) { w.reg.untag(echo.Channel(module.RockSolid)) }},
		{RuleEveryChannel, "on no channel", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			for _, ch := range module.Channels() {
				w.reg.untag(echo.Channel(ch))
			}
		}},
		{RuleEveryChannel, "the channel itself", Error, []Scope{ScopeChannel}, nil, func(w *world, _ Scope) { w.reg.untag(echo.Channel(module.Beta)) }},
		{RuleMinorSequence, "not X.Y", Warning, inRepository, setDefinition("update: {versions: [{from: \"1.0.0\", to: \"1.2\"}, {from: \"1.0\", to: \"1.3.0\"}]}"), nil},
		{RuleMinorSequence, "downwards", Error, []Scope{ScopeRepository, ScopeImages}, setDefinition("update: {versions: [{from: \"1.4\", to: \"1.3\"}]}"), nil},
		{RuleMinorSequence, "downwards, published", Warning, inPublished, setDefinition("update: {versions: [{from: \"1.4\", to: \"1.3\"}]}"), nil},
		{RuleMinorSequence, "not a version, published", Warning, inPublished, setDefinition("update: {versions: [{from: abc, to: \"1.3\"}]}"), nil},
		{RuleMinorSequence, "no release image on the way", Error, []Scope{ScopePromotion}, nil, func(w *world, _ Scope) {
			w.tag = "v1.4.0"
			w.publishBase(w.tag)
			w.reg.untag(echo.Release(newTag))
		}},
		{RuleMinorSequence, "a bridge that does not fit", Error, []Scope{ScopePromotion}, nil, func(w *world, _ Scope) {
			c := newContent("v1.5.0", w.pushImages("v1.5.0"))
			c.setBoth("module.yaml", "name: echo\nstage: Preview\nupdate: {versions: [{from: \"1.3\", to: \"1.5\"}]}\n")
			w.tag = "v1.5.0"
			w.publish(w.tag, c)
			w.reg.untag(echo.Bundle(newTag))
		}},
		{RuleMinorSequence, "crash of the controller", Warning, []Scope{ScopePromotion}, setDefinition("update: {versions: [{from: \"1.2\", to: \"1.3\"}]}"), func(w *world, _ Scope) {
			w.tag = "v1.4.0"
			w.publishBase(w.tag)
		}},
		{RuleMinorSequence, "other minor", Warning, inRepository, setDefinition("update: {versions: [{from: \"1.0\", to: \"1.9\"}]}"), nil},
		{RuleMinorSequence, "skipped minor", Error, []Scope{ScopePromotion}, nil, func(w *world, _ Scope) {
			w.tag = "v1.4.0"
			w.publishBase(w.tag)
			w.reg.untag(echo.Bundle(newTag))
		}},
		{RuleMinorSequence, "skipped minor of a new version", Warning, []Scope{ScopeImages}, setReleaseVersion("v1.5.0"), func(w *world, _ Scope) { w.tag = "v1.5.0" }},
		{RuleMinorSequence, "gap below a channel", Error, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			w.publishBase("v1.5.0")
			w.reg.tag(echo.Channel(module.Beta), w.reg.digestOf(echo.Release("v1.5.0")))
			w.reg.tag(echo.Channel(module.Alpha), w.reg.digestOf(echo.Release("v1.5.0")))
		}},
		{RuleMinorSequence, "gap left behind", Error, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, _ Scope) {
			w.publishBase("v1.5.0")
			w.promote("v1.5.0")
			w.opts.History = []Move{{module.Alpha, curTag}, {module.Beta, oldTag}, {module.Beta, curTag}, {module.Beta, "v1.5.0"}}
		}},
		{RuleMinorSequence, "gap below all channels, no history", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.publishBase("v1.5.0")
			w.promote("v1.5.0")
			w.opts.History = nil
		}},
		{RuleMajorJump, "promotion", Warning, []Scope{ScopePromotion}, nil, majorJump},
		{RuleMajorJump, "between channels", Warning, []Scope{ScopeChannel, ScopeModule}, nil, func(w *world, scope Scope) {
			majorJump(w, scope)
			w.reg.tag(echo.Channel(module.Alpha), w.reg.digestOf(echo.Release("v2.0.0")))
			w.reg.tag(echo.Channel(module.Beta), w.reg.digestOf(echo.Release("v2.0.0")))
		}},
		{RuleUpgradeSteps, "late patch", Warning, []Scope{ScopeImages}, setReleaseVersion("v1.1.9"), func(w *world, _ Scope) { w.tag = "v1.1.9" }},
		{RuleUpgradeSteps, "never promoted", Warning, []Scope{ScopeModule}, nil, func(w *world, _ Scope) { w.opts.History = []Move{{module.Alpha, curTag}} }},
	}
}

func majorJump(w *world, _ Scope) {
	w.tag = "v2.0.0"
	w.publishBase(w.tag)
}

func processFixtures() []fixture {
	return []fixture{
		{RuleImmutableVersion, "other content", Error, []Scope{ScopeImages}, setReleaseVersion(curTag), func(w *world, _ Scope) { w.tag = curTag }},
		{RuleUnchangedCopy, "rewritten", Error, inPublished, nil, func(w *world, _ Scope) {
			w.opts.Expected = map[string]string{echo.Bundle(w.tag): "sha256:other", echo.Release(w.tag): w.reg.digestOf(echo.Release(w.tag))}
		}},
		{RuleAttestations, "of the build", Warning, append([]Scope{ScopeImages}, inPublished...), nil, func(w *world, _ Scope) {
			echoImage, webHooks := w.subject.digests["echo"], w.subject.digests["webHooks"]
			w.reg.tag(echo.Attestation(echoImage), echoImage)
			w.opts.Attested = []string{echoImage, webHooks}
		}},
		{RuleAttestations, "of the origin", Warning, inPublished, nil, func(w *world, _ Scope) {
			origin := newFakeRegistry()
			origin.tag(echo.Attestation(w.reg.digestOf(echo.Bundle(w.tag))), origin.push(echo.BundleRepo(), fakeImage{}))
			w.opts.Origin = &Origin{Reader: origin, Repository: echo}
		}},
		{RuleAttestations, "of the bundle's tag", Warning, inPublished, nil, func(w *world, _ Scope) {
			origin := newFakeRegistry()
			origin.tag(echo.Bundle(w.tag+".att"), origin.push(echo.BundleRepo(), fakeImage{}))
			w.opts.Origin = &Origin{Reader: origin, Repository: echo}
		}},
		{RuleAttestations, "of an extra image", Warning, inPublished, func(c *content) { c.set("extra_images.json", `{"scanner":"v7"}`) }, func(w *world, _ Scope) {
			w.reg.tag(echo.ExtraRepo("scanner")+":v7", w.reg.push(echo.ExtraRepo("scanner"), fakeImage{}))
			origin := newFakeRegistry()
			origin.tag(echo.Bundle("v7.att"), origin.push(echo.BundleRepo(), fakeImage{}))
			w.opts.Origin = &Origin{Reader: origin, Repository: echo}
		}},
		{RuleDigestsKept, "of a channel", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			delete(w.reg.images[echo.BundleRepo()], w.subject.digests["echo"])
		}},
		{RuleDigestsKept, "of an old version", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			c := newContent("v1.1.2", w.pushImages("v1.1.2"))
			w.publish("v1.1.2", c)
			delete(w.reg.images[echo.BundleRepo()], c.digests["echo"])
		}},
		{RuleDigestsKept, "a layer", Error, []Scope{ScopeModule}, nil, func(w *world, _ Scope) {
			w.opts.Blobs = true
			w.reg.lost[w.subject.digests["echo"]] = []string{"sha256:layer"}
		}},
	}
}

func moreFixtures() []fixture {
	packageFile := func(text string) func(*content) {
		return func(c *content) { c.set("package.yaml", text) }
	}
	return []fixture{
		{RuleDefinitionFields, "misspelt", Warning, inRepository, setDefinition("wieght: 910"), nil},
		{RuleDefinitionFields, "misspelt below", Warning, inRepository, setDefinition("disable: {confirm: true}"), nil},
		{RuleDefinitionFields, "weight", Warning, inRepository, setDefinition("weight: 100\nrequirements: {deckhouse: '>= 1.69'}"), nil},
		{RuleDefinitionFields, "weight, any DKP", Warning, inRepository, setDefinition("weight: 1000"), nil},
		{RuleDefinitionFields, "critical", Warning, inRepository, setDefinition("critical: true"), nil},
		{RuleDefinitionFields, "optional", Warning, inRepository, setDefinition("requirements: {deckhouse: '>= 1.69', modules: {other: '>= 1.0.0 !optional'}}"), nil},
		{RuleDefinitionFields, "edition", Warning, inRepository, setDefinition("accessibility: {editions: {nosuch: {available: true, enabledInBundles: [Default]}}}"), nil},
		{RuleDefinitionFields, "bundle", Warning, inRepository, setDefinition("accessibility: {editions: {ee: {available: true, enabledInBundles: [default]}}}"), nil},
		{RuleTemplateYAML, "not YAML", Error, inRepository, nil, func(w *world, _ Scope) {
			w.opts.Render = func(context.Context, Chart) (Rendered, error) {
				return Rendered{Broken: []BrokenTemplate{{"templates/deployment.yaml", "not valid YAML"}}}, nil
			}
		}},
		{RuleSignatures, "bundle", Error, inContent, func(c *content) { c.signed = true }, nil},
		{RuleSignatures, "image", Error, inContent, func(c *content) { c.digests["echo"] = c.forged }, nil},
		{RulePackageFile, "not YAML", Error, inContent, packageFile("type: [Module"), nil},
		{RulePackageFile, "application", Error, inContent, packageFile("type: Application\nname: echo\nstage: Preview\n"), nil},
		{RulePackageFile, "constraint", Error, inContent, packageFile("type: Module\nname: echo\nstage: Preview\nrequirements: {deckhouse: {constraint: '>> 1.77'}}\n"), nil},
		{RulePackageFile, "other name", Error, inContent, packageFile("type: Module\nname: other\nstage: Preview\n"), nil},
		{RulePackageFile, "other stage", Warning, inContent, packageFile("name: echo\nstage: Deprecated\n"), nil},
		{RulePackageFile, "before the build", Warning, []Scope{ScopeRepository}, packageFile("type: Application\n"), nil},
	}
}
