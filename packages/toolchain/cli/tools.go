//go:build tools

// Package tools pins the Pulumi CLI: `go build` takes it, with every dependency, at the versions of go.mod.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
