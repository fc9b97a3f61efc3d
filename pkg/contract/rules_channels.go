package contract

// channelRules are rules 17 to 24: release channels and the sequence of
// versions.
func channelRules() []Rule {
	return []Rule{
		{
			Number: RuleChannelName, Name: "channel-name", Severity: Error,
			Requires: "A channel tag is spelled alpha, beta, early-access, stable, rock-solid or lts, and no other tag stands in for one.",
			Protects: "Clusters and d8 mirror ask for these tags only: a version promoted to another spelling reaches nobody. A tag with another name that holds the release image of a version is a warning.",
			Fix:      "Promote to the right channel and delete the misspelled tag.",
			Scopes:   []Scope{ScopeModule},
		},
		{
			Number: RuleChannelIsVersion, Name: "channel-is-version", Severity: Error,
			Requires: "A channel tag has the digest of the release image of the version it names.",
			Protects: "The release fetcher reads the version from the channel and then everything else from that version's tag; if they differ, clusters deploy something else than the channel shows, or nothing.",
			Fix:      "Promote the version again.",
			Scopes:   []Scope{ScopeChannel, ScopeModule},
		},
		{
			Number: RuleNoStepDown, Name: "no-step-down", Severity: Error,
			Requires: "A channel does not move to a lower version.",
			Protects: "Clusters that already run the newer version do not go back, so the channel no longer says what they run; new clusters get the old one.",
			Fix:      "Publish a new, higher version with the old content and promote that.",
			Scopes:   []Scope{ScopePromotion, ScopeChannel, ScopeModule},
			Limits:   "On a published channel this needs the history of the channel; without history only a promotion can be checked.",
		},
		{
			Number: RulePromotionOrder, Name: "promotion-order", Severity: Warning,
			Requires: "A version goes up the ladder alpha, beta, early-access, stable, rock-solid, each step after the one before.",
			Protects: "Users of the calmer channels get a version that nobody on the earlier channels has run.",
			Fix:      "Promote the version to the previous channel first.",
			Scopes:   []Scope{ScopePromotion, ScopeChannel, ScopeModule},
		},
		{
			Number: RuleEveryChannel, Name: "every-channel", Severity: Warning,
			Requires: "A registered module is on every channel of the ladder.",
			Protects: "A cluster that selects a channel without the module gets MANIFEST_UNKNOWN for it.",
			Fix:      "Promote a version to the missing channels.",
			Scopes:   []Scope{ScopeChannel, ScopeModule},
		},
		{
			Number: RuleMinorSequence, Name: "minor-sequence", Severity: Error,
			Requires: "From one channel version to the next, the bundle repository has a version of every minor, each with its release image, or a release behind a gap bridges it with update.versions: \"to\" is its own minor, and the deployed version is not lower than \"from\".",
			Protects: "The module source reports a broken sequence or a corrupted module, or the release stays Pending: clusters stay on the old version. Other spellings than X.Y, which the controller reads, and mixtures on which it crashes are warnings.",
			Fix:      "Publish the missing minor versions, or add update.versions {from: <old minor>, to: <own minor>} to module.yaml and publish a new patch.",
			Scopes:   []Scope{ScopeRepository, ScopeImages, ScopePublished, ScopeChannel, ScopeModule, ScopePromotion},
			Limits:   "The versions that clusters run are taken from the channels, and from what a channel held before by its history; without history a gap that all channels have crossed does not show.",
		},
		{
			Number: RuleMajorJump, Name: "major-jump", Severity: Warning,
			Requires: "The major version does not change, except from 0 to 1.",
			Protects: "Clusters wait with \"major version is greater than deployed\" until somebody approves the release by hand.",
			Fix:      "Announce the manual approval, or stay on the same major version.",
			Scopes:   []Scope{ScopePromotion, ScopeChannel, ScopeModule},
		},
		{
			Number: RuleUpgradeSteps, Name: "upgrade-steps", Severity: Warning,
			Requires: "The highest patch of every minor below a channel's version is one that was meant to be released.",
			Protects: "Every cluster that upgrades across that minor installs exactly this version, even if it was never promoted to any channel.",
			Fix:      "Publish a version only when it may be deployed; supersede a bad one with a higher patch.",
			Scopes:   []Scope{ScopeImages, ScopeModule},
			Limits:   "Whether a version was meant to be released is known only from the history of the channels; without it the rule is checked when the version is about to be published.",
		},
	}
}
