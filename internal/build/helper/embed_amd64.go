//go:build linux && modship_helper

package helper

import _ "embed"

//go:embed program_linux_amd64.zst
var compressed string

//go:embed program_linux_amd64.id
var id string
