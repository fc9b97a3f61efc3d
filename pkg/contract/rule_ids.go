package contract

// RuleID is the number of a rule, which it keeps for good.
type RuleID int

// The rules by their names in kebab case.
const (
	RuleRegistrationTag  RuleID = 1
	RuleModuleName       RuleID = 2
	RuleModuleNameCasing RuleID = 3
	RuleSourceTags       RuleID = 4
	RuleSameName         RuleID = 5
	RuleVersionTag       RuleID = 6
	RuleDevTag           RuleID = 7
	RuleReleaseExists    RuleID = 8
	RuleBundleExists     RuleID = 9
	RuleVersionFile      RuleID = 10
	RuleVersionIsTag     RuleID = 11
	RuleDefinition       RuleID = 12
	RuleChangelog        RuleID = 13
	RuleMetadataSize     RuleID = 14
	RuleRequirements     RuleID = 15
	RuleStage            RuleID = 16
	RuleChannelName      RuleID = 17
	RuleChannelIsVersion RuleID = 18
	RuleNoStepDown       RuleID = 19
	RulePromotionOrder   RuleID = 20
	RuleEveryChannel     RuleID = 21
	RuleMinorSequence    RuleID = 22
	RuleMajorJump        RuleID = 23
	RuleUpgradeSteps     RuleID = 24
	RuleBundleDefinition RuleID = 25
	RuleDigestsFile      RuleID = 26
	RuleDigestKeys       RuleID = 27
	RuleTemplateImages   RuleID = 28
	RuleDigestsPresent   RuleID = 29
	RulePlatform         RuleID = 30
	RuleNoDotDot         RuleID = 31
	RuleEntryTypes       RuleID = 32
	RuleDirectoryEntries RuleID = 33
	RuleHooksExecutable  RuleID = 34
	RuleOpenAPI          RuleID = 35
	RuleConversions      RuleID = 36
	RuleHelmignore       RuleID = 37
	RuleExtraImages      RuleID = 38
	RuleChart            RuleID = 39
	RuleDocs             RuleID = 40
	RuleImmutableVersion RuleID = 41
	RulePublishingOrder  RuleID = 42
	RuleUnchangedCopy    RuleID = 43
	RuleAttestations     RuleID = 44
	RuleDigestsKept      RuleID = 45
	RuleDefinitionFields RuleID = 46
	RulePackageFile      RuleID = 47
	RuleTemplateYAML     RuleID = 48
	RuleSignatures       RuleID = 49
)
