package contract

// processRules are rules 41 to 45: how things are published and kept.
func processRules() []Rule {
	return []Rule{
		{
			Number: RuleImmutableVersion, Name: "immutable-version", Severity: Error,
			Requires: "A version tag that is in the registry never gets other content.",
			Protects: "A deployed release is never read again: clusters that have the version keep the old content, others get the new one under the same name.",
			Fix:      "Publish the change as a new version.",
			Scopes:   []Scope{ScopeImages},
			Limits:   "That a published version was replaced by somebody else shows only against the digests recorded at publishing (rule 43).",
		},
		{
			Number: RulePublishingOrder, Name: "publishing-order", Severity: Error,
			Requires: "Writes go release:<version>, bundle, registration tag, then channels from the lowest.",
			Protects: "A bundle that is visible before its release image makes a scan at that moment answer \"module is corrupted\"; a channel before its bundle makes clusters download what is not there.",
			Fix:      "Publish with modship, which writes in this order.",
			Scopes:   []Scope{},
			Limits:   "modship always writes in this order, so there is nothing to check. The order of writes of another tool cannot be seen afterwards; what it left behind is covered by rules 8, 9 and 18.",
		},
		{
			Number: RuleUnchangedCopy, Name: "unchanged-copy", Severity: Error,
			Requires: "What is published or copied has the digest it was built with, byte for byte.",
			Protects: "Signatures and dm-verity root hashes are in the manifest: a rewritten manifest makes containerd refuse the image on signed installations, and digests in images_digests.json no longer match.",
			Fix:      "Copy manifests byte for byte; never convert, annotate or recompress them.",
			Scopes:   publishedState(),
			Limits:   "Needs the digests of the built images or of the origin to compare with; the signature itself is verified by containerd on the nodes.",
		},
		{
			Number: RuleAttestations, Name: "attestations", Severity: Warning,
			Requires: "The attestations (sha256-<hex>.att, and <tag>.att of the bundle and of extra images) that the build or the origin of a copy has are in the repository too.",
			Protects: "d8 mirror and vulnerability scanners find no VEX statements and report vulnerabilities that were ruled out.",
			Fix:      "Copy the .att tags with the images, or build the *-vex-artifact images again.",
			Scopes:   append([]Scope{ScopeImages}, publishedState()...),
			Limits:   "Which images should be attested is known only from the build or from the origin of a copy; without either the rule is not checked. What an attestation says is verified by whoever reads it.",
		},
		{
			Number: RuleDigestsKept, Name: "digests-kept", Severity: Error,
			Requires: "Every digest named by images_digests.json of every version that is still published exists, with its layers and its configuration.",
			Protects: "A cluster that upgrades across the version, or restarts a pod on a new node, gets ImagePullBackOff: cleanup does not know that bundles name digests.",
			Fix:      "Build the version's commit again with the same tags, or delete the version; clean up only with tools that keep these digests.",
			Scopes:   []Scope{ScopeModule},
			Limits:   "Only the tool that cleans up the registry can prevent the deletion.",
		},
	}
}
